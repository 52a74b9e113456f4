/* Measures operations other than plain CSR accesses, loads and stores: PMP entries that change, fences, counters that
 * the firmware has withheld, and wfi. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/operations/operations.h"

#define COUNTER_TM 2

/* Value of pmpcfg0: entry 0 opens all memory, and entry 1 is a readable TOR entry. */
#define PMP_OPEN_AND_TOR (PMP_OPEN | 0x0900)

#define SOME_ADDRESS UINT64_C(0x80400000)
#define SOME_ASID 1

static void measure_pmp(void)
{
	__asm__ volatile("csrw pmpaddr1, %0" ::"r"(SOME_ADDRESS >> 2));
	REPORT("pmpcfg_write", "csrw pmpcfg0, %[value]", 0, PMP_OPEN);
	REPORT_PAIR("pmpcfg_write_changed", "csrw pmpcfg0, %[value]; csrw pmpcfg0, %[address]", PMP_OPEN,
		    PMP_OPEN_AND_TOR);
	__asm__ volatile("csrw pmpcfg0, %0" ::"r"(PMP_OPEN));

	uint64_t last = SOME_ADDRESS >> 2;
	REPORT("pmpaddr_write", "csrw pmpaddr1, %[value]", 0, last);
	REPORT_PAIR("pmpaddr_write_changed", "csrw pmpaddr1, %[value]; csrw pmpaddr1, %[address]", last + 1, last);
	REPORT("pmpaddr_write_open", "csrw pmpaddr0, %[value]", 0, UINT64_MAX >> 10);
}

static void measure_fences(void)
{
	REPORT("fence", "sfence.vma", 0, 0);
	REPORT("fence_address", "sfence.vma %[address], x0", SOME_ADDRESS, 0);
	REPORT("fence_asid", "sfence.vma x0, %[value]", 0, SOME_ASID);
	REPORT("fence_address_asid", "sfence.vma %[address], %[value]", SOME_ADDRESS, SOME_ASID);
}

/* Measures reads of the CSR `time` while a counter is withheld. scounteren and mcounteren only govern S-mode and
 * U-mode. A firmware in M-mode may always read its counters. But hv runs the firmware in U-mode, so the reading traps
 * and hv emulates it. */
static void measure_counters(void)
{
	REPORT("rdtime", "rdtime t0", 0, 0);
	__asm__ volatile("csrc scounteren, %0" ::"r"(COUNTER_TM));
	REPORT("rdtime_scounteren_off", "rdtime t0", 0, 0);
	__asm__ volatile("csrs scounteren, %0; csrc mcounteren, %0" ::"r"(COUNTER_TM));
	REPORT("rdtime_mcounteren_off", "rdtime t0", 0, 0);
	__asm__ volatile("csrs mcounteren, %0" ::"r"(COUNTER_TM));
}

/* Measures writes that change the value of a CSR each time. Firmwares often write mtvec, mie and mstatus in this
 * way. */
static void measure_changes(void)
{
	uint64_t here;

	__asm__ volatile("csrr %0, mtvec" : "=r"(here));
	REPORT_PAIR("csr_write_mtvec_changed", "csrw mtvec, %[address]; csrw mtvec, %[value]", here + 64, here);
	REPORT_PAIR("csr_swap_mtvec_changed", "csrrw t0, mtvec, %[address]; csrrw t0, mtvec, %[value]", here + 64,
		    here);
	REPORT_PAIR("csr_set_clear_mie_changed", "csrs mie, %[value]; csrc mie, %[value]", 0, MIE_MTIE);
	REPORT_PAIR("csr_set_clear_mstatus_changed", "csrs mstatus, %[value]; csrc mstatus, %[value]", 0,
		    MSTATUS_MPP_S);
	REPORT_PAIR("csr_set_clear_mstatus_mie", "csrsi mstatus, 8; csrci mstatus, 8", 0, 0);
}

/* Measures a wfi that does not sleep, because the timer interrupt is pending and enabled in mie. The hart does not take
 * the interrupt, because mstatus.MIE is 0. */
static void measure_wfi(void)
{
	__asm__ volatile("csrc mstatus, %0" ::"r"(MSTATUS_MIE));
	*(volatile uint64_t *)CLINT_MTIMECMP = 0;
	__asm__ volatile("csrw mie, %0" ::"r"(MIE_MTIE));
	REPORT("wfi_pending", "wfi", 0, 0);
	__asm__ volatile("csrw mie, zero");
	*(volatile uint64_t *)CLINT_MTIMECMP = NEVER;
}

void measure_others(void)
{
	measure_pmp();
	measure_fences();
	measure_counters();
	measure_changes();
	measure_wfi();
}
