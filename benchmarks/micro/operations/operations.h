/* The groups of operations that this guest measures, each in a file of its own.
 * Called by main.c, one after another, on hart 0 in M-mode.
 * Knows nothing of hv: bare, most of these operations cost one instruction. The guest runs at any address, so it has no
 * table of pointers and no switch that the compiler could turn into one. */
#ifndef BENCHMARKS_MICRO_OPERATIONS_OPERATIONS_H
#define BENCHMARKS_MICRO_OPERATIONS_OPERATIONS_H

#include <stdint.h>

#define MSTATUS_MIE UINT64_C(0x8)
#define MSTATUS_MPP UINT64_C(0x1800)
#define MSTATUS_MPP_S UINT64_C(0x0800)
#define MSTATUS_FS_INITIAL UINT64_C(0x2000)
#define MSTATUS_MPRV UINT64_C(0x20000)

#define MIE_MSIE UINT64_C(0x8)
#define MIE_MTIE UINT64_C(0x80)

/* pmpcfg0: entry 0 opens all memory; entry 2 is NA4, without rights, and locked. */
#define PMP_OPEN UINT64_C(0x1f)
#define PMP_ENTRY_2_LOCKED UINT64_C(0x900000)

#define CLINT_MSIP UINT64_C(0x02000000)
#define CLINT_MTIMECMP UINT64_C(0x02004000)
#define CLINT_MTIME UINT64_C(0x0200bff8)
#define NEVER UINT64_MAX

/** Makes the trap handler one that skips the instruction and notes that it trapped. It changes no register. */
void expect_no_trap(void);

/** Whether anything has trapped since expect_no_trap(). */
uint64_t has_trapped(void);

/** Reads and writes of every CSR in all forms, except mcycle and minstret. */
void measure_csrs(void);

/** The same for mcycle and minstret. After a write hv withholds these counters from both worlds, so every reading traps, and
 * other measurements would be wrong. */
void measure_counter_csrs(void);

/** The same operation with each of the 32 registers as its operand. */
void measure_registers(void);

/** PMP, fences, counters without permission, wfi. */
void measure_others(void);

/** Every register of the CLINT, for this hart. */
void measure_clint(void);

/** Loads and stores with the payload's rights (mstatus.MPRV). */
void measure_mprv(void);

/** Traps, mret and interrupt entries, which end in the firmware. */
void measure_traps(void);

/** Some operations while a PMP entry of the firmware is locked, which lasts until reset. */
void measure_locked(void);

#endif
