/* Tests misaligned loads and stores of the payload by real traps. QEMU carries out misaligned loads and stores itself, but an
 * lr.d or AMO with a misaligned address traps, with the same causes. So the hart has to execute one of these, while hv reads
 * a load or store at the same address. For this, the test changes the page table entry of the code from one page to another
 * one without an sfence.vma: then the hart may still use the old translation (Privileged ISA 12.2.1). On QEMU, fetches do,
 * because they have another TLB than hv's loads with SUM = 1. The results must equal those of the same instruction when
 * QEMU executes it. If there were no trap, the lr.d or AMO would leave registers and memory unchanged.
 * With one hart, QEMU reports cause 4 for a misaligned AMO, and with several harts cause 6, as it should be.
 * This guest runs only under an image with module offload. */
#include "payloads/offload/firmware.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/test.h"

#define LR_D 0x1006302fu     /* lr.d zero, (a2) */
#define AMOADD_D 0x0006302fu /* amoadd.d zero, zero, (a2) */
#define C_NOP 0x0001u
#define C_RET 0x8082u
#define CODE_PAGE 1 /* pages of the window */
#define DATA_PAGE 2

static uint16_t trapping[PAGE_SIZE / 2] __attribute__((aligned(PAGE_SIZE)));
static uint16_t accessing[PAGE_SIZE / 2] __attribute__((aligned(PAGE_SIZE)));
static uint64_t data[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));

struct form {
	const char *name;
	uint32_t word;
	bool store;
};

/* The address is in a2 and s0, and the value of a store or load in a3, s1, s3 or fa3. Forms with an offset access the same
 * address, because s4 and s5 are a2 - 16 and a2 + 16. */
static const struct form forms[] = {
	{ "lh a3, 0(a2)", 0x00061683, false },   { "lhu a3, 0(a2)", 0x00065683, false },
	{ "lw a3, 0(a2)", 0x00062683, false },   { "lwu a3, 0(a2)", 0x00066683, false },
	{ "ld a3, 0(a2)", 0x00063683, false },   { "ld a2, 0(a2)", 0x00063603, false },
	{ "ld zero, 0(a2)", 0x00063003, false }, { "ld s3, 16(s4)", 0x010a3983, false },
	{ "lw s3, -16(s5)", 0xff0aa983, false }, { "c.lw a3, 0(a2)", 0x4214, false },
	{ "c.ld s1, 0(s0)", 0x6004, false },     { "fld fa3, 0(a2)", 0x00063687, false },
	{ "flw fa3, 0(a2)", 0x00062687, false }, { "sh a3, 0(a2)", 0x00d61023, true },
	{ "sw a3, 0(a2)", 0x00d62023, true },    { "sd a3, 0(a2)", 0x00d63023, true },
	{ "sd zero, 0(a2)", 0x00063023, true },  { "sd s3, 16(s4)", 0x013a3823, true },
	{ "sw s3, -16(s5)", 0xff3aa823, true },  { "c.sw a3, 0(a2)", 0xc214, true },
	{ "c.sd s1, 0(s0)", 0xe004, true },      { "fsd fa3, 0(a2)", 0x00d63027, true },
	{ "fsw fa3, 0(a2)", 0x00d62027, true },
};

struct outcome {
	uint64_t a2, a3, s1, s3, fa3, memory[5];
};

/* Fills both pages with the code at byte @p offset. */
static void write_code(const struct form *form, unsigned offset)
{
	uint16_t *trap = &trapping[offset / 2], *access = &accessing[offset / 2];
	uint32_t word = form->store ? AMOADD_D : LR_D;
	bool is_long = (form->word & 3) == 3;

	trap[0] = (uint16_t)word;
	trap[1] = (uint16_t)(word >>
			     16); /* as an instruction of its own, this halfword is a hint, so c.nop is not needed */
	access[0] = (uint16_t)form->word;
	access[1] = is_long ? (uint16_t)(form->word >> 16) : C_NOP;
	trap[2] = access[2] = C_RET;
	__asm__ volatile("fence.i" ::: "memory");
}

static struct outcome call(uint64_t code, uint64_t address)
{
	struct outcome out;
	register uint64_t a2 __asm__("a2") = address;
	register uint64_t a3 __asm__("a3") = UINT64_C(0x1122334455667788);
	register uint64_t a4 __asm__("a4") = code;
	register uint64_t s1 __asm__("s1") = UINT64_C(0x99aabbccddeeff01);
	register uint64_t s3 __asm__("s3") = UINT64_C(0xa1a2a3a4a5a6a7a8);
	register uint64_t s4 __asm__("s4") = address - 16;
	register uint64_t s5 __asm__("s5") = address + 16;

	__asm__ volatile(".option push\n.option arch, +d\n"
			 "mv t0, s0\nmv s0, a2\nfmv.d.x fa3, a3\njalr ra, (a4)\nmv s0, t0\nfmv.x.d %[floating], fa3\n"
			 ".option pop"
			 : "+r"(a2), "+r"(a3), "+r"(s1), "+r"(s3), [floating] "=&r"(out.fa3)
			 : "r"(a4), "r"(s4), "r"(s5)
			 : "t0", "ra", "memory");
	out.a2 = a2;
	out.a3 = a3;
	out.s1 = s1;
	out.s3 = s3;
	return out;
}

/* Makes the hart use the translation of the code page to `trapping`, while the page table has `accessing`. */
static void leave_stale(uint64_t code, unsigned offset)
{
	static uint64_t word;

	page_set(CODE_PAGE, (uint64_t)trapping, PTE_RWX);
	__asm__ volatile("sfence.vma" ::: "memory");
	(void)call(code + offset, (uint64_t)&word);
	page_set(CODE_PAGE, (uint64_t)accessing, PTE_RWX);
}

/* Executes the form at @p offset of the code page, by a trap if @p trap is true, at byte @p start of the data. */
static struct outcome execute(const struct form *form, unsigned offset, unsigned start, bool trap)
{
	uint64_t code = page_set(CODE_PAGE, (uint64_t)accessing, PTE_RWX);
	uint64_t at = page_set(DATA_PAGE, (uint64_t)data, PTE_RW), first = (PAGE_SIZE - 16) / 8;

	page_set(DATA_PAGE + 1, (uint64_t)data + PAGE_SIZE, PTE_RW);
	__asm__ volatile("sfence.vma" ::: "memory");
	write_code(form, offset);
	if (trap)
		leave_stale(code, offset);
	for (unsigned i = 0; i < 5; i++)
		data[first + i] = UINT64_C(0x8182838485868788) ^ i * UINT64_C(0x1020304050607081);

	struct outcome out = call(code + offset, at + PAGE_SIZE - 16 + start);

	for (unsigned i = 0; i < 5; i++)
		out.memory[i] = data[first + i];
	return out;
}

static void compare(const struct form *form)
{
	static const unsigned offsets[] = { 0, 2, PAGE_SIZE - 6 };
	bool same = true;

	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		for (unsigned start = 0; start < 24; start++) {
			struct outcome traps, direct;

			if (start % 8 == 0)
				continue; /* the lr.d or AMO would not trap */
			direct = execute(form, offsets[i], start, false);
			traps = execute(form, offsets[i], start, true);
			same = same && direct.a2 == traps.a2 && direct.a3 == traps.a3 && direct.s1 == traps.s1 &&
			       direct.s3 == traps.s3 && direct.fa3 == traps.fa3;
			for (unsigned k = 0; k < 5; k++)
				same = same && direct.memory[k] == traps.memory[k];
		}
	expect(same, form->name);
}

static uint64_t compare_all(uint64_t satp)
{
	csr_write(satp, satp);
	csr_set(sstatus, MSTATUS_SUM | MSTATUS_FS_INITIAL);
	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		compare(&forms[i]);
	csr_write(satp, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	return 0;
}

TEST(s30_misaligned_accesses_that_trap_have_the_hardwares_result)
{
	firmware_reached[0] = 0;
	firmware_run(compare_all, page_identity(PTE_RWX));
	expect_equal(firmware_reached[0], 0, "traps that have reached the firmware");
}

/* ---- faults ---- */

/* An access that begins @p before bytes before a page that does not permit it. */
static void cross(const struct form *form, unsigned before)
{
	uint64_t code = page_set(CODE_PAGE, (uint64_t)accessing, PTE_RWX);
	uint64_t at = page_set(DATA_PAGE, (uint64_t)data, PTE_RW), last = PAGE_SIZE / 8 - 1;

	page_set(DATA_PAGE + 1, 0, 0);
	write_code(form, 0);
	leave_stale(code, 0);
	data[last] = UINT64_C(0x8182838485868788);
	trap_catch(trap_supervisor());
	(void)call(code, at + PAGE_SIZE - before);
	expect_trap(trap_release(trap_supervisor()), form->store ? 15 : 13, at + PAGE_SIZE,
		    "the page fault has the address of the first byte that failed");
	expect_equal(data[last], UINT64_C(0x8182838485868788), "no byte has changed");
}

static uint64_t cross_all(uint64_t satp)
{
	csr_write(satp, satp);
	csr_set(sstatus, MSTATUS_SUM | MSTATUS_FS_INITIAL);
	for (unsigned before = 1; before < 8; before++) {
		cross(&(struct form){ "ld", 0x00063683, false }, before);
		cross(&(struct form){ "sd", 0x00d63023, true }, before);
	}
	csr_write(satp, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	return 0;
}

TEST(s30_a_misaligned_access_into_a_page_without_permission_changes_no_byte)
{
	firmware_run(cross_all, page_identity(PTE_RWX));
}

/* An lr.d that stays an lr.d. The firmware passes the exception on to the payload. */
static uint64_t reserve(uint64_t unused)
{
	static uint64_t words[2];

	(void)unused;
	trap_catch(trap_supervisor());
	__asm__ volatile("lr.d zero, (%0)" ::"r"((uint64_t)words + 1) : "memory");
	expect_trap(trap_release(trap_supervisor()), 4, (uint64_t)words + 1, "a misaligned lr.d traps");
	trap_catch(trap_supervisor());
	__asm__ volatile("amoadd.d zero, zero, (%0)" ::"r"((uint64_t)words + 1) : "memory");
	/* QEMU's AMO first loads, without atomicity, if there is only one hart */
	expect_trap(trap_release(trap_supervisor()), hart_count() > 1 ? 6 : 4, (uint64_t)words + 1,
		    "a misaligned AMO traps");
	return 0;
}

TEST(s30_misaligned_reservations_and_amos_reach_the_firmware)
{
	firmware_reached[0] = 0;
	firmware_run(reserve, 0);
	expect_equal(firmware_reached[0], 2, "traps that have reached the firmware");
}
