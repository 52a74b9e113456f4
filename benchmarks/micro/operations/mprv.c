/* Measures loads and stores that the firmware makes with the payload's rights: mstatus.MPRV is 1 and MPP is S while a
 * loop runs. The loop itself must not access memory, because such an access would also have the payload's rights. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/operations/operations.h"

#define SATP_SV39 (UINT64_C(8) << 60)
#define PAGE_SHIFT 12
#define PTE_ADDRESS_SHIFT 10
#define GIGAPAGE_SHIFT 30
#define ENTRIES 512

/* The flags of a leaf page-table entry that is valid, readable, writable, executable, accessed and dirty. */
#define PTE_LEAF 0xcf

#define MISALIGNED 1

static uint64_t memory[4];
static uint64_t root[ENTRIES] __attribute__((aligned(4096)));

static void arm(void)
{
	__asm__ volatile("csrc mstatus, %0; csrs mstatus, %1" ::"r"(MSTATUS_MPP),
			 "r"(MSTATUS_MPP_S | MSTATUS_FS_INITIAL));
	__asm__ volatile("csrs mstatus, %0" ::"r"(MSTATUS_MPRV) : "memory");
}

static void disarm(void)
{
	__asm__ volatile("csrc mstatus, %0" ::"r"(MSTATUS_MPRV) : "memory");
}

#define WITH_FLOATS(text) ".option push; .option arch, +f, +d; " text "; .option pop"

#define MEASURE_AT(name, text, address)                                                                                \
	do {                                                                                                           \
		arm();                                                                                                 \
		uint64_t total_ = LEAST_COST(WITH_FLOATS(text), address, 0);                                           \
		disarm();                                                                                              \
		report_cost(name, total_, SHORT_REPETITIONS);                                                          \
	} while (0)

#define MEASURE(name, text) MEASURE_AT(name, ".option norvc; " text, (uint64_t)memory)
#define MEASURE_MISALIGNED(name, text) MEASURE_AT(name, ".option norvc; " text, (uint64_t)memory + MISALIGNED)

/* A compressed access uses a0 or sp as its base register. The instruction that sets a0 is measured separately and
 * subtracted. */
#define MEASURE_COMPRESSED(name, text)                                                                                 \
	do {                                                                                                           \
		arm();                                                                                                 \
		uint64_t total_ = LEAST_COST(WITH_FLOATS("mv a0, %[address]; " text), (uint64_t)memory, 0) -           \
				  LEAST_COST("mv a0, %[address]", (uint64_t)memory, 0);                                \
		disarm();                                                                                              \
		report_cost(name, total_, SHORT_REPETITIONS);                                                          \
	} while (0)

static void measure_loads(void)
{
	MEASURE("mprv_lb", "lb t0, 0(%[address])");
	MEASURE("mprv_lbu", "lbu t0, 0(%[address])");
	MEASURE("mprv_lh", "lh t0, 0(%[address])");
	MEASURE("mprv_lhu", "lhu t0, 0(%[address])");
	MEASURE("mprv_lw", "lw t0, 0(%[address])");
	MEASURE("mprv_lwu", "lwu t0, 0(%[address])");
	MEASURE("mprv_ld", "ld t0, 0(%[address])");
	MEASURE("mprv_flw", "flw ft0, 0(%[address])");
	MEASURE("mprv_fld", "fld ft0, 0(%[address])");
	MEASURE_COMPRESSED("mprv_c_lw", "c.lw a1, 0(a0)");
	MEASURE_COMPRESSED("mprv_c_ld", "c.ld a1, 0(a0)");
	MEASURE_COMPRESSED("mprv_c_ldsp", "c.ldsp a1, 0(sp)");
	MEASURE_COMPRESSED("mprv_c_fld", "c.fld fa1, 0(a0)");
}

static void measure_stores(void)
{
	MEASURE("mprv_sb", "sb %[value], 0(%[address])");
	MEASURE("mprv_sh", "sh %[value], 0(%[address])");
	MEASURE("mprv_sw", "sw %[value], 0(%[address])");
	MEASURE("mprv_sd", "sd %[value], 0(%[address])");
	MEASURE("mprv_fsw", "fsw ft0, 0(%[address])");
	MEASURE("mprv_fsd", "fsd ft0, 0(%[address])");
	MEASURE_COMPRESSED("mprv_c_sw", "c.sw a1, 0(a0)");
	MEASURE_COMPRESSED("mprv_c_sd", "c.sd a1, 0(a0)");
	MEASURE_COMPRESSED("mprv_c_fsd", "c.fsd fa1, 0(a0)");
}

/* QEMU executes misaligned accesses without a trap. So while MPRV is 0, a misaligned access costs one instruction even
 * under hv. */
static void measure_misaligned(void)
{
	REPORT("misaligned_ld", "ld t0, 0(%[address])", (uint64_t)memory + MISALIGNED, 0);
	REPORT("misaligned_sd", "sd %[value], 0(%[address])", (uint64_t)memory + MISALIGNED, 0);
	MEASURE_MISALIGNED("mprv_lh_misaligned", "lh t0, 0(%[address])");
	MEASURE_MISALIGNED("mprv_lw_misaligned", "lw t0, 0(%[address])");
	MEASURE_MISALIGNED("mprv_ld_misaligned", "ld t0, 0(%[address])");
	MEASURE_MISALIGNED("mprv_sw_misaligned", "sw %[value], 0(%[address])");
	MEASURE_MISALIGNED("mprv_sd_misaligned", "sd %[value], 0(%[address])");
}

/* Measures accesses to translated addresses. One page-table entry maps the gigapage of this guest to itself. */
static void measure_paged(void)
{
	uint64_t page = (uint64_t)memory >> GIGAPAGE_SHIFT << (GIGAPAGE_SHIFT - PAGE_SHIFT);

	root[(uint64_t)memory >> GIGAPAGE_SHIFT] = page << PTE_ADDRESS_SHIFT | PTE_LEAF;
	__asm__ volatile("csrw satp, %0; sfence.vma" ::"r"(SATP_SV39 | (uint64_t)root >> PAGE_SHIFT) : "memory");
	MEASURE("mprv_ld_paged", "ld t0, 0(%[address])");
	MEASURE("mprv_sd_paged", "sd %[value], 0(%[address])");
	MEASURE("mprv_lhu_paged", "lhu t0, 0(%[address])");
	__asm__ volatile("csrw satp, zero; sfence.vma" ::: "memory");
}

/* Measures the cost of setting and clearing MPRV. */
static void measure_arming(void)
{
	disarm();
	__asm__ volatile("csrc mstatus, %0; csrs mstatus, %1" ::"r"(MSTATUS_MPP), "r"(MSTATUS_MPP_S));
	REPORT_PAIR("csr_set_clear_mstatus_mprv", "csrs mstatus, %[value]; csrc mstatus, %[value]", 0, MSTATUS_MPRV);
}

void measure_mprv(void)
{
	measure_loads();
	measure_stores();
	measure_misaligned();
	measure_paged();
	measure_arming();
}
