/* The state in which all operations are measured, and the ways from the payload to the firmware and back. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/operations/operations.h"

#define COUNTERS_CY_TM_IR 7
#define ALL_MEMORY (UINT64_MAX >> 10)

/* Lets the firmware and the payload read the counters. Otherwise each reading of a counter around a loop would trap,
 * and the cost of the trap would be measured as well. */
void set_up(void)
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
void measure_roundtrips(void)
{
	REPORT("roundtrip", "csrr t0, mscratch", 0, 0);
	REPORT("roundtrip_ecall", "ecall", 0, 0);
}
