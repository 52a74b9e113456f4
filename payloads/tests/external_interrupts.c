/* Tests external interrupts, which the UART raises through the PLIC: the signal to S-mode in mip.SEIP, and the interrupt of the
 * firmware, which it claims and completes. The numbers of the interrupt and of the contexts are the board's. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/plic.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"
#include "payloads/runtime/uart.h"

/* Raises (1) or lowers (0) the PLIC's interrupt signal to S-mode. For this it routes the UART's interrupt there. */
static void wire_to_supervisor(int on)
{
	if (!on)
		uart_interrupt_when_empty(0);
	plic_route_uart(plic_context(BOOT_HART, 1), on);
	if (on)
		uart_interrupt_when_empty(1);
}

static uint64_t pending(unsigned irq)
{
	return csr_read(mip) >> irq & 1;
}

static void wait_for_interrupt(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

TEST(s01_seip_reads_as_the_software_bit_or_the_external_signal)
{
	quiet();
	expect_equal(pending(IRQ_SEI), 0, "SEIP is 0 while the software bit is clear and the signal is low");
	csr_set(mip, BIT(IRQ_SEI));
	expect_equal(pending(IRQ_SEI), 1, "SEIP is 1 while only the software bit is set");
	wire_to_supervisor(1);
	expect_equal(pending(IRQ_SEI), 1, "SEIP is 1 while the software bit is set and the signal is high");
	csr_clear(mip, BIT(IRQ_SEI));
	expect_equal(pending(IRQ_SEI), 1, "SEIP is 1 while only the signal is high");
	wire_to_supervisor(0);
	expect_equal(pending(IRQ_SEI), 0, "SEIP is 0 again after the signal has fallen");
}

TEST(s01_the_external_signal_is_never_written_to_the_software_bit)
{
	quiet();
	wire_to_supervisor(1);
	csr_set(mip, BIT(IRQ_SSI));
	csr_clear(mip, BIT(IRQ_SSI));
	expect_equal(pending(IRQ_SEI), 1, "SEIP is 1 while the signal is high");
	wire_to_supervisor(0);
	expect_equal(pending(IRQ_SEI), 0, "writes to other bits of mip have not set the software bit");
	wire_to_supervisor(1);
	csr_write(mip, 0);
	expect_equal(pending(IRQ_SEI), 1, "SEIP is still 1 after 0 was written to mip, because the signal is high");
	wire_to_supervisor(0);
	csr_set(mip, BIT(IRQ_SEI));
	wire_to_supervisor(1);
	wire_to_supervisor(0);
	expect_equal(pending(IRQ_SEI), 1, "the software bit stays set when the signal falls");
	quiet();
}

TEST(s03_an_enabled_interrupt_is_taken_when_its_device_raises_it)
{
	quiet();
	csr_write(mie, BIT(IRQ_MEI));
	csr_set(mstatus, MSTATUS_MIE);
	quiet_raise(IRQ_MEI);
	quiet_pause();
	expect_equal(trap_machine()->taken, 1, "with MIE=1 the interrupt is taken");
	quiet();
	csr_write(mie, BIT(IRQ_MEI));
	quiet_raise(IRQ_MEI);
	quiet_pause();
	expect_equal(trap_machine()->taken, 0, "with MIE=0 the interrupt is not taken");
	quiet();
}

static uint64_t claimed;

static bool claim_and_complete(struct trap_frame *frame)
{
	if (frame->cause != (INTERRUPT | IRQ_MEI))
		return false;
	claimed = *plic_claim(plic_context(BOOT_HART, 0));
	uart_interrupt_when_empty(0);
	*plic_claim(plic_context(BOOT_HART, 0)) = (uint32_t)claimed;
	return true;
}

TEST(s10_an_external_interrupt_goes_to_the_firmware)
{
	quiet();
	trap_set_handler(trap_machine(), claim_and_complete);
	claimed = 0;
	csr_write(mie, BIT(IRQ_MEI));
	quiet_raise(IRQ_MEI);
	expect_equal(pending(IRQ_MEI), 1, "mip.MEIP is 1");
	csr_set(mstatus, MSTATUS_MIE);
	while (!*(volatile uint64_t *)&claimed)
		;
	expect_equal(claimed, UART_IRQ, "the firmware has claimed the UART's interrupt");
	expect_equal(pending(IRQ_MEI), 0, "mip.MEIP is 0 after the interrupt is completed");
	quiet();
}

TEST(s10_an_external_interrupt_wakes_wfi)
{
	quiet();
	csr_write(mie, BIT(IRQ_MEI));
	quiet_raise(IRQ_MEI);
	wait_for_interrupt();
	expect_equal(pending(IRQ_MEI), 1, "the interrupt is still pending, because it was not claimed");
	quiet();
	expect_equal(pending(IRQ_MEI), 0, "the interrupt is not pending once its source is off");
}

static uint64_t claimed_in_supervisor(void)
{
	return *plic_claim(plic_context(BOOT_HART, 1));
}

TEST(s10_each_context_of_the_plic_belongs_to_one_mode_of_one_hart)
{
	quiet();
	wire_to_supervisor(1);
	expect_equal(csr_read(mip) & (BIT(IRQ_SEI) | BIT(IRQ_MEI)), BIT(IRQ_SEI), "S-mode's context raises only SEIP");
	expect_equal(*plic_claim(plic_context(BOOT_HART, 0)), 0, "M-mode has nothing to claim");
	expect_equal(claimed_in_supervisor(), UART_IRQ, "S-mode's context claims the UART's interrupt");
	expect_equal(pending(IRQ_SEI), 0, "SEIP is 0 after the claim");
	expect_equal(claimed_in_supervisor(), 0, "a second claim finds nothing");
	uart_interrupt_when_empty(0);
	*plic_claim(plic_context(BOOT_HART, 1)) = UART_IRQ;
	wire_to_supervisor(0);
	quiet_raise(IRQ_MEI);
	expect_equal(csr_read(mip) & (BIT(IRQ_SEI) | BIT(IRQ_MEI)), BIT(IRQ_MEI), "M-mode's context raises only MEIP");
	quiet();
}

TEST(s10_a_threshold_and_a_priority_of_0_hold_the_interrupt_back)
{
	volatile uint32_t *threshold = plic_register(0x200000 + 0x1000 * (uint64_t)plic_context(BOOT_HART, 0));
	quiet();
	quiet_raise(IRQ_MEI);
	*threshold = 7;
	expect_equal(pending(IRQ_MEI), 0, "MEIP is 0 while the threshold is above the priority");
	*threshold = 0;
	expect_equal(pending(IRQ_MEI), 1, "MEIP is 1 when the threshold is below the priority");
	*plic_register(4 * UART_IRQ) = 0;
	*threshold = 0;
	expect_equal(pending(IRQ_MEI), 0, "MEIP is 0 while the priority is 0");
	quiet();
}
