/* Makes loads, stores and AMOs once by the hardware and once by hv's emulation, and checks that both have the same
 * results. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define PATTERN UINT64_C(0x8182838485868788)

static volatile uint64_t words[4];
static volatile uint64_t pages[2][PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

/* One of the instructions that the macro ACCESS() defines below. Each accesses the address in a2, and loads or stores
 * a3 or fa3. */
struct access_code {
	const char *name;
	uint64_t address; /* the address of the instruction itself */
};

#define ACCESS(number, instruction)                                                                                    \
	extern const uint8_t access_##number[];                                                                        \
	__asm__(".option push\n.option arch, +f, +d, +c\n.section .text.access, \"ax\"\n.balign 4\n"                   \
		"access_" #number ": " instruction "\nret\n.text\n.option pop")

ACCESS(lb, "lb a3, 0(a2)");
ACCESS(lbu, "lbu a3, 0(a2)");
ACCESS(lh, "lh a3, 0(a2)");
ACCESS(lhu, "lhu a3, 0(a2)");
ACCESS(lw, "lw a3, 0(a2)");
ACCESS(lwu, "lwu a3, 0(a2)");
ACCESS(ld, "ld a3, 0(a2)");
ACCESS(c_lw, "c.lw a3, 0(a2)");
ACCESS(c_ld, "c.ld a3, 0(a2)");
ACCESS(flw, "flw fa3, 0(a2)");
ACCESS(fld, "fld fa3, 0(a2)");
ACCESS(c_fld, "c.fld fa3, 0(a2)");
ACCESS(sb, "sb a3, 0(a2)");
ACCESS(sh, "sh a3, 0(a2)");
ACCESS(sw, "sw a3, 0(a2)");
ACCESS(sd, "sd a3, 0(a2)");
ACCESS(c_sw, "c.sw a3, 0(a2)");
ACCESS(c_sd, "c.sd a3, 0(a2)");
ACCESS(fsw, "fsw fa3, 0(a2)");
ACCESS(fsd, "fsd fa3, 0(a2)");
ACCESS(c_fsd, "c.fsd fa3, 0(a2)");
ACCESS(amoadd_w, "amoadd.w a3, a3, (a2)");
ACCESS(amomaxu_d, "amomaxu.d a3, a3, (a2)");

#define ENTRY(number)                                                                                                  \
	{                                                                                                              \
#number, (uint64_t)access_##number                                                                     \
	}

static const struct access_code loads[] = { ENTRY(lb), ENTRY(lbu),  ENTRY(lh),   ENTRY(lhu), ENTRY(lw),  ENTRY(lwu),
					    ENTRY(ld), ENTRY(c_lw), ENTRY(c_ld), ENTRY(flw), ENTRY(fld), ENTRY(c_fld) };
static const struct access_code stores[] = { ENTRY(sb),   ENTRY(sh),  ENTRY(sw),  ENTRY(sd),   ENTRY(c_sw),
					     ENTRY(c_sd), ENTRY(fsw), ENTRY(fsd), ENTRY(c_fsd) };
static const struct access_code amos[] = { ENTRY(amoadd_w), ENTRY(amomaxu_d) };

struct outcome {
	uint64_t integer, floating, memory[3];
};

/* If @p emulated is false, executes the instruction at @p code. If it is true, makes the ecall TEST_EMULATE, by which
 * hv emulates that instruction. The registers hold the same values at the start in both cases. */
static struct outcome run_access(uint64_t code, uint64_t address, bool emulated)
{
	register uint64_t a0 __asm__("a0") = code;
	register uint64_t a2 __asm__("a2") = address;
	register uint64_t a3 __asm__("a3") = UINT64_C(0x1122334455667788);
	register uint64_t a6 __asm__("a6") = HARTSCOPE_TEST_EMULATE;
	register uint64_t a7 __asm__("a7") = ABI_EID;
	uint64_t floating;
	__asm__ volatile(".option push\n.option arch, +d\nfmv.d.x fa3, a3\n"
			 "la ra, 2f\nbeqz %4, 1f\necall\nj 2f\n1: jr a0\n2: fmv.x.d %2, fa3\n.option pop"
			 : "+r"(a0), "+r"(a3), "=&r"(floating)
			 : "r"(a2), "r"((uint64_t)emulated), "r"(a6), "r"(a7)
			 : "ra", "a1", "memory");
	return (struct outcome){ a3, floating, { words[0], words[1], words[2] } };
}

static void compare(const struct access_code *code, unsigned offset)
{
	struct outcome outcomes[2];
	for (unsigned emulated = 0; emulated < 2; emulated++) {
		words[0] = PATTERN;
		words[1] = UINT64_C(0xf1f2f3f4f5f6f7f8);
		words[2] = PATTERN;
		outcomes[emulated] = run_access(code->address, (uint64_t)words + offset, emulated);
	}
	bool same = outcomes[0].integer == outcomes[1].integer && outcomes[0].floating == outcomes[1].floating;
	for (unsigned i = 0; i < 3; i++)
		same = same && outcomes[0].memory[i] == outcomes[1].memory[i];
	if (!same) {
		show("offset of the access", offset);
		show("integer register by hardware", outcomes[0].integer);
		show("integer register by hv", outcomes[1].integer);
		show("floating-point register by hardware", outcomes[0].floating);
		show("floating-point register by hv", outcomes[1].floating);
	}
	expect(same, code->name);
}

TEST(s30_emulated_loads_have_the_hardwares_result)
{
	quiet();
	csr_set(mstatus, MSTATUS_FS_INITIAL);
	for (unsigned i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		for (unsigned offset = 0; offset < 8; offset++)
			compare(&loads[i], offset);
	csr_clear(mstatus, MSTATUS_FS);
}

TEST(s30_emulated_stores_have_the_hardwares_result)
{
	quiet();
	csr_set(mstatus, MSTATUS_FS_INITIAL);
	for (unsigned i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
		for (unsigned offset = 0; offset < 8; offset++)
			compare(&stores[i], offset);
	csr_clear(mstatus, MSTATUS_FS);
}

TEST(s30_emulated_amos_have_the_hardwares_result)
{
	quiet();
	csr_set(mstatus, MSTATUS_FS_INITIAL);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned offset = 0; offset < 16; offset += 8)
			compare(&amos[i], offset);
	csr_clear(mstatus, MSTATUS_FS);
}

static struct trap faulting(uint64_t code, uint64_t address, uint64_t *loaded)
{
	csr_set(mstatus, MSTATUS_FS_INITIAL);
	trap_catch(trap_machine());
	struct outcome outcome = run_access(code, address, true);
	*loaded = outcome.integer;
	return trap_release(trap_machine());
}

TEST(s30_a_fault_of_an_emulated_access_is_reported_at_the_instruction)
{
	uint64_t loaded;
	quiet();
	struct trap trap = faulting((uint64_t)access_ld, UINT64_C(0x80000000) + 9, &loaded);
	expect_trap(trap, CAUSE_LOAD_ACCESS, UINT64_C(0x80000000) + 9, "a misaligned load from hv's memory");
	expect_equal(trap.pc, (uint64_t)access_ld, "mepc is the address of the instruction");
	expect_equal(loaded, UINT64_C(0x1122334455667788), "rd is unchanged");
}

TEST(s30_an_emulated_store_across_a_pmp_border_stores_all_bytes_or_none)
{
	uint64_t loaded;
	quiet();
	pages[0][511] = PATTERN;
	csr_write(pmpaddr0, ((uint64_t)pages[1] | 0x7ff) >> 2);
	csr_set(pmpcfg0, 0x99);
	__asm__ volatile("sfence.vma" ::: "memory");
	struct trap trap = faulting((uint64_t)access_sd, (uint64_t)pages[1] - 4, &loaded);
	expect_equal(trap.cause, CAUSE_STORE_ACCESS, "a store whose second half is not permitted faults");
	expect_equal(pages[0][511], PATTERN, "the first half is not stored either");
}
