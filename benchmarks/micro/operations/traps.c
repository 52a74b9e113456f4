/* Measures the entry into the firmware by traps and interrupts, and the return from the firmware by mret. Some are also
 * measured while a PMP entry is locked. These operations end at another place than they start, so the loops are written
 * in assembly, in traps.S. */
#include "benchmarks/micro/operations/traps.h"

#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/operations/operations.h"

/* Reports the cost in the cheapest of several rounds, in the same way as LEAST_COST. */
#define SPAN(name, function, ...)                                                                                      \
	do {                                                                                                           \
		uint64_t least_ = UINT64_MAX;                                                                          \
		for (int round_ = 0; round_ <= SHORT_ROUNDS; round_++) {                                               \
			uint64_t cost_ = function(SHORT_REPETITIONS, ##__VA_ARGS__);                                   \
			least_ = cost_ < least_ ? cost_ : least_;                                                      \
		}                                                                                                      \
		report_cost(name, least_, SHORT_REPETITIONS);                                                          \
	} while (0)

/* Measures a trap of the firmware to its own handler, which executes two CSR instructions and mret. */
static void measure_virtual_trap(void)
{
	skip_traps();
	REPORT("virtual_trap", ".option push; .option norvc; ebreak; .option pop", 0, 0);
	REPORT("virtual_trap_ecall", "ecall", 0, 0);
}

static void measure_mret(void)
{
	SPAN("mret_m", span_of_mret, MSTATUS_MPP);
	SPAN("mret_s", span_of_mret, MSTATUS_MPP_S);
	SPAN("mret_s_mprv", span_of_mret, MSTATUS_MPP_S | MSTATUS_MPRV);
	SPAN("mret_s_first_view", span_of_first_mret, PMP_OPEN);
	__asm__ volatile("csrw pmpcfg0, %0" ::"r"(PMP_OPEN));
}

static void measure_interrupts(void)
{
	__asm__ volatile("csrw mie, %0" ::"r"(MIE_MSIE));
	SPAN("interrupt_entry_software", span_of_software_interrupt);
	__asm__ volatile("csrw mie, %0" ::"r"(MIE_MTIE));
	SPAN("interrupt_entry_timer_store", span_of_timer_store);
	SPAN("interrupt_entry_timer", span_of_timer_interrupt);
	__asm__ volatile("csrw mie, zero");
}

void measure_traps(void)
{
	measure_virtual_trap();
	measure_mret();
	SPAN("trap_entry_ecall", span_of_ecall);
	SPAN("trap_entry_illegal", span_of_illegal);
	measure_interrupts();
}

void measure_locked(void)
{
	__asm__ volatile("csrw pmpaddr2, zero; csrw pmpcfg0, %0" ::"r"(PMP_OPEN | PMP_ENTRY_2_LOCKED));
	SPAN("mret_s_locked", span_of_mret, MSTATUS_MPP_S);
	skip_traps();
	REPORT("virtual_trap_locked", ".option push; .option norvc; ebreak; .option pop", 0, 0);
	REPORT("csr_read_locked", "csrr t0, mscratch", 0, 0);
	REPORT("pmpcfg_write_locked", "csrw pmpcfg0, %[value]", 0, PMP_OPEN | PMP_ENTRY_2_LOCKED);
	REPORT("pmpaddr_write_locked", "csrw pmpaddr1, %[value]", 0, 0);
	REPORT("clint_load_locked", "ld t0, 0(%[address])", CLINT_MTIME, 0);
	REPORT("clint_store_locked", "sd %[value], 0(%[address])", CLINT_MTIMECMP, NEVER);
}
