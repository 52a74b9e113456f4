/* What the compiler is told of functions: which are not worth their size in speed, and which are a part of a fast path;
 * and of data that does not change.
 * Included by headers of all rooms. */
#ifndef HV_ARCH_COLD_H
#define HV_ARCH_COLD_H

/** Marks a function that is rarely called: it, and what only it calls, is compiled to be small. */
#define COLD __attribute__((cold, noinline))

/** Marks data that boot writes, and nothing after it: a host that looks on can tell that no guest has. */
#define WRITTEN_AT_BOOT __attribute__((section(".bss.boot")))

/** A function that fast paths call: they may have no calls (hv/virt/fast.h). */
#define PART_OF_FAST_PATH static inline __attribute__((always_inline))

/** A step of a fast path that it goes on to by a tail call. */
#define STEP_OF_FAST_PATH static __attribute__((noinline))

#endif
