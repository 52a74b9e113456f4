/* Resets the calling hart and its devices to a known state, and raises and lowers single interrupts. */
#include "payloads/runtime/quiet.h"

#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/plic.h"
#include "payloads/runtime/trap.h"
#include "payloads/runtime/uart.h"

static unsigned id(void)
{
	return (unsigned)hart_self()->id;
}

bool quiet_has_sstc(void)
{
	trap_catch(trap_machine());
	(void)csr_read(stimecmp);
	return trap_release(trap_machine()).count == 0;
}

/* Disarms the S-mode timer. On a hart without Sstc both CSR accesses trap; the function catches these traps and ignores
 * them. */
static void stop_supervisor_timer(void)
{
	trap_catch(trap_machine());
	csr_write(stimecmp, ~UINT64_C(0));
	csr_clear(menvcfg, MENVCFG_STCE);
	trap_release(trap_machine());
}

void quiet(void)
{
	trap_set_handler(trap_machine(), 0);
	trap_set_handler(trap_supervisor(), 0);
	csr_clear(mstatus, MSTATUS_MIE | MSTATUS_MPRV | MSTATUS_SUM | MSTATUS_MXR | MSTATUS_TVM | MSTATUS_TW |
				   MSTATUS_TSR | MSTATUS_SIE);
	csr_write(mie, 0);
	csr_write(mideleg, 0);
	csr_write(medeleg, 0);
	csr_write(satp, 0);
	csr_write(pmpcfg0, 0);
	stop_supervisor_timer();
	*clint_mtimecmp(id()) = ~UINT64_C(0);
	clint_set_msip(id(), 0);
	quiet_lower(IRQ_MEI);
	quiet_lower(IRQ_SEI);
	csr_write(mip, 0);
	trap_forget_interrupts(trap_machine());
	trap_forget_interrupts(trap_supervisor());
}

void quiet_raise(unsigned irq)
{
	switch (irq) {
	case IRQ_MSI:
		clint_set_msip(id(), 1);
		break;
	case IRQ_MTI:
		*clint_mtimecmp(id()) = 0;
		break;
	case IRQ_MEI:
		plic_route_uart(plic_context(id(), 0), 1);
		uart_interrupt_when_empty(1);
		break;
	default:
		csr_set(mip, BIT(irq));
	}
}

void quiet_lower(unsigned irq)
{
	switch (irq) {
	case IRQ_MSI:
		clint_set_msip(id(), 0);
		break;
	case IRQ_MTI:
		*clint_mtimecmp(id()) = ~UINT64_C(0);
		break;
	case IRQ_MEI:
		uart_interrupt_when_empty(0);
		plic_route_uart(plic_context(id(), 0), 0);
		break;
	case IRQ_SEI:
		uart_interrupt_when_empty(0);
		plic_route_uart(plic_context(id(), 1), 0);
		csr_clear(mip, BIT(irq));
		break;
	default:
		csr_clear(mip, BIT(irq));
	}
}
