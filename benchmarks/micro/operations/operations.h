/* The groups of operations that this guest measures. Each group has its own file.
 * main.c calls them one after another, on hart 0 in M-mode.
 * Must not know hv. Without hv, most of these operations cost one instruction. The guest must run at any address,
 * although nothing relocates it. So it must not contain a table of pointers, nor a switch that the compiler could turn
 * into a table of pointers. */
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

/* Values of pmpcfg0. PMP_OPEN makes entry 0 open all memory. PMP_ENTRY_2_LOCKED makes entry 2 a locked entry of type
 * NA4 that grants no access. */
#define PMP_OPEN UINT64_C(0x1f)
#define PMP_ENTRY_2_LOCKED UINT64_C(0x900000)

#define CLINT_MSIP UINT64_C(0x02000000)
#define CLINT_MTIMECMP UINT64_C(0x02004000)
#define CLINT_MTIME UINT64_C(0x0200bff8)
#define NEVER UINT64_MAX

/** Forgets earlier traps, and installs a trap handler. When an instruction traps, the handler remembers this and skips
 * the instruction (4 bytes). The handler preserves all integer registers, but overwrites mscratch. */
void expect_no_trap(void);

/** @return nonzero if an instruction has trapped since expect_no_trap(), otherwise 0 */
uint64_t has_trapped(void);

/** Brings hart 0 into the state in which all operations are measured. */
void set_up(void);

/** Measures an illegal instruction and an ecall of S-mode. Called in S-mode, with the handler of skip_traps(). */
void measure_roundtrips(void);

/** Measures reads and writes of every CSR in all forms, except mcycle and minstret. */
void measure_csrs(void);

/** Measures the same for mcycle and minstret. Must be called last. After a write to one of these counters, hv lets
 * neither firmware nor payload read them directly, so every reading traps. Later measurements would then be wrong. */
void measure_counter_csrs(void);

/** Measures some operations. Each operation is measured with each of the 32 registers as the operand. */
void measure_registers(void);

/** Measures changes of PMP entries, fences, reads of counters that the firmware has withheld from the payload, and
 * wfi. */
void measure_others(void);

/** Measures accesses to every register of the CLINT for this hart. */
void measure_clint(void);

/** Measures loads and stores with the payload's rights (mstatus.MPRV). */
void measure_mprv(void);

/** Measures traps of the firmware, mret, and the entries of traps and interrupts into the firmware. */
void measure_traps(void);

/** Measures some operations while a PMP entry of the firmware is locked. The entry stays locked until reset. */
void measure_locked(void);

#endif
