/* Measures a call of the SBI's base extension, which OpenSBI answers at once. This is the payload of OpenSBI.
 * Started by start.S in S-mode. Ends the run through the test finisher. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/report.h"

int main(void);

/* EID 0x10, FID 0 returns the version of the SBI specification. */
#define CALL_BASE "li a7, 0x10; li a6, 0; ecall"
#define CALL_NOTHING "li a7, 0x10; li a6, 0"

int main(void)
{
	uint64_t whole = COST(CALL_BASE, 0, 0);
	report_cost("sbi_base", whole - COST(CALL_NOTHING, 0, 0), REPETITIONS);
	report_end();
}
