/* Measures the ways from a payload to its firmware and back. This is the payload of skipper.S, in memory of its own, so that
 * it also runs under images that close the firmware's memory to the payload. Started by start.S in S-mode. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/report.h"

int main(void);

#define COUNTERS_CY_TM_IR 7
#define WRITES 8  /* how many CSRs the firmware writes if a6 is 1 */
#define CHOOSES 2 /* instructions that the firmware executes only if a6 is not 0, to find out what to do */

/* a call of the SBI's base extension, which passes no arguments */
#define CALL(function) "li a7, 0x10; li a6, " function "; ecall"
#define NO_CALL "li a7, 0x10; li a6, 0"
/* The firmware sets its timer, which interrupts this loop if the deadline is near. */
#define CALL_AND_LOOP(function) CALL(function) "; li a2, 2000; 2: addi a2, a2, -1; bnez a2, 2b"

int main(void)
{
	__asm__ volatile("csrw scounteren, %0" ::"r"(COUNTERS_CY_TM_IR));
	REPORT("roundtrip", "csrr t0, mscratch", 0, 0);

	uint64_t call = LEAST_COST(CALL("0"), 0, 0), writing = LEAST_COST(CALL("1"), 0, 0);

	report_cost("roundtrip_ecall", call - LEAST_COST(NO_CALL, 0, 0), SHORT_REPETITIONS);
	writing -= UINT64_C(CHOOSES) * SHORT_REPETITIONS;
	report_cost("csr_write", writing - call, UINT64_C(WRITES) * SHORT_REPETITIONS);

	uint64_t interrupted = LEAST_COST(CALL_AND_LOOP("2"), 0, 0);

	report_cost("roundtrip_timer", interrupted - LEAST_COST(CALL_AND_LOOP("4"), 0, 0), SHORT_REPETITIONS);
	report_end();
}
