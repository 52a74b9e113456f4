/* Measures the cost of a store to another hart's msip. The instructions of both harts count. Hart 1 sleeps in M-mode
 * with interrupts disabled, so without hv it executes no instructions.
 * Started by start.S on hart 0 of two. */
#include "benchmarks/micro/measure.h"

#define MSIP_OF_HART_1 UINT64_C(0x02000004)

int main(void);

int main(void)
{
	__asm__ volatile("csrw mcounteren, %0; csrw scounteren, %0" ::"r"(7));
	REPORT("clint_msip_other", "sw zero, 0(%[address])", MSIP_OF_HART_1, 0);
	REPORT_PAIR("clint_msip_other_set", "sw %[value], 0(%[address]); sw zero, 0(%[address])", MSIP_OF_HART_1, 1);
	report_end();
}
