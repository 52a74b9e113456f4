/* The firmware of the exit-cost benchmark: measures what an exit of the firmware costs, then becomes the smallest firmware
 * for the payload, whose illegal instructions it skips.
 * Started by start.S on hart 0. Knows nothing of hv: bare, each of these operations costs one instruction. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/report.h"

#define PAYLOAD_ADDRESS UINT64_C(0x80400000)
#define MTIMECMP_ADDRESS 0x02004000
#define ALL_COUNTERS 7
#define NEVER UINT64_MAX

/* pmpcfg0: entry 0 opens all memory; entry 1 is off, or readable by TOR. */
#define PMP_OPEN 0x001f
#define PMP_OPEN_AND_TOR 0x091f

#define MSTATUS_MPP UINT64_C(0x1800)
#define MSTATUS_MPP_S UINT64_C(0x0800)

int main(void);
void skip_instruction(void);

static void allow_counters(void)
{
	__asm__ volatile("csrw mcounteren, %0; csrw scounteren, %0" ::"r"(ALL_COUNTERS));
}

static void measure_csrs(void)
{
	report_cost("csr_write", COST("csrw mscratch, %[value]", 0, 0x1234));
	report_cost("csr_read", COST("csrr t0, mscratch", 0, 0));
	report_cost("clint_store", COST("sd %[value], 0(%[address])", MTIMECMP_ADDRESS, NEVER));
}

static void measure_pmp(void)
{
	__asm__ volatile("csrw pmpaddr0, %0; csrw pmpaddr1, %1" ::"r"(UINT64_MAX >> 10), "r"(PAYLOAD_ADDRESS >> 2));
	report_cost("pmpcfg_write", COST("csrw pmpcfg0, %[value]", 0, PMP_OPEN));
	uint64_t toggle = COST("csrw pmpcfg0, %[value]; csrw pmpcfg0, %[address]", PMP_OPEN, PMP_OPEN_AND_TOR);
	report_cost("pmpcfg_write_changed", toggle / 2);
}

static void __attribute__((noreturn)) enter_payload(void)
{
	__asm__ volatile("csrw mtvec, %0; csrw mepc, %1; csrc mstatus, %2; csrs mstatus, %3; li a0, 0; mret" ::"r"(
				 skip_instruction),
			 "r"(PAYLOAD_ADDRESS), "r"(MSTATUS_MPP), "r"(MSTATUS_MPP_S)
			 : "a0", "memory");
	__builtin_unreachable();
}

int main(void)
{
	allow_counters();
	measure_csrs();
	measure_pmp();
	enter_payload();
}
