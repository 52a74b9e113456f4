/* Tests the order in which pending interrupts are taken. QEMU takes them in the order of the manual only if the CPU
 * model has AIA. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

TEST(s06_pending_interrupts_are_taken_in_the_order_of_their_priority)
{
	static const unsigned irqs[] = { IRQ_STI, IRQ_SSI, IRQ_SEI, IRQ_MTI, IRQ_MSI, IRQ_MEI };
	quiet();
	for (unsigned i = 0; i < 6; i++)
		quiet_raise(irqs[i]);
	csr_write(mie, 0xaaa);
	csr_set(mstatus, MSTATUS_MIE);
	quiet_wait_for_interrupts(trap_machine(), 6);
	for (unsigned i = 0; i < 6; i++)
		show("interrupt", trap_machine()->interrupts[i]);
	quiet();
}

static uint64_t take_own_interrupts(uint64_t count)
{
	csr_set(sstatus, MSTATUS_SIE);
	quiet_wait_for_interrupts(trap_supervisor(), count);
	csr_clear(sstatus, MSTATUS_SIE);
	return csr_read(sip);
}

TEST(s06_delegated_interrupts_reach_the_payload_in_the_order_of_their_priority)
{
	quiet();
	mode_open_memory();
	csr_write(mideleg, 0x222);
	quiet_raise(IRQ_STI);
	quiet_raise(IRQ_SSI);
	quiet_raise(IRQ_SEI);
	csr_write(sie, 0x222);
	show("sip", run_in(MODE_S, take_own_interrupts, 3));
	for (unsigned i = 0; i < 3; i++)
		show("interrupt", trap_supervisor()->interrupts[i]);
	expect_equal(csr_read(mie), 0, "S-mode's handler has cleared the bits in mie through sie");
	quiet();
}
