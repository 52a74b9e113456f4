/* Tests interrupts of the firmware: mip, mie, mideleg, wfi, and when the hart takes an interrupt. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

static uint64_t pending(unsigned irq)
{
	return csr_read(mip) >> irq & 1;
}

TEST(s01_a_write_to_mip_changes_only_the_s_mode_bits)
{
	const uint64_t s_bits = BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI);
	quiet();
	csr_write(mip, s_bits | BIT(IRQ_MSI) | BIT(IRQ_MTI) | BIT(IRQ_MEI));
	expect_equal(csr_read(mip), s_bits, "a write to mip sets only SSIP, STIP and SEIP");
	csr_write(mip, 0);
	expect_equal(csr_read(mip), 0, "a write of 0 to mip clears SSIP, STIP and SEIP");
}

TEST(s02_m_mode_interrupts_are_never_delegated)
{
	const uint64_t m_bits = BIT(IRQ_MSI) | BIT(IRQ_MTI) | BIT(IRQ_MEI);
	quiet();
	expect_equal(csr_kept(mideleg, ~UINT64_C(0)) & (m_bits | 0x222), 0x222, "mideleg holds only the S-mode bits");
	csr_write(mideleg, 0);
	expect_equal(csr_read(mideleg) & 0x222, 0, "the S-mode bits of mideleg can be cleared");
}

TEST(s02_a_delegated_interrupt_is_not_taken_in_m_mode)
{
	quiet();
	csr_write(mideleg, BIT(IRQ_SSI));
	csr_write(mie, BIT(IRQ_SSI));
	csr_set(mip, BIT(IRQ_SSI));
	csr_set(mstatus, MSTATUS_MIE);
	quiet_pause();
	expect_equal(trap_machine()->taken, 0, "a delegated interrupt is not taken");
	csr_write(mideleg, 0);
	quiet_wait_for_interrupts(trap_machine(), 1);
	expect_equal(trap_machine()->interrupts[0], INTERRUPT | IRQ_SSI, "it is taken once mideleg is 0");
	quiet();
}

TEST(s02_an_exception_of_the_firmware_stays_in_m_mode_whatever_medeleg_says)
{
	quiet();
	csr_write(medeleg, ~UINT64_C(0));
	trap_catch(trap_machine());
	__asm__ volatile("ebreak");
	struct trap trap = trap_release(trap_machine());
	expect(trap.count == 1 && trap.cause == CAUSE_BREAKPOINT, "M-mode takes its own ebreak");
	csr_write(medeleg, 0);
}

static uint64_t after_enable;
static unsigned awaited; /* the interrupt that note_pc() expects */

/* Executes an instruction that enables an interrupt. First stores the address after that instruction, because the hart
 * must take the interrupt there. */
#define ENABLE_HERE(instruction, bits)                                                                                 \
	__asm__ volatile("la t0, 1f\nsd t0, %0\n" instruction "\n1:"                                                   \
			 : "=m"(after_enable)                                                                          \
			 : "r"((uint64_t)(bits))                                                                       \
			 : "t0", "memory")

static bool note_pc(struct trap_frame *frame)
{
	if (!(frame->cause & INTERRUPT))
		return false;
	expect_equal(frame->cause, INTERRUPT | awaited, "mcause is that of the interrupt");
	expect_equal(frame->pc, after_enable, "mepc is the address of the next instruction");
	quiet_lower(awaited);
	return true;
}

/* Resets the hart so that no interrupt is pending or enabled, and makes note_pc() handle interrupt @p irq. */
static void await(unsigned irq)
{
	quiet();
	awaited = irq;
	trap_set_handler(trap_machine(), note_pc);
}

TEST(s03_an_interrupt_is_taken_when_mie_enables_it)
{
	await(IRQ_STI);
	csr_set(mip, BIT(IRQ_STI));
	csr_set(mstatus, MSTATUS_MIE);
	ENABLE_HERE("csrs mie, %1", BIT(IRQ_STI));
	expect_equal(pending(IRQ_STI), 0, "the interrupt was taken");
	quiet();
}

TEST(s03_an_interrupt_is_taken_when_mstatus_enables_it)
{
	await(IRQ_STI);
	csr_set(mip, BIT(IRQ_STI));
	csr_write(mie, BIT(IRQ_STI));
	ENABLE_HERE("csrs mstatus, %1", MSTATUS_MIE);
	expect_equal(pending(IRQ_STI), 0, "the interrupt was taken");
	quiet();
}

TEST(s03_an_interrupt_is_taken_when_a_write_to_mip_raises_it)
{
	await(IRQ_STI);
	csr_write(mie, BIT(IRQ_STI));
	csr_set(mstatus, MSTATUS_MIE);
	ENABLE_HERE("csrs mip, %1", BIT(IRQ_STI));
	expect_equal(pending(IRQ_STI), 0, "the interrupt was taken");
	quiet();
}

TEST(s03_an_interrupt_is_taken_when_mret_enables_it)
{
	await(IRQ_STI);
	csr_set(mip, BIT(IRQ_STI));
	csr_write(mie, BIT(IRQ_STI));
	csr_set(mstatus, MSTATUS_MPP | MSTATUS_MPIE);
	__asm__ volatile("la t0, 1f\nsd t0, %0\ncsrw mepc, t0\nmret\n1:" : "=m"(after_enable)::"t0", "memory");
	expect_equal(pending(IRQ_STI), 0, "the interrupt was taken");
	quiet();
}

/* The hardware's mip does not show the firmware's MSIP, so only hv can know that the interrupt is due. */
TEST(s03_a_software_interrupt_is_taken_when_it_is_enabled)
{
	await(IRQ_MSI);
	quiet_raise(IRQ_MSI);
	csr_set(mstatus, MSTATUS_MIE);
	ENABLE_HERE("csrs mie, %1", BIT(IRQ_MSI));
	expect_equal(pending(IRQ_MSI), 0, "the interrupt is taken after mie enables it");
	await(IRQ_MSI);
	quiet_raise(IRQ_MSI);
	csr_write(mie, BIT(IRQ_MSI));
	ENABLE_HERE("csrs mstatus, %1", MSTATUS_MIE);
	expect_equal(pending(IRQ_MSI), 0, "the interrupt is taken after mstatus enables it");
	await(IRQ_MSI);
	quiet_raise(IRQ_MSI);
	csr_write(mie, BIT(IRQ_MSI));
	csr_set(mstatus, MSTATUS_MPP | MSTATUS_MPIE);
	__asm__ volatile("la t0, 1f\nsd t0, %0\ncsrw mepc, t0\nmret\n1:" : "=m"(after_enable)::"t0", "memory");
	expect_equal(pending(IRQ_MSI), 0, "the interrupt is taken after mret enables it");
	quiet();
}

TEST(s03_a_software_interrupt_is_taken_when_it_is_sent)
{
	quiet();
	csr_write(mie, BIT(IRQ_MSI));
	csr_set(mstatus, MSTATUS_MIE);
	quiet_raise(IRQ_MSI);
	quiet_pause();
	expect_equal(trap_machine()->taken, 1, "a store to msip raises the enabled interrupt");
	quiet();
}

TEST(s03_an_interrupt_is_taken_after_the_destination_register_is_written)
{
	uint64_t old;
	await(IRQ_STI);
	csr_set(mip, BIT(IRQ_STI));
	csr_write(mie, BIT(IRQ_SSI));
	csr_set(mstatus, MSTATUS_MIE);
	__asm__ volatile("la t0, 1f\nsd t0, %1\ncsrrs s1, mie, %2\n1: mv %0, s1"
			 : "=r"(old), "=m"(after_enable)
			 : "r"(BIT(IRQ_STI))
			 : "s1", "t0", "memory");
	expect_equal(pending(IRQ_STI), 0, "the interrupt was taken");
	expect_equal(old, BIT(IRQ_SSI), "s1 holds the old value of mie");
	quiet();
}

static uint64_t wait_in_supervisor(uint64_t count)
{
	quiet_wait_for_interrupts(trap_machine(), count);
	return 0;
}

TEST(s03_an_interrupt_that_mie_disables_stays_disabled_in_the_payload)
{
	quiet();
	mode_open_memory();
	csr_set(mip, BIT(IRQ_SSI) | BIT(IRQ_STI));
	csr_write(mie, BIT(IRQ_STI));
	run_in(MODE_S, wait_in_supervisor, 1);
	quiet_pause();
	expect_equal(trap_machine()->taken, 1, "only one of two interrupts is taken");
	expect_equal(trap_machine()->interrupts[0], INTERRUPT | IRQ_STI, "the enabled interrupt is taken");
	quiet();
}

TEST(s04_a_csr_write_cannot_change_the_m_mode_bits_of_mip)
{
	const uint64_t m_bits = BIT(IRQ_MSI) | BIT(IRQ_MTI) | BIT(IRQ_MEI);
	const uint64_t raised = quiet_can_raise(IRQ_MEI) ? m_bits : m_bits & ~BIT(IRQ_MEI);
	quiet();
	csr_set(mip, m_bits);
	expect_equal(csr_read(mip) & m_bits, 0, "csrs does not set MSIP, MTIP and MEIP");
	quiet_raise(IRQ_MSI);
	quiet_raise(IRQ_MTI);
	quiet_raise(IRQ_MEI);
	expect_equal(csr_read(mip) & m_bits, raised, "their devices set MSIP, MTIP and MEIP");
	csr_clear(mip, m_bits);
	expect_equal(csr_read(mip) & m_bits, raised, "csrc does not clear MSIP, MTIP and MEIP");
	csr_write(mip, 0);
	expect_equal(csr_read(mip) & m_bits, raised, "csrw does not clear MSIP, MTIP and MEIP");
	quiet();
}

TEST(s06_delegated_interrupts_are_not_taken_in_m_mode)
{
	quiet();
	csr_write(mideleg, BIT(IRQ_SSI) | BIT(IRQ_SEI));
	quiet_raise(IRQ_SSI);
	quiet_raise(IRQ_SEI);
	quiet_raise(IRQ_STI);
	quiet_raise(IRQ_MSI);
	csr_write(mie, 0xaaa);
	csr_set(mstatus, MSTATUS_MIE);
	quiet_wait_for_interrupts(trap_machine(), 2);
	quiet_pause();
	expect_equal(trap_machine()->taken, 2, "two of four interrupts are taken");
	show("first interrupt taken", trap_machine()->interrupts[0]);
	show("second interrupt taken", trap_machine()->interrupts[1]);
	quiet();
}

TEST(s06_the_payload_cannot_mask_m_mode_interrupts)
{
	static const unsigned irqs[] = { IRQ_MEI, IRQ_MSI, IRQ_MTI };
	for (unsigned i = 0; i < 3; i++) {
		if (!quiet_can_raise(irqs[i]))
			continue;
		quiet();
		mode_open_memory();
		quiet_raise(irqs[i]);
		csr_write(mie, BIT(irqs[i]));
		quiet_pause();
		expect_equal(trap_machine()->taken, 0, "the interrupt is not taken in M-mode with MIE=0");
		run_in(MODE_S, wait_in_supervisor, 1);
		show("interrupt taken in S-mode", trap_machine()->interrupts[0]);
	}
	quiet();
}

static uint64_t do_nothing(uint64_t argument)
{
	return argument;
}

/* The test does not change PMP between the runs. Only then does hv use its fast code for mret. */
TEST(s06_a_pending_interrupt_is_taken_as_soon_as_mret_leaves_m_mode)
{
	static const unsigned irqs[] = { IRQ_MEI, IRQ_MSI, IRQ_MTI };
	quiet();
	mode_open_memory();
	run_in(MODE_S, do_nothing, 0);
	for (unsigned i = 0; i < 3; i++) {
		if (!quiet_can_raise(irqs[i]))
			continue;
		trap_forget_interrupts(trap_machine());
		quiet_raise(irqs[i]);
		csr_write(mie, BIT(irqs[i]));
		run_in(MODE_S, wait_in_supervisor, 1);
		show("interrupt taken in S-mode", trap_machine()->interrupts[0]);
		quiet_lower(irqs[i]);
	}
	quiet();
}

static void wait_for_interrupt(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

TEST(s09_wfi_returns_at_once_if_an_enabled_interrupt_is_pending)
{
	static const unsigned irqs[] = { IRQ_SSI, IRQ_MSI, IRQ_STI, IRQ_MTI, IRQ_SEI, IRQ_MEI };
	for (unsigned i = 0; i < 6; i++) {
		if (!quiet_can_raise(irqs[i]))
			continue;
		quiet();
		quiet_raise(irqs[i]);
		csr_write(mie, BIT(irqs[i]));
		wait_for_interrupt();
		show("with MIE=0 wfi is woken by interrupt", irqs[i]);
		expect_equal(trap_machine()->taken, 0, "the interrupt is not taken");
	}
	quiet();
}

TEST(s09_wfi_wakes_for_a_delegated_interrupt)
{
	quiet();
	csr_write(mideleg, 0x222);
	quiet_raise(IRQ_SSI);
	csr_write(mie, BIT(IRQ_SSI));
	csr_set(mstatus, MSTATUS_MIE);
	wait_for_interrupt();
	expect_equal(trap_machine()->taken, 0, "wfi has returned, and the interrupt is not taken");
	quiet();
}

TEST(s09_wfi_and_wrs_of_the_firmware_ignore_tw)
{
	quiet();
	csr_set(mstatus, MSTATUS_TW);
	quiet_raise(IRQ_SSI);
	csr_write(mie, BIT(IRQ_SSI));
	trap_catch(trap_machine());
	wait_for_interrupt();
	expect_no_trap(trap_release(trap_machine()), "wfi with TW=1 does not trap");
	trap_catch(trap_machine());
	__asm__ volatile(".word 0x00d00073" ::: "memory");
	show("traps of wrs.nto with TW=1", trap_release(trap_machine()).count); /* 1 without Zawrs */
	trap_catch(trap_machine());
	__asm__ volatile(".word 0x01d00073" ::: "memory");
	show("traps of wrs.sto with TW=1", trap_release(trap_machine()).count);
	quiet();
}

TEST(s11_an_interrupt_sets_mcause_mepc_mtval_and_mstatus)
{
	quiet();
	csr_write(mtval, 0x1234);
	csr_set(mstatus, MSTATUS_MPIE);
	quiet_raise(IRQ_MSI);
	csr_write(mie, BIT(IRQ_MSI));
	csr_set(mstatus, MSTATUS_MIE);
	quiet_wait_for_interrupts(trap_machine(), 1);
	struct trap_frame *frame = &trap_machine()->frame;
	show("mcause", frame->cause);
	show("mtval", frame->value);
	show("mstatus in the handler", frame->status & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE));
	show("mstatus after mret", csr_read(mstatus) & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE));
	quiet();
}

static uint64_t make_ecall(uint64_t argument)
{
	register uint64_t a7 __asm__("a7") = 0;
	__asm__ volatile("ecall" : : "r"(a7) : "a0", "memory");
	return argument;
}

TEST(s11_an_ecall_has_the_cause_of_its_mode)
{
	quiet();
	mode_open_memory();
	trap_catch(trap_machine());
	make_ecall(0);
	struct trap trap = trap_release(trap_machine());
	expect_trap(trap, CAUSE_ECALL_M, 0, "an ecall from M-mode");
	show("mstatus in the handler", trap.status & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE));
	trap_catch(trap_machine());
	expect_equal(run_in(MODE_S, make_ecall, 5), 5, "S-mode continues after its ecall");
	trap = trap_release(trap_machine());
	expect_trap(trap, CAUSE_ECALL_S, 0, "an ecall from S-mode");
	show("mstatus in the handler", trap.status & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE));
	trap_catch(trap_machine());
	run_in(MODE_U, make_ecall, 5);
	trap = trap_release(trap_machine());
	expect_trap(trap, CAUSE_ECALL_U, 0, "an ecall from U-mode");
	show("mstatus in the handler", trap.status & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE));
	csr_set(mstatus, MSTATUS_MIE);
	trap_catch(trap_machine());
	make_ecall(0);
	trap = trap_release(trap_machine());
	show("mstatus in the handler if MIE was 1", trap.status & (MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE));
	quiet();
}

TEST(s11_exceptions_of_the_firmware_have_the_machines_cause_and_value)
{
	quiet();
	trap_catch(trap_machine());
	load64(0x18);
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, 0x18, "a load from an address without memory");
	trap_catch(trap_machine());
	store64(0x18, 1);
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, 0x18, "a store to an address without memory");
	trap_catch(trap_machine());
	jump_to(0x18);
	expect_trap(trap_release(trap_machine()), CAUSE_FETCH_ACCESS, 0x18, "a jump to an address without memory");
	trap_catch(trap_machine());
	__asm__ volatile(".option push\n.option norvc\nebreak\n.option pop");
	struct trap trap = trap_release(trap_machine());
	expect_trap(trap, CAUSE_BREAKPOINT, trap.pc, "ebreak");
	trap_catch(trap_machine());
	__asm__ volatile(".word 0xffffffff");
	expect_trap(trap_release(trap_machine()), CAUSE_ILLEGAL, 0xffffffff, "an illegal instruction");
	trap_catch(trap_machine());
	__asm__ volatile(".half 0");
	expect_trap(trap_release(trap_machine()), CAUSE_ILLEGAL, 0, "an illegal compressed instruction");
	trap_catch(trap_machine());
	__asm__ volatile("lr.w t0, (%0)" ::"r"(FIRMWARE_ADDRESS + UINT64_C(1)) : "t0", "memory");
	trap = trap_release(trap_machine());
	show("trap cause of a misaligned lr.w", trap.cause);
	show("mtval", trap.value);
}
