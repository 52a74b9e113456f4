/* Causes a known number of traps in the firmware, and checks that hv counts each trap as one exit. hv has faster and
 * slower code for different kinds of traps. The traps in this test use each part of this code. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define TIMES 10
#define FIRMWARE 0

static struct hartscope_stat before, after;

static void read_stat(struct hartscope_stat *stat)
{
	abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)stat, sizeof(*stat));
}

static void read_csr(void)
{
	__asm__ volatile("csrr t0, mscratch" ::: "t0");
}

static void read_csr_into_s1(void)
{
	__asm__ volatile("csrr s1, mscratch" ::: "s1");
}

static void read_csr_of_the_machine(void)
{
	__asm__ volatile("csrr t0, mimpid" ::: "t0");
}

static void fence(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
}

static void wait(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

static void read_timer(void)
{
	(void)*clint_mtimecmp(0);
}

static void write_timer(void)
{
	*clint_mtimecmp(0) = ~UINT64_C(0);
}

static void load_nothing(void)
{
	__asm__ volatile("ld t0, 0x18(zero)" ::: "t0", "memory");
}

static void breakpoint(void)
{
	__asm__ volatile("ebreak");
}

static void mark(void)
{
	abi_call(ABI_EID, HARTSCOPE_MARK, 1, 0, 0);
}

/* One kind of trap: the action of the firmware, and the cause under which hv must count the trap. Some of these traps
 * go to the trap handler of the firmware. The handler accesses CSRs, and these accesses trap too. Therefore the cause
 * of the counted trap must differ from the cause of these accesses. */
static const struct kind {
	const char *name;
	void (*act)(void);
	unsigned cause;
} kinds[] = {
	{ "a CSR read", read_csr, CAUSE_ILLEGAL },
	{ "a CSR read into s1", read_csr_into_s1, CAUSE_ILLEGAL },
	{ "a read of mimpid", read_csr_of_the_machine, CAUSE_ILLEGAL },
	{ "sfence.vma", fence, CAUSE_ILLEGAL },
	{ "wfi", wait, CAUSE_ILLEGAL },
	{ "a load from the CLINT", read_timer, CAUSE_LOAD_ACCESS },
	{ "a store to the CLINT", write_timer, CAUSE_STORE_ACCESS },
	{ "a load from an address without memory", load_nothing, CAUSE_LOAD_ACCESS },
	{ "ebreak", breakpoint, CAUSE_BREAKPOINT },
	{ "a MARK ecall", mark, CAUSE_ECALL_U },
};

static uint64_t counted(unsigned cause)
{
	return after.exits_by_cause[FIRMWARE][cause] - before.exits_by_cause[FIRMWARE][cause];
}

TEST(s02_every_trap_of_the_firmware_is_one_exit)
{
	quiet();
	csr_write(mie, BIT(IRQ_MSI));
	quiet_raise(IRQ_MSI); /* a pending interrupt makes wfi return at once */
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];
		trap_catch(trap_machine());
		read_stat(&before);
		for (unsigned time = 0; time < TIMES; time++)
			kind->act();
		read_stat(&after);
		trap_release(trap_machine());
		/* hv fills in the answer to STAT before it counts the exit of that STAT ecall. So the second answer
		 * includes the exit of the first STAT ecall, which has the cause of an ecall. */
		expect_equal(counted(kind->cause), TIMES + (kind->cause == CAUSE_ECALL_U), kind->name);
	}
	quiet();
}
