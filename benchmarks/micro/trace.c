/* Measures the cost of the trace. Measures the same exit once with an event on and once with the event off. Runs as a
 * firmware under an hv with the module trace, and switches events at run time through hv's control extension.
 * Started by start.S on hart 0. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/report.h"
#include "abi/hartscope.h"
#include "trace/format/slot.h"

#define MTIMECMP_ADDRESS UINT64_C(0x02004000)
#define MIE_MTIE 0x80

int main(void);

static void only(uint64_t mask)
{
	register uint64_t a0 __asm__("a0") = mask;
	register uint64_t a1 __asm__("a1") = 0;
	register uint64_t a2 __asm__("a2") = HARTSCOPE_CTRL_SET_MASK;
	register uint64_t a6 __asm__("a6") = HARTSCOPE_CTRL;
	register uint64_t a7 __asm__("a7") = HARTSCOPE_EID;
	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
}

/* Measures a record of one slot. The result is the cost of a wfi with the event WFI_ENTER on, minus the cost of a wfi
 * with this event off. The wfi does not sleep, because the timer has expired. */
static void measure_emit(void)
{
	__asm__ volatile("sd zero, 0(%0); csrw mie, %1" ::"r"(MTIMECMP_ADDRESS), "r"(MIE_MTIE) : "memory");
	only(0);
	uint64_t off = COST("wfi", 0, 0);
	only(TRACE_BIT(TRACE_WFI_ENTER));
	report_cost("emit", COST("wfi", 0, 0) - off, REPETITIONS);
	__asm__ volatile("csrw mie, zero");
}

static void measure_exit(void)
{
	only(0);
	uint64_t off = COST("csrw mscratch, %[value]", 0, 0x1234);
	only(TRACE_BIT(TRACE_EXIT));
	report_cost("exit", COST("csrw mscratch, %[value]", 0, 0x1234) - off, REPETITIONS);
}

int main(void)
{
	measure_emit();
	measure_exit();
	report_end();
}
