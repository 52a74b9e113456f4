/* Exchanges the S-mode context of a hart (hv/module/api.h). In the payload world, its values are in the
 * hardware, except virtual medeleg and the deadline of the supervisor's timer. */
#include <string.h>

#include "hv/arch/csr.h"
#include "hv/device/supervisor_timer.h"
#include "hv/device/vclint.h"
#include "hv/module/api.h"
#include "hv/virt/csr_code.h"
#include "hv/virt/machine.h"
#include "hv/virt/transition.h"

void supervisor_context_reset(struct supervisor_context *context)
{
	memset(context, 0, sizeof(*context));
	context->sstatus = field_set(MSTATUS_UXL, 0, XLEN_64);
	context->stimecmp = context->deadline = SUPERVISOR_TIMER_OFF;
}

/* Exchanges the fields that sstatus shows by one write of physical mstatus. Otherwise a WARL field could have an illegal value
 * between two writes. */
static void swap_status(struct supervisor_context *context)
{
	uint64_t status = csr_read(CSR_mstatus);

	csr_write(CSR_mstatus, field_merge(SSTATUS_VIEW, status, context->sstatus));
	context->sstatus = status & SSTATUS_VIEW;
}

/* Reads mip before it writes stimecmp, and writes mip afterwards: on QEMU, a write of stimecmp changes STIP even if STCE
 * is 0. */
static void swap_interrupts(struct supervisor_context *context)
{
	uint64_t controlled = supervisor_timer_is_hardware() ? IP_SSI : IP_SSI | IP_STI;
	uint64_t pending = csr_read(CSR_mip) & controlled, enables = csr_read(CSR_mie);

	if (machine.menvcfg_mask & MENVCFG_STCE)
		context->stimecmp = csr_swap(CSR_stimecmp, context->stimecmp);
	csr_clear(CSR_mip, controlled & ~context->mip);
	csr_set(CSR_mip, controlled & context->mip);
	context->mip = pending;
	csr_write(CSR_mie, field_merge(IP_S_BITS, enables, context->mie));
	context->mie = enables & IP_S_BITS;
	context->mideleg = csr_swap(CSR_mideleg, context->mideleg) & IP_S_BITS;
}

static void swap_deadline(struct vcpu *vcpu, struct supervisor_context *context)
{
	uint64_t deadline = vcpu->supervisor_timecmp;

	vcpu->supervisor_timecmp = context->deadline;
	context->deadline = deadline;
	vclint_update_timer(vcpu);
}

void supervisor_context_swap(struct vcpu *vcpu, struct supervisor_context *context)
{
	uint64_t medeleg = vcpu->medeleg;

	context->stvec = csr_swap(CSR_stvec, context->stvec);
	context->sscratch = csr_swap(CSR_sscratch, context->sscratch);
	context->sepc = csr_swap(CSR_sepc, context->sepc);
	context->scause = csr_swap(CSR_scause, context->scause);
	context->stval = csr_swap(CSR_stval, context->stval);
	context->scounteren = csr_swap(CSR_scounteren, context->scounteren);
	if (machine.has_senvcfg)
		context->senvcfg = csr_swap(CSR_senvcfg, context->senvcfg);
	context->satp = csr_swap(CSR_satp, context->satp);
	swap_status(context);
	swap_interrupts(context);
	vcpu->medeleg = context->medeleg;
	context->medeleg = medeleg;
	csr_write(CSR_medeleg, payload_delegation(vcpu));
	if (CONFIG_SUPERVISOR_TIMER)
		swap_deadline(vcpu, context);
}
