/* Measures loads, stores and AMOs on every register that the CLINT has for this hart. No store makes an interrupt
 * pending that the firmware has enabled. Accesses that the machine does not support, such as AMOs on some machines, are
 * left out. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/operations/operations.h"

#define HIGH_WORD 4
#define SOON UINT64_C(0x7fffffff)

#define FULL_SIZE(text) ".option push; .option norvc; " text "; .option pop"

/* Measures one operation. Leaves it out if it traps. The operation must be one instruction of 4 bytes, because the trap
 * handler skips 4 bytes. */
#define MEASURE(name, text, address, value)                                                                            \
	do {                                                                                                           \
		expect_no_trap();                                                                                      \
		uint64_t total_ = LEAST_COST(FULL_SIZE(text), address, value);                                         \
		if (!has_trapped())                                                                                    \
			report_cost(name, total_, SHORT_REPETITIONS);                                                  \
	} while (0)

/* A compressed access uses a0 as its base register. The instructions that set a0 are measured separately and
 * subtracted. */
#define MEASURE_COMPRESSED(name, text, address, value)                                                                 \
	report_cost(name,                                                                                              \
		    LEAST_COST("mv a0, %[address]; mv a1, %[value]; " text, address, value) -                          \
			    LEAST_COST("mv a0, %[address]; mv a1, %[value]", address, value),                          \
		    SHORT_REPETITIONS)

static void measure_time(void)
{
	MEASURE("clint_load", "ld t0, 0(%[address])", CLINT_MTIME, 0);
	MEASURE("clint_lw_mtime", "lw t0, 0(%[address])", CLINT_MTIME, 0);
	MEASURE("clint_lw_mtime_high", "lw t0, 0(%[address])", CLINT_MTIME + HIGH_WORD, 0);
	MEASURE_COMPRESSED("clint_c_ld_mtime", "c.ld a1, 0(a0)", CLINT_MTIME, 0);
}

static void measure_software(void)
{
	MEASURE("clint_msip", "sw zero, 0(%[address])", CLINT_MSIP, 0);
	MEASURE("clint_sw_msip_set", "sw %[value], 0(%[address])", CLINT_MSIP, 1);
	*(volatile uint32_t *)CLINT_MSIP = 0;
	MEASURE("clint_lw_msip", "lw t0, 0(%[address])", CLINT_MSIP, 0);
	MEASURE("clint_ld_msip", "ld t0, 0(%[address])", CLINT_MSIP, 0);
	MEASURE("clint_lbu_msip", "lbu t0, 0(%[address])", CLINT_MSIP, 0);
	MEASURE("clint_amoswap_msip", "amoswap.w t0, zero, (%[address])", CLINT_MSIP, 0);
	MEASURE("clint_amoor_msip", "amoor.w t0, %[value], (%[address])", CLINT_MSIP, 0);
	MEASURE_COMPRESSED("clint_c_lw_msip", "c.lw a1, 0(a0)", CLINT_MSIP, 0);
	MEASURE_COMPRESSED("clint_c_sw_msip", "c.sw a1, 0(a0)", CLINT_MSIP, 0);
}

static void measure_timer(void)
{
	MEASURE("clint_store", "sd %[value], 0(%[address])", CLINT_MTIMECMP, NEVER);
	REPORT_PAIR("clint_sd_mtimecmp_due", "sd %[value], 0(%[address]); sd zero, 0(%[address])", CLINT_MTIMECMP,
		    NEVER);
	MEASURE("clint_ld_mtimecmp", "ld t0, 0(%[address])", CLINT_MTIMECMP, 0);
	MEASURE("clint_lw_mtimecmp", "lw t0, 0(%[address])", CLINT_MTIMECMP, 0);
	*(volatile uint64_t *)CLINT_MTIMECMP = NEVER;
	MEASURE("clint_sw_mtimecmp_high", "sw %[value], 0(%[address])", CLINT_MTIMECMP + HIGH_WORD, SOON);
	MEASURE("clint_sw_mtimecmp", "sw %[value], 0(%[address])", CLINT_MTIMECMP, SOON);
	MEASURE_COMPRESSED("clint_c_sd_mtimecmp", "c.sd a1, 0(a0)", CLINT_MTIMECMP, NEVER);
	*(volatile uint64_t *)CLINT_MTIMECMP = NEVER;
}

void measure_clint(void)
{
	measure_time();
	measure_software();
	measure_timer();
}
