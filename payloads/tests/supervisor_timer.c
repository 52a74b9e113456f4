/* Tests the timer of S-mode: the CSR stimecmp, the CSR bits that allow access to it, the bit STIP when stimecmp is not
 * in use, and the CSR menvcfg. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define NEVER (~UINT64_C(0))

static uint64_t page[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

TEST(s05_the_firmware_uses_stimecmp_whatever_menvcfg_says)
{
	quiet();
	if (!quiet_has_sstc()) {
		show("without Sstc, stimecmp traps", 1);
		return;
	}
	csr_write(stimecmp, UINT64_C(0x123456789abcdef0));
	show("stimecmp with STCE=0", csr_read(stimecmp));
	csr_set(menvcfg, MENVCFG_STCE);
	show("stimecmp with STCE=1", csr_read(stimecmp));
	csr_write(mcounteren, 0);
	csr_write(stimecmp, UINT64_C(0x0fedcba987654321));
	show("stimecmp with TM=0", csr_read(stimecmp));
	quiet();
}

static uint64_t set_stimecmp(uint64_t value)
{
	csr_write(stimecmp, value);
	return csr_read(stimecmp);
}

TEST(s05_stce_and_tm_gate_the_payloads_stimecmp)
{
	quiet();
	mode_open_memory();
	for (unsigned gates = 0; gates < 4; gates++) {
		trap_catch(trap_machine());
		csr_write(mcounteren, gates & 1 ? COUNTER_TM : 0);
		if (gates & 2)
			csr_set(menvcfg, MENVCFG_STCE);
		trap_catch(trap_machine());
		uint64_t value = run_in(MODE_S, set_stimecmp, NEVER - gates);
		struct trap trap = trap_release(trap_machine());
		show("gates TM | STCE << 1", gates);
		show("  traps", trap.count);
		show("  cause", trap.cause);
		if (!trap.count)
			show("  value", value);
		quiet();
		mode_open_memory();
	}
}

TEST(s05_with_stce_the_hardware_controls_stip)
{
	quiet();
	if (!quiet_has_sstc())
		return;
	csr_set(menvcfg, MENVCFG_STCE);
	expect_equal(csr_read(mip) & BIT(IRQ_STI), 0, "STIP is 0 while stimecmp is in the far future");
	csr_set(mip, BIT(IRQ_STI));
	expect_equal(csr_read(mip) & BIT(IRQ_STI), 0, "a CSR write does not set STIP");
	csr_write(stimecmp, 0);
	expect_equal(csr_read(mip) & BIT(IRQ_STI), BIT(IRQ_STI), "STIP is 1 while stimecmp is in the past");
	csr_clear(mip, BIT(IRQ_STI));
	expect_equal(csr_read(mip) & BIT(IRQ_STI), BIT(IRQ_STI), "a CSR write does not clear STIP");
	csr_write(stimecmp, NEVER);
	expect_equal(csr_read(mip) & BIT(IRQ_STI), 0, "STIP is 0 again after stimecmp was set to the far future");
	quiet();
}

static uint64_t take_timer(uint64_t ahead)
{
	csr_write(stimecmp, csr_read(time) + ahead);
	csr_write(sie, BIT(IRQ_STI));
	csr_set(sstatus, MSTATUS_SIE);
	quiet_wait_for_interrupts(trap_supervisor(), 1);
	csr_clear(sstatus, MSTATUS_SIE);
	csr_write(stimecmp, NEVER);
	return trap_supervisor()->interrupts[0];
}

TEST(s05_stimecmp_interrupts_the_payload)
{
	quiet();
	if (!quiet_has_sstc())
		return;
	mode_open_memory();
	csr_set(menvcfg, MENVCFG_STCE);
	csr_write(mcounteren, COUNTER_TM);
	csr_write(mideleg, BIT(IRQ_STI));
	show("interrupt taken at once", run_in(MODE_S, take_timer, 0));
	trap_forget_interrupts(trap_supervisor());
	show("interrupt taken later", run_in(MODE_S, take_timer, 5000));
	expect_equal(trap_machine()->taken, 0, "M-mode took no interrupt");
	quiet();
}

static uint64_t take_injected(uint64_t unused)
{
	(void)unused;
	csr_write(sie, BIT(IRQ_STI));
	csr_set(sstatus, MSTATUS_SIE);
	quiet_wait_for_interrupts(trap_supervisor(), 1);
	csr_clear(sstatus, MSTATUS_SIE);
	csr_clear(sip, BIT(IRQ_STI));
	return csr_read(sip);
}

static bool forward_timer(struct trap_frame *frame)
{
	if (frame->cause != (INTERRUPT | IRQ_MTI))
		return false;
	csr_clear(mie, BIT(IRQ_MTI));
	csr_set(mip, BIT(IRQ_STI));
	return true;
}

TEST(s08_the_firmware_forwards_its_timer_to_the_payload)
{
	quiet();
	mode_open_memory();
	csr_write(mideleg, BIT(IRQ_STI));
	trap_set_handler(trap_machine(), forward_timer);
	*clint_mtimecmp(0) = *clint_mtime() + 5000;
	csr_write(mie, BIT(IRQ_MTI));
	show("sip after S-mode tried to clear STIP", run_in(MODE_S, take_injected, 0));
	show("interrupt that the payload took", trap_supervisor()->interrupts[0]);
	expect_equal(trap_supervisor()->taken, 1, "the payload took the interrupt once");
	expect_equal(csr_read(mip) >> IRQ_STI & 1, 1, "STIP is still set, because only M-mode can clear it");
	quiet();
}

static uint64_t touch(uint64_t address)
{
	return load64(address);
}

static void touch_with_adue(unsigned on)
{
	uint64_t translation = page_identity(PTE_RWX);
	uint64_t address = page_set(0, (uint64_t)page, PTE_V | PTE_R | PTE_W);
	if (on)
		csr_set(menvcfg, MENVCFG_ADUE);
	else
		csr_clear(menvcfg, MENVCFG_ADUE);
	csr_write(satp, translation);
	__asm__ volatile("sfence.vma" ::: "memory");
	trap_catch(trap_machine());
	run_in(MODE_S, touch, address);
	struct trap trap = trap_release(trap_machine());
	show("menvcfg.ADUE", on);
	show("  cause of a load from a page without A", trap.cause);
	show("  the page's A bit", page_entry(0) & PTE_A);
	quiet();
	mode_open_memory();
}

TEST(s05_adue_selects_whether_the_hardware_sets_the_accessed_bit)
{
	quiet();
	mode_open_memory();
	uint64_t adue = csr_read(menvcfg) & MENVCFG_ADUE;
	touch_with_adue(1);
	touch_with_adue(0);
	touch_with_adue(1);
	csr_clear(menvcfg, MENVCFG_ADUE);
	csr_set(menvcfg, adue);
	quiet();
}

TEST(s05_menvcfg_keeps_its_legal_bits)
{
	quiet();
	uint64_t kept = csr_kept(menvcfg, ~UINT64_C(0));
	show("FIOM, CBIE, CBCFE, CBZE, ADUE, PBMTE and STCE after all ones were written",
	     kept & UINT64_C(0xe0000000000000f1));
	show("menvcfg after the reserved CBIE=2 was written", csr_kept(menvcfg, 0x20));
	show("menvcfg after 0 was written", csr_kept(menvcfg, 0));
	quiet();
}
