/* A firmware and a payload under a module that exchanges the payload's S-mode context (supervisor_context_swap). The guest
 * runs with QEMU's icount, so that minstret counts instructions. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"
#include "payloads/swapper/swapper_calls.h"

#define INSTRUCTIONS_MAX 150
#define SSTATUS_TESTED (MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR | MSTATUS_FS | MSTATUS_UXL)
#define S_INTERRUPTS (BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI))

static bool has_stimecmp;
static uint64_t translation;

/* Two contexts with different values in each member. Member stimecmp is used only with Sstc. */
static const uint64_t first[SWAPPER_MEMBERS] = {
	[SWAPPER_STVEC] = 0x80200100,
	[SWAPPER_SSCRATCH] = 0x1111,
	[SWAPPER_SEPC] = 0x2222,
	[SWAPPER_SCAUSE] = 3,
	[SWAPPER_STVAL] = 0x3333,
	[SWAPPER_SCOUNTEREN] = 5,
	[SWAPPER_SENVCFG] = 0x10,
	[SWAPPER_STIMECMP] = UINT64_C(0x7fff000000000000),
	[SWAPPER_SSTATUS] = MSTATUS_SPIE | MSTATUS_SUM | UINT64_C(2) << 32,
	[SWAPPER_MEDELEG] = BIT(CAUSE_BREAKPOINT),
	[SWAPPER_MIDELEG] = S_INTERRUPTS,
	[SWAPPER_MIE] = BIT(IRQ_SSI) | BIT(IRQ_SEI),
	[SWAPPER_MIP] = BIT(IRQ_SSI),
};
static const uint64_t second[SWAPPER_MEMBERS] = {
	[SWAPPER_STVEC] = 0x80200200,
	[SWAPPER_SSCRATCH] = 0x4444,
	[SWAPPER_SEPC] = 0x6666,
	[SWAPPER_SCAUSE] = 5,
	[SWAPPER_STVAL] = 0x5555,
	[SWAPPER_SCOUNTEREN] = 2,
	[SWAPPER_SENVCFG] = 0x40,
	[SWAPPER_STIMECMP] = UINT64_C(0x7ffe000000000000),
	[SWAPPER_SSTATUS] = MSTATUS_SPP | MSTATUS_MXR | UINT64_C(2) << 32,
	[SWAPPER_MEDELEG] = BIT(CAUSE_ILLEGAL) | BIT(CAUSE_LOAD_PAGE),
	[SWAPPER_MIDELEG] = BIT(IRQ_SSI) | BIT(IRQ_STI),
	[SWAPPER_MIE] = BIT(IRQ_STI),
	[SWAPPER_MIP] = BIT(IRQ_STI),
};

static uint64_t seen[SWAPPER_MEMBERS], cost;

static uint64_t swapper(uint64_t fid, uint64_t a, uint64_t b)
{
	return ecall(SWAPPER_EID, fid, a, b, 0, 0, 0).value;
}

/* Writes the CSRs that S-mode can write, as the payload. medeleg, mideleg and the rest belong to the firmware. */
static void write_context(const uint64_t context[SWAPPER_MEMBERS], uint64_t satp)
{
	csr_write(stvec, context[SWAPPER_STVEC]);
	csr_write(sscratch, context[SWAPPER_SSCRATCH]);
	csr_write(sepc, context[SWAPPER_SEPC]);
	csr_write(scause, context[SWAPPER_SCAUSE]);
	csr_write(stval, context[SWAPPER_STVAL]);
	csr_write(scounteren, context[SWAPPER_SCOUNTEREN]);
	csr_write(senvcfg, context[SWAPPER_SENVCFG]);
	csr_clear(sstatus, SSTATUS_TESTED & ~MSTATUS_UXL);
	csr_set(sstatus, context[SWAPPER_SSTATUS] & ~MSTATUS_UXL);
	csr_write(sie, context[SWAPPER_MIE]);
	csr_write(satp, satp);
}

static void read_context(void)
{
	seen[SWAPPER_STVEC] = csr_read(stvec);
	seen[SWAPPER_SSCRATCH] = csr_read(sscratch);
	seen[SWAPPER_SEPC] = csr_read(sepc);
	seen[SWAPPER_SCAUSE] = csr_read(scause);
	seen[SWAPPER_STVAL] = csr_read(stval);
	seen[SWAPPER_SCOUNTEREN] = csr_read(scounteren);
	seen[SWAPPER_SENVCFG] = csr_read(senvcfg);
	seen[SWAPPER_SSTATUS] = csr_read(sstatus) & SSTATUS_TESTED;
	seen[SWAPPER_MIE] = csr_read(sie);
	seen[SWAPPER_MIP] = csr_read(sip);
	seen[SWAPPER_SATP] = csr_read(satp);
}

static void expect_context(const uint64_t context[SWAPPER_MEMBERS], uint64_t satp, const char *what)
{
	static const uint8_t members[] = { SWAPPER_STVEC, SWAPPER_SSCRATCH,   SWAPPER_SEPC,    SWAPPER_SCAUSE,
					   SWAPPER_STVAL, SWAPPER_SCOUNTEREN, SWAPPER_SENVCFG, SWAPPER_SSTATUS };
	bool right = seen[SWAPPER_SATP] == satp;
	for (unsigned i = 0; i < sizeof(members); i++)
		right = expect_equal(seen[members[i]], context[members[i]], what) && right;
	expect(right, what);
	if (has_stimecmp) /* the firmware reads it, because the payload may read it only with STCE */
		expect_equal(csr_read(stimecmp), context[SWAPPER_STIMECMP], "stimecmp");
	expect_equal(seen[SWAPPER_MIE], context[SWAPPER_MIE] & context[SWAPPER_MIDELEG], "sie");
	expect_equal(seen[SWAPPER_MIP], context[SWAPPER_MIP] & context[SWAPPER_MIDELEG], "sip");
}

static uint64_t start_first(uint64_t unused)
{
	write_context(first, translation);
	return unused;
}

static uint64_t read_payload(uint64_t unused)
{
	read_context();
	return unused;
}

/* In one visit to the payload, so that the firmware does not run between the exchange and the reads. */
static uint64_t swap_and_read(uint64_t unused)
{
	cost = swapper(SWAPPER_SWAP, 0, 0);
	read_context();
	return unused;
}

static void start(void)
{
	quiet();
	mode_open_memory();
	csr_write(mcounteren, 7);
	has_stimecmp = quiet_has_sstc();
	translation = page_identity(PTE_RWX);
	swapper(SWAPPER_RESET, 0, 0);
	csr_write(medeleg, first[SWAPPER_MEDELEG]);
	csr_write(mideleg, first[SWAPPER_MIDELEG]);
	csr_write(mip, first[SWAPPER_MIP]);
	csr_clear(mstatus, MSTATUS_FS);
	if (has_stimecmp)
		csr_write(stimecmp, first[SWAPPER_STIMECMP]);
	run_in(MODE_S, start_first, 0);
}

/* Gives the trap handlers of the runtime back their CSRs. */
static void stop(void)
{
	csr_write(stvec, trap_vector_supervisor);
	csr_write(sscratch, trap_supervisor());
	csr_write(mip, 0);
	csr_write(senvcfg, 0);
	quiet();
}

TEST(s26_each_value_is_exchanged_and_comes_back)
{
	start();
	for (unsigned i = 0; i < SWAPPER_MEMBERS; i++)
		swapper(SWAPPER_PUT, i, second[i]);
	run_in(MODE_S, swap_and_read, 0);
	expect_context(second, 0, "the payload finds the second context");
	expect_equal(csr_read(medeleg), second[SWAPPER_MEDELEG], "the firmware finds its medeleg");
	expect_equal(csr_read(mideleg), second[SWAPPER_MIDELEG], "the firmware finds its mideleg");
	expect_equal(csr_read(mie) & S_INTERRUPTS, second[SWAPPER_MIE], "the firmware finds its mie");
	run_in(MODE_S, swap_and_read, 0);
	expect_context(first, translation, "the payload finds the first context again");
	expect_equal(csr_read(medeleg), first[SWAPPER_MEDELEG], "medeleg");
	expect_equal(csr_read(mideleg), first[SWAPPER_MIDELEG], "mideleg");
	expect_equal(csr_read(mie) & S_INTERRUPTS, first[SWAPPER_MIE], "mie");
	for (unsigned i = 0; i < SWAPPER_MEMBERS; i++)
		if (i != SWAPPER_SSTATUS && (i != SWAPPER_STIMECMP || has_stimecmp))
			expect_equal(swapper(SWAPPER_GET, i, 0), second[i], "a member of the second context");
	stop();
}

TEST(after_a_reset_the_context_is_that_of_a_hart_that_starts)
{
	static uint64_t reset[SWAPPER_MEMBERS];
	start();
	reset[SWAPPER_SSTATUS] = UINT64_C(2) << 32;
	reset[SWAPPER_STIMECMP] = ~UINT64_C(0);
	run_in(MODE_S, swap_and_read, 0);
	expect_context(reset, 0, "the payload finds the reset values");
	expect_equal(csr_read(medeleg), 0, "nothing is delegated");
	expect_equal(csr_read(mideleg), 0, "no interrupt is delegated");
	run_in(MODE_S, swap_and_read, 0);
	expect_context(first, translation, "the payload finds the first context again");
	stop();
}

TEST(an_exchange_takes_at_most_150_instructions)
{
	start();
	run_in(MODE_S, swap_and_read, 0);
	expect(cost > 40 && cost <= INSTRUCTIONS_MAX, "the instructions of supervisor_context_swap");
	print("  supervisor_context_swap: %lu instructions\n", cost);
	run_in(MODE_S, swap_and_read, 0);
	stop();
}

/* Swaps, makes an exception whose delegation the other context has, and swaps back. */
static uint64_t break_in_second(uint64_t unused)
{
	swapper(SWAPPER_SWAP, 0, 0);
	__asm__ volatile(".option push\n.option norvc\nebreak\n.option pop");
	swapper(SWAPPER_SWAP, 0, 0);
	return unused;
}

TEST(s02_the_hardware_delegates_what_the_context_says)
{
	start();
	stop();
	mode_open_memory();
	for (unsigned delegated = 0; delegated < 2; delegated++) {
		swapper(SWAPPER_RESET, 0, 0);
		swapper(SWAPPER_PUT, SWAPPER_STVEC, (uint64_t)trap_vector_supervisor);
		swapper(SWAPPER_PUT, SWAPPER_SSCRATCH, (uint64_t)trap_supervisor());
		swapper(SWAPPER_PUT, SWAPPER_MEDELEG, delegated ? BIT(CAUSE_BREAKPOINT) : 0);
		csr_write(medeleg, delegated ? 0 : BIT(CAUSE_BREAKPOINT));
		trap_catch(trap_supervisor());
		trap_catch(trap_machine());
		run_in(MODE_S, break_in_second, 0);
		expect_equal(trap_release(trap_supervisor()).count, delegated, "S-mode takes the breakpoint");
		expect_equal(trap_release(trap_machine()).count, !delegated, "the firmware takes the breakpoint");
		expect_equal(csr_read(medeleg), delegated ? 0 : BIT(CAUSE_BREAKPOINT),
			     "medeleg is the first one again");
	}
	quiet();
}

/* STIP is not exchanged while stimecmp controls it, and SEIP never. */
TEST(seip_stays_and_stip_belongs_to_stimecmp_with_sstc)
{
	start();
	csr_set(mip, BIT(IRQ_SEI));
	for (unsigned i = 0; i < SWAPPER_MEMBERS; i++)
		swapper(SWAPPER_PUT, i, second[i]);
	swapper(SWAPPER_PUT, SWAPPER_MIDELEG, S_INTERRUPTS);
	swapper(SWAPPER_PUT, SWAPPER_STIMECMP, 0);
	if (has_stimecmp)
		csr_set(menvcfg, MENVCFG_STCE);
	run_in(MODE_S, swap_and_read, 0);
	expect_equal(seen[SWAPPER_MIP], BIT(IRQ_SEI) | BIT(IRQ_STI), "SEIP and STIP in the second context");
	run_in(MODE_S, swap_and_read, 0);
	expect_equal(seen[SWAPPER_MIP], BIT(IRQ_SEI) | BIT(IRQ_SSI), "SEIP and SSIP in the first context");
	csr_clear(mip, BIT(IRQ_SEI));
	run_in(MODE_S, swap_and_read, 0);
	expect_equal(seen[SWAPPER_MIP] & BIT(IRQ_SEI), 0, "SEIP stays clear");
	run_in(MODE_S, swap_and_read, 0);
	run_in(MODE_S, read_payload, 0);
	expect_equal(seen[SWAPPER_SSCRATCH], first[SWAPPER_SSCRATCH], "the first context is in place");
	stop();
}
