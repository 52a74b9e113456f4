/* The ids of the SBI's extensions, as enumerators made from sbi.def.
 * Included by hv's modules and by host tools. Must not know about functions. */
#ifndef ABI_SBI_H
#define ABI_SBI_H

#include "abi/hartscope.h"

/** The EID of each extension: SBI_EID_TIME and so on. */
enum sbi_eid {
#define SBI_EXTENSION(NAME, eid) SBI_EID_##NAME = eid,
#include "abi/sbi.def"
};

#endif
