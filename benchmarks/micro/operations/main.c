/* The guest that measures how many instructions each operation of a firmware costs. It prints a line for each figure.
 * Started by start.S on hart 0, in M-mode. One group of operations runs in S-mode, because it measures a payload. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/operations/operations.h"
#include "benchmarks/micro/operations/traps.h"
#include "benchmarks/micro/report.h"

#define COUNTERS_CY_TM_IR 7
#define ALL_MEMORY (UINT64_MAX >> 10)

int main(void);

/* Lets the firmware and the payload read the counters. Otherwise each reading of a counter around a loop would trap,
 * and the cost of the trap would be measured as well. */
static void set_up(void)
{
	__asm__ volatile("csrw mcounteren, %0; csrw scounteren, %0" ::"r"(COUNTERS_CY_TM_IR));
	__asm__ volatile("csrw pmpaddr0, %0; csrw pmpcfg0, %1" ::"r"(ALL_MEMORY), "r"(PMP_OPEN));
	expect_no_trap();
	/* Sets stimecmp. On a machine without Sstc this instruction traps, and the handler skips it. */
	__asm__ volatile(".option push; .option norvc; csrw 0x14d, %0; .option pop" ::"r"(NEVER));
	*(volatile uint64_t *)CLINT_MTIMECMP = NEVER;
}

/* Measures, in S-mode, an illegal instruction and an ecall that the firmware skips. Under hv each of them takes four
 * exits (the trap, two CSR instructions, mret) and two world switches. The handler clobbers t0. */
static void measure_roundtrips(void)
{
	REPORT("roundtrip", "csrr t0, mscratch", 0, 0);
	REPORT("roundtrip_ecall", "ecall", 0, 0);
}

int main(void)
{
	set_up();
	measure_csrs();
	measure_registers();
	measure_others();
	measure_clint();
	measure_mprv();
	measure_traps();
	call_in_supervisor_mode(measure_roundtrips);
	measure_locked();
	measure_counter_csrs();
	report_end();
}
