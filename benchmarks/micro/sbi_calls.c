/* Measures the SBI calls that payloads make most often, on the calling hart: timers, IPIs and remote fences, in the present
 * and in the legacy form. This is the payload of OpenSBI. With module offload, hv answers these calls.
 * Started by start.S in S-mode. Ends the run through the test finisher. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/report.h"

int main(void);

#define TIME "0x54494d45"
#define IPI "0x735049"
#define RFENCE "0x52464e43"

/* Makes a call with the hart mask 1 and the base 0 in a0 and a1, and with the arguments %[address] and %[value] in a2 and
 * a3. a4 is %[address] too. */
#define CALL(eid, fid, end)                                                                                            \
	"li a7, " eid "; li a6, " #fid "; li a0, 1; li a1, 0; mv a2, %[address]; mv a3, %[value]; " end
#define REPORT_CALL(name, eid, fid, start, size)                                                                       \
	report_cost(name, COST(CALL(eid, fid, "ecall"), start, size) - COST(CALL(eid, fid, ""), start, size),          \
		    REPETITIONS)

/* Calls with one argument, %[address], in a0. */
#define CALL_1(eid, end) "li a7, " eid "; li a6, 0; mv a0, %[address]; " end
#define REPORT_CALL_1(name, eid, argument)                                                                             \
	report_cost(name, COST(CALL_1(eid, "ecall"), argument, 0) - COST(CALL_1(eid, ""), argument, 0), REPETITIONS)

#define FAR (~UINT64_C(0) >> 1)
#define PAGE 0x1000
#define ALL (~UINT64_C(0))

/* The mask of a legacy call. It is volatile, so that it is stored in memory. */
static volatile uint64_t mask = 1;

static void measure_ipis(void)
{
	REPORT_CALL("ipi_self", IPI, 0, 0, 0);
	REPORT_CALL_1("ipi_self_legacy", "4", (uint64_t)&mask);
	__asm__ volatile("csrc sip, 2");
}

static void measure_fences(void)
{
	REPORT_CALL("rfence_self", RFENCE, 1, 0, ALL);
	REPORT_CALL("rfence_i_self", RFENCE, 0, 0, 0);
	REPORT_CALL("rfence_page_self", RFENCE, 1, PAGE, PAGE);
	REPORT_CALL("rfence_asid_self", RFENCE, 2, PAGE, PAGE);
	REPORT_CALL("rfence_8_pages_self", RFENCE, 1, PAGE, 8 * PAGE);
	REPORT_CALL("rfence_1024_pages_self", RFENCE, 1, PAGE, 1024 * PAGE);
	REPORT_CALL_1("rfence_self_legacy", "6", (uint64_t)&mask);
}

int main(void)
{
	REPORT_CALL_1("set_timer", TIME, FAR);
	REPORT_CALL_1("set_timer_legacy", "0", FAR);
	REPORT_CALL_1("set_timer_passed", TIME, 0);
	measure_ipis();
	measure_fences();
	report_end();
}
