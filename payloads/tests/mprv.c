/* Tests accesses that the firmware makes with MPRV set. Such accesses have the permissions of the payload and use the
 * payload's address translation. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/exists.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define PATTERN UINT64_C(0x8182838485868788)

/* The window maps pages[0] and pages[2] at neighbouring virtual addresses, so that an access can cross from one to the
 * other although their physical addresses are not contiguous. */
static volatile uint64_t pages[4][PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

static uint64_t window; /* the virtual address of pages[0]; pages[2] follows directly after it */

static void fill(void)
{
	for (unsigned page = 0; page < 4; page++)
		for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
			pages[page][i] = PATTERN;
}

/* Sets up Sv39 page tables. They map the two pages in the window with @p flags, and leave the page after them
 * unmapped. */
static void translate(uint64_t flags)
{
	quiet();
	mode_open_memory();
	fill();
	uint64_t translation = page_identity(PTE_RWX);
	window = page_set(0, (uint64_t)pages[0], flags);
	page_set(1, (uint64_t)pages[2], flags);
	page_set(2, 0, 0);
	csr_write(satp, translation);
	__asm__ volatile("sfence.vma" ::: "memory");
	guarded_as(MODE_S, 0);
}

static __attribute__((noinline)) uint64_t guarded_load(uint64_t address)
{
	uint64_t value = ACCESS_NOTHING;
	GUARDED("ld a0, 0(a1)", value, address);
	return value;
}

static __attribute__((noinline)) void guarded_store(uint64_t address, uint64_t value)
{
	GUARDED("sd a0, 0(a1)", value, address);
}

#define SHOW_LOAD(instruction, offset) SHOW_LOAD_AS(instruction, instruction, offset)
#define SHOW_STORE(instruction, offset) SHOW_STORE_AS(instruction, instruction, offset)

#define SHOW_LOAD_AS(name, instruction, offset)                                                                        \
	do {                                                                                                           \
		uint64_t seen = ACCESS_NOTHING;                                                                        \
		GUARDED(instruction, seen, window + (offset));                                                         \
		show(name, seen);                                                                                      \
	} while (0)

#define SHOW_STORE_AS(name, instruction, offset)                                                                       \
	do {                                                                                                           \
		uint64_t stored = UINT64_C(0x1122334455667788);                                                        \
		fill();                                                                                                \
		GUARDED(instruction, stored, window + (offset));                                                       \
		show(name, pages[0][(offset) / 8]);                                                                    \
		show("  the doubleword behind it", pages[0][(offset) / 8 + 1]);                                        \
	} while (0)

static void show_integer_loads(unsigned offset)
{
	SHOW_LOAD("lb a0, 0(a1)", offset);
	SHOW_LOAD("lbu a0, 0(a1)", offset);
	SHOW_LOAD("lh a0, 0(a1)", offset);
	SHOW_LOAD("lhu a0, 0(a1)", offset);
	SHOW_LOAD("lw a0, 0(a1)", offset);
	SHOW_LOAD("lwu a0, 0(a1)", offset);
	SHOW_LOAD("ld a0, 0(a1)", offset);
	SHOW_LOAD("c.lw a0, 4(a1)", offset);
	SHOW_LOAD("c.ld a0, 8(a1)", offset);
	SHOW_LOAD("ld a0, -8(a1)", offset + 8);
	SHOW_LOAD_AS("c.lwsp", "mv t0, sp\nmv sp, a1\nc.lwsp a0, 4(sp)\nmv sp, t0", offset);
	SHOW_LOAD_AS("c.ldsp", "mv t0, sp\nmv sp, a1\nc.ldsp a0, 8(sp)\nmv sp, t0", offset);
}

static void show_integer_stores(unsigned offset)
{
	SHOW_STORE("sb a0, 0(a1)", offset);
	SHOW_STORE("sh a0, 0(a1)", offset);
	SHOW_STORE("sw a0, 0(a1)", offset);
	SHOW_STORE("sd a0, 0(a1)", offset);
	SHOW_STORE("c.sw a0, 4(a1)", offset);
	SHOW_STORE("c.sd a0, 8(a1)", offset);
	SHOW_STORE_AS("c.swsp", "mv t0, sp\nmv sp, a1\nc.swsp a0, 4(sp)\nmv sp, t0", offset);
	SHOW_STORE_AS("c.sdsp", "mv t0, sp\nmv sp, a1\nc.sdsp a0, 8(sp)\nmv sp, t0", offset);
}

TEST(s18_loads_of_every_width_extend_their_sign)
{
	translate(PTE_RW);
	show_integer_loads(64);
}

TEST(s18_stores_of_every_width_touch_no_other_byte)
{
	translate(PTE_RW);
	show_integer_stores(64);
}

TEST(s18_misaligned_accesses_work)
{
	translate(PTE_RW);
	pages[0][8] = UINT64_C(0x0102030405060708);
	pages[0][9] = UINT64_C(0xf1f2f3f4f5f6f7f8);
	show_integer_loads(67);
	show_integer_stores(67);
}

TEST(s18_accesses_may_cross_pages)
{
	translate(PTE_RW);
	pages[0][511] = UINT64_C(0x0102030405060708);
	pages[2][0] = UINT64_C(0xf1f2f3f4f5f6f7f8);
	SHOW_LOAD("ld a0, 0(a1)", 4092);
	SHOW_LOAD("lw a0, 0(a1)", 4094);
	SHOW_LOAD("lhu a0, 0(a1)", 4095);
	uint64_t stored = UINT64_C(0x1122334455667788);
	fill();
	GUARDED("sd a0, 0(a1)", stored, window + 4093);
	show("end of the first page after sd", pages[0][511]);
	show("start of the second page after sd", pages[2][0]);
	expect(pages[1][0] == PATTERN, "the physically next page is unchanged");
}

TEST(s18_an_access_that_crosses_into_an_unmapped_page_faults_and_stores_nothing)
{
	translate(PTE_RW);
	trap_catch(trap_machine());
	guarded_store(window + 8188, 0);
	struct trap trap = trap_release(trap_machine());
	show("trap cause of the store", trap.cause);
	show("mtval as an offset in the window", trap.value - window);
	trap_catch(trap_machine());
	uint64_t loaded = guarded_load(window + 8189);
	trap = trap_release(trap_machine());
	show("trap cause of the load", trap.cause);
	show("mtval as an offset in the window", trap.value - window);
	show("the load's destination register", loaded);
}

static void show_floating(void)
{
	SHOW_LOAD_AS("flw fa0", "flw fa0, 0(a1)\nfmv.x.d a0, fa0", 64);
	SHOW_LOAD_AS("fld fa0", "fld fa0, 0(a1)\nfmv.x.d a0, fa0", 64);
	SHOW_LOAD_AS("c.fld fa0", "c.fld fa0, 8(a1)\nfmv.x.d a0, fa0", 64);
	SHOW_LOAD_AS("fld ft11", "fld ft11, 0(a1)\nfmv.x.d a0, ft11", 67);
	SHOW_STORE_AS("fsw fa0", "fmv.d.x fa0, a0\nfsw fa0, 0(a1)", 64);
	SHOW_STORE_AS("fsd fa0", "fmv.d.x fa0, a0\nfsd fa0, 0(a1)", 64);
	SHOW_STORE_AS("c.fsd fa0", "fmv.d.x fa0, a0\nc.fsd fa0, 8(a1)", 64);
	SHOW_STORE_AS("fsd ft0", "fmv.d.x ft0, a0\nfsd ft0, 0(a1)", 67);
}

TEST(s18_floating_point_accesses_work)
{
	translate(PTE_RW);
	csr_set(mstatus, MSTATUS_FS_INITIAL);
	show_floating();
	csr_clear(mstatus, MSTATUS_FS);
}

TEST(s18_a_floating_point_load_makes_fs_dirty)
{
	uint64_t value = 0;
	translate(PTE_RW);
	csr_clear(mstatus, MSTATUS_FS);
	csr_set(mstatus, MSTATUS_FS_CLEAN);
	GUARDED("fld fa0, 0(a1)", value, window);
	expect_equal(csr_read(mstatus) & MSTATUS_FS, MSTATUS_FS, "FS is Dirty");
	expect_equal(csr_read(mstatus) & MSTATUS_SD, MSTATUS_SD, "SD is set");
	csr_clear(mstatus, MSTATUS_FS);
	trap_catch(trap_machine());
	GUARDED("fld fa0, 0(a1)", value, window);
	struct trap trap = trap_release(trap_machine());
	show("trap cause of a floating-point load with FS off", trap.cause);
	show("mtval", trap.value);
}

TEST(s18_amos_work)
{
	uint64_t value;
	translate(PTE_RW);
	value = 8;
	GUARDED("amoadd.d a0, a0, (a1)", value, window + 64);
	show("value that amoadd.d loaded", value);
	show("memory after amoadd.d", pages[0][8]);
	value = UINT64_C(0x7fffffff);
	GUARDED("amoswap.w a0, a0, (a1)", value, window + 64);
	show("value that amoswap.w loaded", value);
	show("memory after amoswap.w", pages[0][8]);
	value = UINT64_C(0xf0f0f0f0f0f0f0f0);
	GUARDED("amoand.d a0, a0, (a1)", value, window + 64);
	show("value that amoand.d loaded", value);
	show("memory after amoand.d", pages[0][8]);
	value = 5;
	GUARDED("amomaxu.w a0, a0, (a1)", value, window + 68);
	show("value that amomaxu.w loaded", value);
	show("memory after amomaxu.w", pages[0][8]);
	value = 5;
	trap_catch(trap_machine());
	GUARDED("amoadd.w a0, a0, (a1)", value, window + 8192);
	struct trap trap = trap_release(trap_machine());
	show("trap cause of an AMO to an unmapped page", trap.cause);
	expect_equal(trap.value, window + 8192, "mtval is the virtual address");
}

TEST(s18_a_fault_is_reported_to_the_firmware_with_the_virtual_address)
{
	translate(PTE_V | PTE_R | PTE_A);
	trap_catch(trap_machine());
	guarded_load(window + 8200);
	struct trap trap = trap_release(trap_machine());
	expect_equal(trap.cause, CAUSE_LOAD_PAGE, "a load from an unmapped page is a load page fault");
	expect_equal(trap.value, window + 8200, "mtval is the virtual address");
	show("MPP and MPRV in the handler", trap.status & (MSTATUS_MPP | MSTATUS_MPRV));
	expect(trap.pc >= (uint64_t)guarded_load && trap.pc < (uint64_t)guarded_load + 128,
	       "mepc is the address of the load");
	trap_catch(trap_machine());
	guarded_store(window + 8, 1);
	trap = trap_release(trap_machine());
	expect_equal(trap.cause, CAUSE_STORE_PAGE, "a store to a read-only page is a store page fault");
	expect_equal(trap.value, window + 8, "mtval is the virtual address of the store");
}

TEST(s18_sum_and_mxr_apply)
{
	static const uint64_t flags[] = { PTE_V | PTE_R | PTE_A, PTE_V | PTE_X | PTE_A, PTE_V | PTE_R | PTE_U | PTE_A,
					  PTE_V | PTE_X | PTE_U | PTE_A };
	for (unsigned i = 0; i < 4; i++) {
		show("flags of the page", flags[i]);
		for (unsigned way = 0; way < 8; way++) {
			translate(flags[i]);
			guarded_as(way >> 2, (way & 1 ? MSTATUS_SUM : 0) | (way & 2 ? MSTATUS_MXR : 0));
			trap_catch(trap_machine());
			guarded_load(window);
			show(way >> 2 ? "  cause of a load as S-mode" : "  cause of a load as U-mode",
			     trap_release(trap_machine()).cause);
		}
	}
	guarded_as(MODE_S, 0);
}

/* PMP entry 0 covers eight bytes in a page that holds neither code nor stack. It takes precedence over entry 7, which
 * opens all memory. */
TEST(s18_an_access_that_partly_matches_a_pmp_entry_faults)
{
	uint64_t entry = (uint64_t)pages[0] + 64;
	translate(PTE_RW);
	csr_write(pmpaddr0, entry >> 2);
	csr_set(pmpcfg0, 0x1b); /* NAPOT of 8 bytes, RW */
	for (int offset = 56; offset <= 72; offset++) {
		uint64_t value = ACCESS_NOTHING;
		guarded_as(MODE_S, 0); /* needed in each round: a trap sets MPP to U */
		trap_catch(trap_machine());
		GUARDED("ld a0, 0(a1)", value, window + (uint64_t)offset);
		struct trap load = trap_release(trap_machine());
		guarded_as(MODE_S, 0);
		trap_catch(trap_machine());
		value = PATTERN;
		GUARDED("sd a0, 0(a1)", value, window + (uint64_t)offset);
		struct trap store = trap_release(trap_machine());
		show("trap cause of the load", load.count ? load.cause : 0);
		show("trap cause of the store", store.count ? store.cause : 0);
	}
	quiet();
}

TEST(s18_the_payloads_pmp_applies)
{
	translate(PTE_RW);
	csr_write(pmpaddr0, ((uint64_t)pages[0] | 0x7ff) >> 2);
	csr_set(pmpcfg0, 0x19);
	__asm__ volatile("sfence.vma" ::: "memory");
	trap_catch(trap_machine());
	show("loaded from the read-only page", guarded_load(window));
	expect_no_trap(trap_release(trap_machine()), "a load from memory that is read-only to the payload works");
	trap_catch(trap_machine());
	guarded_store(window, 1);
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, window,
		    "a store to read-only memory is an access fault");
	csr_write(satp, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	trap_catch(trap_machine());
	guarded_store((uint64_t)pages[0], 1);
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, (uint64_t)pages[0],
		    "a store to the page's physical address is an access fault");
	store64((uint64_t)pages[0], 3);
	expect_equal(pages[0][0], 3, "a store without MPRV works");
	quiet();
}

TEST(s18_an_access_leaves_no_translation_behind_for_the_next_one)
{
	uint64_t address = (uint64_t)pages[3];
	translate(PTE_RW);
	page_set_gigapage(2, 0, 0); /* RAM is not mapped at its physical address */
	__asm__ volatile("sfence.vma" ::: "memory");
	expect_equal(guarded_load(window), PATTERN,
		     "a load from the window works"); /* after this load, hv has set up PMP for MPRV */
	trap_catch(trap_machine());
	GUARDED("ld zero, 0(a1)\nld a0, 0(a0)", address, window);
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_PAGE, (uint64_t)pages[3],
		    "the second load is translated too, and its page is not mapped");
	quiet();
}

TEST(s17_a_virtual_address_may_equal_the_address_of_a_device)
{
	quiet();
	mode_open_memory();
	fill();
	uint64_t translation = page_identity(PTE_RWX);
	page_set_gigapage(0, RAM_ADDRESS, PTE_RW);
	csr_write(satp, translation);
	__asm__ volatile("sfence.vma" ::: "memory");
	guarded_as(MODE_S, 0);
	*clint_mtimecmp(BOOT_HART) = ~UINT64_C(0) - 1;
	volatile uint64_t *behind = (volatile uint64_t *)(RAM_ADDRESS + CLINT_OWN_MTIMECMP);
	*behind = 42;
	expect_equal(guarded_load(CLINT_OWN_MTIMECMP), 42, "a load from the CLINT's address reads memory");
	guarded_store(CLINT_OWN_MTIMECMP, 43);
	expect_equal(*behind, 43, "a store to the CLINT's address writes memory");
	expect_equal(*clint_mtimecmp(BOOT_HART), ~UINT64_C(0) - 1, "mtimecmp is unchanged");
	quiet();
}

TEST(s17_mprv_with_mpp_m_changes_nothing)
{
	translate(PTE_RW);
	csr_set(mstatus, MSTATUS_MPP);
	expect_equal(guarded_load((uint64_t)pages[3]), PATTERN,
		     "a load has the firmware's permissions and no translation");
	trap_catch(trap_machine());
	guarded_load(window);
	show("trap cause of a load from the virtual address", trap_release(trap_machine()).cause);
}

TEST(s17_fetches_are_never_translated)
{
	translate(PTE_RW);
	page_set_gigapage(2, 0, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	expect_equal(guarded_load(window), PATTERN, "the firmware runs in memory that is not mapped for the payload");
}

/* Loads from @p address. Does not set MPRV. If MPRV were still set by earlier code, the load would use the payload's
 * translation and fault. */
static uint64_t armed_load(uint64_t address)
{
	uint64_t value = ACCESS_NOTHING;
	__asm__ volatile("ld %0, 0(%1)\ncsrc mstatus, %2" : "+r"(value) : "r"(address), "r"(MSTATUS_MPRV) : "memory");
	return value;
}

static bool look_at_memory(struct trap_frame *frame)
{
	if (frame->cause != CAUSE_BREAKPOINT)
		return false;
	pages[3][0] = pages[3][1] + 1;
	frame->pc += 2;
	return true;
}

TEST(s17_mprv_does_not_apply_in_a_trap_handler_and_applies_again_after_it)
{
	uint64_t value = ACCESS_NOTHING;
	translate(PTE_RW);
	trap_set_handler(trap_machine(), look_at_memory);
	guarded_as(MODE_S, 0);
	/* The trap handler returns to M-mode by mret, which sets MPP to U and leaves MPRV set. The code after the trap
	 * therefore sets MPP to S again before its load. */
	GUARDED("c.ebreak\nli t0, 0x800\ncsrs mstatus, t0\nld a0, 0(a1)", value, window);
	expect_equal(value, PATTERN, "a load after the trap is translated again");
	expect_equal(pages[3][0], PATTERN + 1, "the accesses of the trap handler were not translated");
	trap_set_handler(trap_machine(), 0);
	quiet();
}

TEST(s17_mprv_applies_again_after_mstatus_is_restored)
{
	translate(PTE_RW);
	uint64_t armed = csr_read(mstatus) | MSTATUS_MPRV;
	uint64_t value = ACCESS_NOTHING;
	GUARDED("csrr t1, mstatus\ncsrc mstatus, a2\nld t2, 0(sp)\ncsrw mstatus, t1\nld a0, 0(a1)", value, window);
	expect_equal(value, PATTERN, "a load is translated after csrw has set MPRV again");
	(void)armed;
	quiet();
}

static uint64_t do_nothing(uint64_t argument)
{
	return argument;
}

TEST(s17_mret_to_a_lower_mode_clears_mprv)
{
	quiet();
	mode_open_memory();
	__asm__ volatile("la t0, 1f\ncsrw mepc, t0\nli t0, 0x1800\ncsrs mstatus, t0\nli t0, 0x20000\ncsrs mstatus, t0\n"
			 "mret\n1:\ncsrr %0, mstatus\ncsrc mstatus, t0"
			 : "=r"(pages[0][0])
			 :
			 : "t0", "memory");
	show("MPRV and MPP after mret to M-mode", pages[0][0] & (MSTATUS_MPRV | MSTATUS_MPP));
	if (!csr_exists(
		    menvcfg)) /* harts of earlier versions of the privileged ISA keep MPRV; under hv, mret clears it */
		return;
	run_in(MODE_S, do_nothing, 0);
	csr_clear(mstatus, MSTATUS_MPP);
	csr_set(mstatus, MSTATUS_MPP);
	csr_set(mstatus, MSTATUS_MPRV);
	run_in(MODE_S, do_nothing, 0);
	show("MPRV after mret to S-mode", csr_read(mstatus) & MSTATUS_MPRV);
	quiet();
}

TEST(s19_registers_and_mstatus_survive_a_fault)
{
	translate(PTE_RW);
	csr_write(mscratch, csr_read(mscratch));
	uint64_t before = csr_read(mstatus);
	trap_catch(trap_machine());
	uint64_t value = guarded_load(window + 8192);
	struct trap trap = trap_release(trap_machine());
	expect_equal(value, ACCESS_NOTHING, "rd is unchanged");
	expect_equal(trap.count, 1, "number of traps");
	show("mstatus before the access", before & (MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_MIE));
	show("mstatus in the handler", trap.status & (MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_MIE | MSTATUS_MPIE));
	show("mstatus after the access", csr_read(mstatus) & (MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_MIE));
	expect_equal(armed_load((uint64_t)pages[3]), PATTERN, "a plain load after the fault is not translated");
}

TEST(s19_many_accesses_under_mprv_work_in_a_row)
{
	uint64_t sum = 0;
	translate(PTE_RW);
	for (unsigned i = 0; i < 500; i++) {
		pages[0][i % 512] = i;
		sum += guarded_load(window + 8 * (i % 512));
		if (i % 10 == 0) {
			trap_catch(trap_machine());
			guarded_load(window + 8192);
			sum += trap_release(trap_machine()).count << 32;
			guarded_as(MODE_S, 0);
		}
	}
	show("sum of all loaded values and faults", sum);
	quiet();
}
