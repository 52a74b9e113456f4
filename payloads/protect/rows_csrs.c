/* The rows of attacks on CSRs: those that decide what the payload may do, and the payload's own. */
#include "payloads/protect/order.h"
#include "payloads/runtime/access.h"

#define BREAKPOINT_INSTRUCTION ".4byte 0x00100073"
#define KEEP (~UINT64_C(0))
#define HIDDEN_SEIP BIT(IRQ_SEI)

/* ---- the payload's exceptions and interrupts ---- */

static void wait_for_timer(void)
{
	trap_forget_interrupts(trap_supervisor());
	csr_set(sie, BIT(IRQ_STI));
	set_timer(1000);
	csr_set(sstatus, MSTATUS_SIE);
	while (*(volatile uint64_t *)&trap_supervisor()->taken == 0)
		;
	csr_clear(sstatus, MSTATUS_SIE);
	expect_equal(trap_supervisor()->interrupts[0], INTERRUPT | IRQ_STI, "the payload takes its timer interrupt");
	csr_clear(sie, BIT(IRQ_STI));
	set_timer(~UINT64_C(0) >> 2);
}

static void take_page_fault(void)
{
	set_satp(page_identity(PTE_RWX));
	trap_catch(trap_supervisor());
	load64(PAGE_WINDOW);
	expect_trap(trap_release(trap_supervisor()), CAUSE_LOAD_PAGE, PAGE_WINDOW, "the payload takes its page fault");
	set_satp(0);
}

static void take_breakpoint(void)
{
	trap_catch(trap_supervisor());
	__asm__ volatile(BREAKPOINT_INSTRUCTION);

	struct trap trap = trap_release(trap_supervisor());

	expect(trap.count == 1 && trap.cause == CAUSE_BREAKPOINT, "the payload takes its breakpoint");
}

static uint64_t traps(void)
{
	return order(ATTACK_TRAPS, 0, 0, 0);
}

TEST(p10_the_firmware_takes_the_payloads_exceptions)
{
	row(10);
	csr_set(sie, BIT(IRQ_STI)); /* without the module, sie loses this bit */
	expect_equal(order(ATTACK_WRITE, ATTACK_CSR_medeleg, 0, 0), 0, "medeleg is what the firmware has written");
	expect_equal(order(ATTACK_WRITE, ATTACK_CSR_mideleg, 0, 0), 0, "mideleg is what the firmware has written");

	uint64_t before = traps();

	take_page_fault();
	take_breakpoint();
	expect_equal(traps() - before, PROTECTED ? 0 : 2, "exceptions that reach the firmware");
	before = traps();
	if (PROTECTED || has_sstc()) { /* otherwise, the firmware gives the payload its timer interrupts */
		before = traps();
		wait_for_timer();
		expect_equal(traps() - before, PROTECTED ? 0 : 1, "interrupts that reach the firmware");
	}
	order(ATTACK_REPAIR, 0, 0, 0);
	row_expects(4);
}

/* ---- instructions of the payload that M-mode can forbid ---- */

static void fence(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
}

static void return_from_trap(void)
{
	uint64_t to;

	csr_clear(sstatus, MSTATUS_SPIE);
	csr_set(sstatus, MSTATUS_SPP);
	__asm__ volatile("la %0, 1f\ncsrw sepc, %0\nsret\n1:" : "=r"(to)::"memory");
}

static void wait(void)
{
	csr_set(sip, BIT(IRQ_SSI));
	csr_set(sie, BIT(IRQ_SSI));
	__asm__ volatile("wfi" ::: "memory");
	csr_clear(sie, BIT(IRQ_SSI));
	csr_clear(sip, BIT(IRQ_SSI));
}

static void read_cycle(void)
{
	(void)csr_read(cycle);
}

static void read_time(void)
{
	(void)csr_read(time);
}

static void stop_timer(void)
{
	csr_write(stimecmp, ~UINT64_C(0));
}

/* A write of `set` and of the bits `keep` as they are to the CSR. Whether hv notes it. */
struct weakening {
	enum attack_csr csr;
	uint64_t set, keep;
	void (*use)(void);
	unsigned attempts;
	const char *what;
};

static void weaken(const struct weakening *each)
{
	uint64_t before = traps();

	order(ATTACK_WRITE, each->csr, each->set, each->keep);
	each->use();
	expect_equal(traps() - before, PROTECTED ? 0 : 1, each->what);
	order(ATTACK_REPAIR, 0, 0, 0);
	row_expects(each->attempts);
}

TEST(p11_the_firmware_forbids_instructions_to_the_payload)
{
	static const struct weakening weakenings[] = {
		{ ATTACK_CSR_mstatus, MSTATUS_TVM, KEEP, fence, 1, "TVM: sfence.vma reaches the firmware" },
		{ ATTACK_CSR_mstatus, MSTATUS_TSR, KEEP, return_from_trap, 1, "TSR: sret reaches the firmware" },
		{ ATTACK_CSR_mstatus, MSTATUS_TW, KEEP, wait, 1, "TW: wfi reaches the firmware" },
		{ ATTACK_CSR_mcounteren, 0, 0, read_cycle, 2, "mcounteren: a read of cycle reaches the firmware" },
		{ ATTACK_CSR_mcounteren, 0, 0, read_time, 2, "mcounteren: a read of time reaches the firmware" },
	};
	static const struct weakening stce = { ATTACK_CSR_menvcfg, 0, 0x7fffffffffffffff,
					       stop_timer,         2, "STCE: stimecmp reaches the firmware" };

	row(11);
	for (unsigned i = 0; i < sizeof(weakenings) / sizeof(weakenings[0]); i++)
		weaken(&weakenings[i]);
	if (has_sstc())
		weaken(&stce);
}

/* Without ADUE, a store to a page whose entry has no D is a page fault. */
TEST(p11_the_firmware_turns_off_updates_of_page_tables)
{
	uint64_t old = order(ATTACK_READ, ATTACK_CSR_menvcfg, 0, 0), satp = page_identity(PTE_RWX);

	if (!(old & MENVCFG_ADUE))
		return;
	order(ATTACK_WRITE, ATTACK_CSR_menvcfg, 0, ~MENVCFG_ADUE);
	page_set(0, (uint64_t)page, PTE_V | PTE_R | PTE_W);
	set_satp(satp);
	trap_catch(trap_supervisor());
	store64(PAGE_WINDOW, 1);
	expect_equal(trap_release(trap_supervisor()).count, PROTECTED ? 0 : 1, "the payload's page faults");
	set_satp(0);
	order(ATTACK_REPAIR, 0, 0, 0);
	row_expects(2);
}

/* ---- the payload's own CSRs ---- */

#define STATUS_BITS (MSTATUS_SUM | MSTATUS_MXR | MSTATUS_SPP | MSTATUS_SPIE)
#define INTERRUPTS (BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI))

#define VALUES(name)                                                                                                   \
	static uint64_t read_##name(void)                                                                              \
	{                                                                                                              \
		return csr_read(name);                                                                                 \
	}                                                                                                              \
	static void write_##name(uint64_t value)                                                                       \
	{                                                                                                              \
		csr_write(name, value);                                                                                \
	}
VALUES(stvec)
VALUES(sscratch)
VALUES(sepc)
VALUES(scause)
VALUES(stval)
VALUES(stimecmp)
VALUES(senvcfg)
VALUES(scounteren)
VALUES(sie)
VALUES(sstatus)

/* The CSR as the firmware sees it and as the payload sees it; which bits belong to the payload; its value while the firmware
 * attacks; and what the firmware writes. The payload needs stvec and sscratch as they are. For these `own` is 0, and the test
 * does not change them before the attack. */
struct private
{
	enum attack_csr csr;
	uint64_t (*read)(void);
	void (*write)(uint64_t value);
	uint64_t bits, own, attack;
	bool noted;
	const char *name;
};

#define PRIVATE(csr, name, bits, own, attack, noted)                                                                   \
	{                                                                                                              \
		ATTACK_CSR_##csr, read_##name, write_##name, bits, own, attack, noted, #csr                            \
	}

static const struct private privates[] = {
	PRIVATE(stvec, stvec, KEEP, 0, 0x80500000, true),
	PRIVATE(sscratch, sscratch, KEEP, 0, 0x80500008, true),
	PRIVATE(sepc, sepc, KEEP, 0x80500010, 0x80500020, true),
	PRIVATE(scause, scause, KEEP, 13, 15, true),
	PRIVATE(stval, stval, KEEP, SECRET, 1, true),
	PRIVATE(stimecmp, stimecmp, KEEP, SECRET, SECRET + 1, true),
	PRIVATE(senvcfg, senvcfg, KEEP, 0x40, 0x80, true),
	PRIVATE(scounteren, scounteren, KEEP, 5, 2, true),
	PRIVATE(sie, sie, INTERRUPTS, BIT(IRQ_SSI) | BIT(IRQ_STI), BIT(IRQ_SEI), false),
	PRIVATE(mie, sie, INTERRUPTS, BIT(IRQ_SSI) | BIT(IRQ_STI), BIT(IRQ_SEI), false),
	PRIVATE(sstatus, sstatus, STATUS_BITS, MSTATUS_SUM | MSTATUS_SPP, MSTATUS_MXR, false),
	PRIVATE(mstatus, sstatus, STATUS_BITS, MSTATUS_SUM | MSTATUS_SPP, MSTATUS_MXR, false),
};

/* sie and mie have bits of the firmware, so that an attack on the payload's bits keeps the others. */
static void attack_private(const struct private *each)
{
	uint64_t old = each->read();

	if (each->own)
		each->write((old & ~each->bits) | each->own);

	uint64_t own = each->read() & each->bits;
	uint64_t seen = order(ATTACK_READ, each->csr, 0, 0) & each->bits;
	uint64_t kept = order(ATTACK_WRITE, each->csr, each->attack, ~each->bits) & each->bits;
	uint64_t after = each->read() & each->bits;

	each->write(old);
	expect_equal(seen, PROTECTED ? 0 : own, each->name);
	expect_equal(kept, PROTECTED ? 0 : each->attack, "what the firmware reads after its write");
	expect_equal(after, PROTECTED ? own : each->attack, "what the payload reads after that");
	row_expects(each->noted ? 1 : 0);
}

TEST(p15_the_firmware_reads_and_writes_csrs_of_the_payload)
{
	row(15);
	for (unsigned i = 0; i < sizeof(privates) / sizeof(privates[0]); i++)
		if (privates[i].csr != ATTACK_CSR_stimecmp || has_sstc())
			attack_private(&privates[i]);
	order(ATTACK_REPAIR, 0, 0, 0);
}

TEST(p15_the_firmware_reads_and_writes_satp)
{
	uint64_t satp = page_identity(PTE_RWX);

	set_satp(satp);
	expect_equal(order(ATTACK_READ, ATTACK_CSR_satp, 0, 0), PROTECTED ? 0 : satp, "the payload's page tables");
	expect_equal(order(ATTACK_WRITE, ATTACK_CSR_satp, satp | BIT(44), 0), PROTECTED ? 0 : satp | BIT(44),
		     "what the firmware reads after its write");
	expect_equal(csr_read(satp), PROTECTED ? satp : satp | BIT(44), "what the payload reads after that");
	set_satp(0);
	row_expects(1);
}

/* The firmware may set SSIP and STIP, because it sends interrupts, but it does not see them, and SEIP is not its own. */
TEST(p16_the_firmware_reads_and_writes_pending_interrupts)
{
	row(16);
	csr_set(sip, BIT(IRQ_SSI));
	expect_equal(order(ATTACK_READ, ATTACK_CSR_sip, 0, 0), PROTECTED ? 0 : BIT(IRQ_SSI), "sip");
	expect_equal(order(ATTACK_READ, ATTACK_CSR_mip, 0, 0) & INTERRUPTS, PROTECTED ? 0 : BIT(IRQ_SSI), "mip");
	order(ATTACK_WRITE, ATTACK_CSR_mip, HIDDEN_SEIP, KEEP);
	expect_equal(csr_read(sip) & HIDDEN_SEIP, PROTECTED ? 0 : HIDDEN_SEIP, "SEIP");
	order(ATTACK_WRITE, ATTACK_CSR_mip, 0, ~INTERRUPTS);
	csr_clear(sip, BIT(IRQ_SSI));
	order(ATTACK_REPAIR, 0, 0, 0);
}
