/* Attributes for functions that are rarely called, for parts of fast paths, and for data that never changes after boot.
 * Headers in all folders of hv include it. */
#ifndef HV_ARCH_COLD_H
#define HV_ARCH_COLD_H

/** Marks a function that is rarely called. The compiler optimizes this function for size instead of speed, and also the
 * functions that only this function calls. */
#define COLD __attribute__((cold, noinline))

/** Marks data that boot writes and that never changes afterwards. The data is in a separate section, so that a host
 * that inspects memory can verify that no guest has changed the data. */
#define WRITTEN_AT_BOOT __attribute__((section(".bss.boot")))

/** Marks a function that fast paths use. It must be inlined, because fast paths cannot call functions
 * (hv/virt/fast.h). */
#define PART_OF_FAST_PATH static inline __attribute__((always_inline))

/** Marks a part of a fast path that the path reaches by a jump (tail call). */
#define STEP_OF_FAST_PATH static __attribute__((noinline))

#endif
