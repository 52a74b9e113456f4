/* Which functions are not worth their size in speed. Included by headers of all rooms. */
#ifndef HV_ARCH_COLD_H
#define HV_ARCH_COLD_H

/** Marks a function that is rarely called: it, and what only it calls, is compiled to be small. */
#define COLD __attribute__((cold))

#endif
