/* The argument registers of an SBI call, by their numbers.
 * Included by modules of hv, of which several can be in one image. Must not know what a call does. */
#ifndef ABI_ARGUMENTS_H
#define ABI_ARGUMENTS_H

enum { A0 = 10, A1, A2, A3, A4, A5, A6, A7 };

#endif
