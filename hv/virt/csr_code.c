/* The write functions of the virtual CSRs that need code (CODE in csr.def). Each function makes the value legal and
 * applies
 * the side effects. The matching reads are in csr_read.h. */
#include "hv/virt/csr_code.h"

#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/virt/machine.h"
#include "hv/virt/transition.h"
#include "hv/virt/vcpu.h"

/* ---- writes of CSRs with code ---- */

enum error csr_write_mstatus(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu_set_mstatus(vcpu, value);
	return ERROR_NONE;
}

enum error csr_write_misa(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)vcpu, (void)element, (void)value; /* the CSR is WARL, and hv keeps it constant */
	return ERROR_NONE;
}

COLD enum error csr_write_medeleg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->medeleg = value & machine.medeleg_mask;
	return ERROR_NONE;
}

COLD enum error csr_write_mideleg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	csr_write(CSR_mideleg, value & IP_S_BITS);
	vcpu_update_interrupt_enables(vcpu);
	return ERROR_NONE;
}

enum error csr_write_mie(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->mie = value & (IP_S_BITS | IP_M_BITS);
	vcpu_update_interrupt_enables(vcpu);
	return ERROR_NONE;
}

COLD enum error csr_write_mtvec(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->mtvec = legal_mtvec(vcpu->mtvec, value);
	return ERROR_NONE;
}

COLD enum error csr_write_mcounteren(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->mcounteren = value & machine.mcounteren_mask;
	vcpu_update_counters(vcpu);
	return machine.has_mcounteren ? ERROR_NONE : ERROR_TRAPPED;
}

COLD enum error csr_write_menvcfg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)vcpu, (void)element;
	if (!machine.has_menvcfg)
		return ERROR_TRAPPED;

	uint64_t old = csr_read(CSR_menvcfg);

	csr_write(CSR_menvcfg, field_merge(machine.menvcfg_mask, old, value));
	if ((old ^ csr_read(CSR_menvcfg)) & (MENVCFG_ADUE | MENVCFG_PBMTE)) {
		fence_translations();
		if (machine.has_hypervisor)
			fence_guest_translations();
	}
	return ERROR_NONE;
}

/* Starts or ends the inhibition of a virtual counter. The counter stops at its present value, and later continues from
 * that value. Only the virtual counter stops; the physical one keeps running (semantics 24). */
static void counter_inhibit(struct counter *counter, bool was, bool is, uint64_t physical)
{
	if (is && !was)
		counter->frozen = physical + counter->offset;
	if (was && !is)
		counter->offset = counter->frozen - physical;
}

COLD enum error csr_write_mcountinhibit(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	if (!machine.has_mcountinhibit)
		return ERROR_TRAPPED;

	uint64_t old = vcpu->mcountinhibit;
	uint64_t inhibit = value & machine.inhibit_mask;

	csr_write(CSR_mcountinhibit, inhibit & ~(COUNTER_CY | COUNTER_IR));
	vcpu->mcountinhibit = inhibit & (COUNTER_CY | COUNTER_IR);
	counter_inhibit(&vcpu->cycle, old & COUNTER_CY, inhibit & COUNTER_CY, csr_read(CSR_mcycle));
	counter_inhibit(&vcpu->instret, old & COUNTER_IR, inhibit & COUNTER_IR, csr_read(CSR_minstret));
	vcpu_update_counters(vcpu);
	return ERROR_NONE;
}

COLD enum error csr_write_mcycle(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->cycle = (struct counter){ .offset = value - csr_read(CSR_mcycle), .frozen = value };
	vcpu_update_counters(vcpu);
	return ERROR_NONE;
}

COLD enum error csr_write_minstret(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->instret = (struct counter){ .offset = value - csr_read(CSR_minstret), .frozen = value };
	vcpu_update_counters(vcpu);
	return ERROR_NONE;
}

enum error csr_write_mip(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)vcpu, (void)element, (void)value;
	/* never called, because a write of mip needs the operation and not only the result: transition_apply_mip does
	 * it */
	return ERROR_TRAPPED;
}

enum error csr_write_pmpcfg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	if (element % 2 != 0 || element / 2 >= machine.pmp_machine / 8)
		return ERROR_TRAPPED;
	pmp_write_config(vcpu, element / 2, value);
	return ERROR_NONE;
}

enum error csr_write_pmpaddr(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	if (element >= machine.pmp_machine)
		return ERROR_TRAPPED;
	pmp_write_address(vcpu, element, value);
	return ERROR_NONE;
}

enum error csr_write_sstatus(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu_set_mstatus(vcpu, field_merge(SSTATUS_VIEW, vcpu_mstatus(vcpu), value));
	return ERROR_NONE;
}

enum error csr_write_sie(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	uint64_t delegated = csr_read(CSR_mideleg) & IP_S_BITS;

	return csr_write_mie(vcpu, element, field_merge(delegated, vcpu->mie, value));
}

COLD enum error csr_write_sip(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	uint64_t writable = csr_read(CSR_mideleg) & IP_SSI; /* STIP and SEIP are read-only in sip (4.1.3) */

	(void)vcpu, (void)element;
	csr_clear(CSR_mip, writable & ~value);
	csr_set(CSR_mip, writable & value);
	return ERROR_NONE;
}

/* The hardware decides which values are legal, so hv writes the value to physical satp and reads it back. This is safe,
 * because hv's own accesses use satp only while MPRV is set. */
COLD enum error csr_write_satp(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	csr_write(CSR_satp, vcpu->satp);
	csr_write(CSR_satp, value);
	vcpu->satp = csr_swap(CSR_satp, 0);
	return ERROR_NONE;
}

COLD enum error csr_write_senvcfg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	if (!machine.has_senvcfg)
		return ERROR_TRAPPED;
	csr_write(CSR_senvcfg, vcpu->senvcfg);
	csr_write(CSR_senvcfg, value);
	vcpu->senvcfg = csr_swap(CSR_senvcfg, 0);
	return ERROR_NONE;
}

/* cycle, time, instret and hpmcounter are read-only by their numbers, so csr_write_over never calls these. */
#define READ_ONLY(name)                                                                                                \
	enum error csr_write_##name(struct vcpu *vcpu, unsigned element, uint64_t value)                               \
	{                                                                                                              \
		(void)vcpu, (void)element, (void)value;                                                                \
		return ERROR_TRAPPED;                                                                                  \
	}
READ_ONLY(cycle)
READ_ONLY(time)
READ_ONLY(instret)
READ_ONLY(hpmcounter)
