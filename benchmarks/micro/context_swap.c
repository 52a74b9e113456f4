/* Reports how many instructions hv takes to exchange the payload's S-mode context (supervisor_context_swap). Module swapper
 * makes the exchange, and counts the instructions. This is the payload of OpenSBI.
 * Started by start.S in S-mode. Ends the run through the test finisher. */
#include "benchmarks/micro/report.h"
#include "payloads/swapper/swapper_calls.h"

int main(void);

/* Exchanges the contexts. The other one has the values after a reset. @return how many instructions that took */
static uint64_t swap(void)
{
	register uint64_t a0 __asm__("a0");
	register uint64_t a1 __asm__("a1");
	register uint64_t a6 __asm__("a6") = SWAPPER_SWAP;
	register uint64_t a7 __asm__("a7") = SWAPPER_EID;

	__asm__ volatile("ecall" : "=r"(a0), "=r"(a1) : "r"(a6), "r"(a7) : "memory");
	return a1;
}

int main(void)
{
	uint64_t there = swap(), back = swap();

	report_cost("supervisor_context_swap", there > back ? there : back, 1);
	report_end();
}
