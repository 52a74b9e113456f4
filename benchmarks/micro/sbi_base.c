/* The payload of the exit-cost benchmark under OpenSBI: a call of the base extension, which the firmware answers at once.
 * Started by start.S in S-mode. Ends the run by the reset device, as Linux does. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/report.h"

int main(void);

/* EID 0x10, FID 0: the SBI specification's version. */
#define CALL_BASE "li a7, 0x10; li a6, 0; ecall"
#define CALL_NOTHING "li a7, 0x10; li a6, 0"

int main(void)
{
	uint64_t whole = COST(CALL_BASE, 0, 0);
	report_cost("sbi_base", whole - COST(CALL_NOTHING, 0, 0), REPETITIONS);
	report_end();
}
