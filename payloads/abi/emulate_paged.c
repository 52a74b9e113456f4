/* Makes loads and stores in S-mode that cross a page border, once by the hardware and once by hv's emulation, and
 * compares the results. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

/* The test maps page 3 and page 1 at neighbouring virtual addresses, so that an access can cross from one to the other
 * although their physical addresses are not contiguous. */
static volatile uint8_t memory[4][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

#define ACCESS(number, instruction)                                                                                    \
	extern const uint8_t access_##number[];                                                                        \
	__asm__(".option push\n.option arch, +f, +d, +c\n.section .text.access, \"ax\"\n.balign 4\n"                   \
		"access_" #number ": " instruction "\nret\n.text\n.option pop")

ACCESS(lh, "lh a3, 0(a2)");
ACCESS(lhu, "lhu a3, 0(a2)");
ACCESS(lw, "lw a3, 0(a2)");
ACCESS(lwu, "lwu a3, 0(a2)");
ACCESS(ld, "ld a3, 0(a2)");
ACCESS(c_lw, "c.lw a3, 0(a2)");
ACCESS(c_ld, "c.ld a3, 0(a2)");
ACCESS(flw, "flw fa3, 0(a2)");
ACCESS(c_fld, "c.fld fa3, 0(a2)");
ACCESS(sh, "sh a3, 0(a2)");
ACCESS(sw, "sw a3, 0(a2)");
ACCESS(sd, "sd a3, 0(a2)");
ACCESS(c_sw, "c.sw a3, 0(a2)");
ACCESS(c_sd, "c.sd a3, 0(a2)");
ACCESS(fsw, "fsw fa3, 0(a2)");
ACCESS(c_fsd, "c.fsd fa3, 0(a2)");
ACCESS(add, "add a3, a3, a2");

#define ENTRY(number)                                                                                                  \
	{                                                                                                              \
#number, (uint64_t)access_##number                                                                     \
	}

static const struct {
	const char *name;
	uint64_t code;
} accesses[] = { ENTRY(lh),    ENTRY(lhu), ENTRY(lw), ENTRY(lwu), ENTRY(ld),   ENTRY(c_lw), ENTRY(c_ld), ENTRY(flw),
		 ENTRY(c_fld), ENTRY(sh),  ENTRY(sw), ENTRY(sd),  ENTRY(c_sw), ENTRY(c_sd), ENTRY(fsw),  ENTRY(c_fsd) };

struct outcome {
	uint64_t error, integer, floating, checksum;
	struct trap trap;
};

struct request {
	uint64_t code, address, emulated;
	struct outcome outcome;
};

static uint64_t run_access(uint64_t argument)
{
	struct request *request = (struct request *)argument;
	trap_catch(trap_supervisor()); /* must come before the registers are set: a call may clobber them */
	register uint64_t a0 __asm__("a0") = request->code;
	register uint64_t a2 __asm__("a2") = request->address;
	register uint64_t a3 __asm__("a3") = UINT64_C(0x1122334455667788);
	register uint64_t a6 __asm__("a6") = HARTSCOPE_TEST_EMULATE;
	register uint64_t a7 __asm__("a7") = ABI_EID;
	uint64_t floating;
	__asm__ volatile(".option push\n.option arch, +d\nfmv.d.x fa3, a3\n"
			 "la ra, 2f\nbeqz %4, 1f\necall\nj 2f\n1: jr a0\n2: fmv.x.d %2, fa3\n.option pop"
			 : "+r"(a0), "+r"(a3), "=&r"(floating)
			 : "r"(a2), "r"(request->emulated), "r"(a6), "r"(a7)
			 : "ra", "a1", "memory");
	request->outcome = (struct outcome){ a0, a3, floating, 0, trap_release(trap_supervisor()) };
	return 0;
}

static void fill(void)
{
	for (unsigned page = 0; page < 4; page++)
		for (unsigned i = 0; i < PAGE_SIZE; i++)
			memory[page][i] = (uint8_t)(0x80 + 7 * i + 31 * page);
}

static uint64_t checksum(void)
{
	uint64_t sum = 0;
	for (unsigned page = 0; page < 4; page++)
		for (unsigned i = 0; i < PAGE_SIZE; i++)
			sum = 31 * sum + memory[page][i];
	return sum;
}

static struct outcome outcome_of(uint64_t code, uint64_t address, bool emulated)
{
	struct request request = { .code = code, .address = address, .emulated = emulated };
	fill();
	run_in(MODE_S, run_access, (uint64_t)&request);
	request.outcome.checksum = checksum();
	return request.outcome;
}

static void map(uint64_t first, uint64_t second)
{
	uint64_t translation = page_identity(PTE_RWX);
	page_set(0, (uint64_t)memory[3], first);
	page_set(1, (uint64_t)memory[1], second);
	csr_write(satp, translation);
	__asm__ volatile("sfence.vma" ::: "memory");
}

static void prepare(void)
{
	quiet();
	mode_open_memory();
	csr_write(medeleg, BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_STORE_PAGE) | BIT(CAUSE_FETCH_PAGE));
	csr_set(mstatus, MSTATUS_FS_INITIAL);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return a->integer == b->integer && a->floating == b->floating && a->checksum == b->checksum &&
	       a->trap.count == b->trap.count && a->trap.cause == b->trap.cause && a->trap.pc == b->trap.pc;
}

static void compare_all(const char *what)
{
	for (unsigned i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++)
		for (unsigned before = 1; before < 8; before++) {
			uint64_t address = PAGE_WINDOW + PAGE_SIZE - before;
			struct outcome hardware = outcome_of(accesses[i].code, address, false);
			struct outcome emulated = outcome_of(accesses[i].code, address, true);
			bool right = same(&hardware, &emulated) && hardware.trap.value == emulated.trap.value;
			if (right)
				continue;
			show("bytes between the access and the page border", before);
			show("traps by hardware", hardware.trap.count);
			show("traps by hv", emulated.trap.count);
			show("stval by hardware", hardware.trap.value);
			show("stval by hv", emulated.trap.value);
			show("sepc by hardware", hardware.trap.pc);
			show("sepc by hv", emulated.trap.pc);
			show("checksum of memory by hardware", hardware.checksum);
			show("checksum of memory by hv", emulated.checksum);
			expect(right, accesses[i].name);
		}
	expect(true, what);
}

TEST(s30_an_access_that_crosses_a_page_has_the_hardwares_result)
{
	prepare();
	map(PTE_RWX, PTE_RWX);
	compare_all("both pages are mapped");
	quiet();
}

TEST(s30_a_fault_in_either_page_has_the_hardwares_result)
{
	prepare();
	map(PTE_RWX, 0);
	compare_all("the second page is not mapped");
	map(0, PTE_RWX);
	compare_all("the first page is not mapped");
	map(PTE_RWX, PTE_V | PTE_R | PTE_A);
	compare_all("the second page is read-only");
	map(PTE_V | PTE_R | PTE_A, PTE_RWX);
	compare_all("the first page is read-only");
	quiet();
}

TEST(s30_a_request_that_is_not_a_valid_access_is_refused)
{
	prepare();
	map(PTE_RWX, PTE_RWX);
	struct outcome outcome = outcome_of((uint64_t)access_add, PAGE_WINDOW, true);
	expect_equal(outcome.error, (uint64_t)SBI_ERR_INVALID_PARAM, "an instruction that is not a load or a store");
	outcome = outcome_of(PAGE_WINDOW + 8 * PAGE_SIZE, PAGE_WINDOW, true);
	expect_equal(outcome.error, (uint64_t)SBI_ERR_INVALID_ADDRESS, "an instruction address that is not mapped");
	outcome = outcome_of(UINT64_C(0x80000000), PAGE_WINDOW, true);
	expect_equal(outcome.error, (uint64_t)SBI_ERR_INVALID_ADDRESS, "an instruction address in hv's memory");
	quiet();
}

TEST(s30_a_floating_point_access_is_refused_while_fs_is_off)
{
	prepare();
	csr_clear(mstatus, MSTATUS_FS);
	register uint64_t a0 __asm__("a0") = (uint64_t)access_flw;
	register uint64_t a2 __asm__("a2") = (uint64_t)memory;
	register uint64_t a6 __asm__("a6") = HARTSCOPE_TEST_EMULATE;
	register uint64_t a7 __asm__("a7") = ABI_EID;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a2), "r"(a6), "r"(a7) : "a1", "memory");
	expect_equal(a0, (uint64_t)SBI_ERR_INVALID_PARAM,
		     "flw with FS off is refused, as it would be an illegal instruction");
	quiet();
}
