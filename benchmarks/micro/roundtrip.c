/* The payload of the exit-cost benchmark under the smallest firmware: an illegal instruction that the firmware skips.
 * Under hv that is four exits (the trap, two CSR instructions, mret) and two world switches.
 * Started by start.S in S-mode. Knows the firmware's clobber: t0. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/report.h"

int main(void);

int main(void)
{
	report_cost("roundtrip", COST("csrr t0, mscratch", 0, 0));
	report_end();
}
