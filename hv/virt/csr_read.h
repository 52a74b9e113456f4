/* The read functions (csr_read_NAME) of the virtual CSRs that need code (CODE in csr.def). Both tiers use them. They
 * are inline because fast paths cannot call functions.
 * Each function stores the value that virtual M-mode reads in *value. `element` is the position within a CSR_RANGE,
 * starting at 0. The function returns ERROR_TRAPPED if the CSR is absent, because the access is then an illegal
 * instruction. Included by csr.c and by the fast paths for CSRs. Must not know CSR instructions. */
#ifndef HV_VIRT_CSR_READ_H
#define HV_VIRT_CSR_READ_H

#include "hv/arch/csr.h"
#include "hv/virt/csr_code.h"
#include "hv/virt/transition.h"

/** The bits of the CSR with dense index @p index that modules hide from the firmware (`hides` of hv_module). The
 * firmware's CSR instructions read them as 0 and do not change them, except those of mip_reads. Pure. */
PART_OF_FAST_PATH uint64_t csr_hidden_bits(unsigned index)
{
	switch (index) {
	case CSR_INDEX_mstatus:
	case CSR_INDEX_sstatus:
		return CONFIG_HIDDEN_MSTATUS;
	case CSR_INDEX_mip:
	case CSR_INDEX_sip:
		return CONFIG_HIDDEN_MIP | CONFIG_HIDDEN_MIP_READS;
	case CSR_INDEX_mie:
	case CSR_INDEX_sie:
		return CONFIG_HIDDEN_MIE;
	default:
		return 0;
	}
}

/** Virtual mstatus (3.1.6). Some of its fields are in the vcpu, and the other fields are in the hardware. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_mstatus(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = transition_mstatus(vcpu);
	return ERROR_NONE;
}

/** The machine's misa without H (semantics 27). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_misa(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)vcpu, (void)element;
	*value = machine.misa & ~MISA('H');
	return ERROR_NONE;
}

/** Virtual medeleg (3.1.8). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_medeleg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->medeleg;
	return ERROR_NONE;
}

/** Virtual mideleg (3.1.8): the S bits of physical mideleg. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_mideleg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)vcpu, (void)element;
	*value = csr_read(CSR_mideleg) & IP_S_BITS;
	return ERROR_NONE;
}

/** Virtual mie (3.1.9) in the firmware world. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_mie(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->mie;
	return ERROR_NONE;
}

/** Virtual mtvec (3.1.7). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_mtvec(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->mtvec;
	return ERROR_NONE;
}

/** Virtual mcounteren (3.1.11). Absent if the machine has no mcounteren. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_mcounteren(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->mcounteren;
	return machine.has_mcounteren ? ERROR_NONE : ERROR_TRAPPED;
}

/** The fields of physical menvcfg that hv exposes (3.1.18, semantics 27). Absent if the machine has no menvcfg. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_menvcfg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)vcpu, (void)element;
	*value = machine.has_menvcfg ? csr_read(CSR_menvcfg) & machine.menvcfg_mask : 0;
	return machine.has_menvcfg ? ERROR_NONE : ERROR_TRAPPED;
}

/** Virtual mcountinhibit. Its bits CY and IR are in the vcpu, and the other bits are in the hardware (semantics 24).
 * Absent if the machine has none. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_mcountinhibit(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = machine.has_mcountinhibit
			 ? (csr_read(CSR_mcountinhibit) & ~(COUNTER_CY | COUNTER_IR)) | vcpu->mcountinhibit
			 : 0;
	return machine.has_mcountinhibit ? ERROR_NONE : ERROR_TRAPPED;
}

/** Virtual mip (3.1.9). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_mip(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = transition_mip(vcpu);
	return ERROR_NONE;
}

/** Virtual pmpcfg register @p element (3.7.1), an even number. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_pmpcfg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	*value = vcpu->pmp.virtual_config[element / 2];
	/* RV64 has no odd pmpcfg registers (3.7.1). */
	return element % 2 == 0 && element / 2 < machine.pmp_machine / 8 ? ERROR_NONE : ERROR_TRAPPED;
}

/** Virtual pmpaddr register @p element (3.7.1). If the machine has an entry but the firmware does not, the register
 * reads 0. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_pmpaddr(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	*value = element < machine.pmp_machine ? pmp_read_address(vcpu, element) : 0;
	return element < machine.pmp_machine ? ERROR_NONE : ERROR_TRAPPED;
}

/** The value of a virtual counter. While the counter is inhibited, the value stands still. Otherwise it runs at a fixed
 * distance from the physical counter (semantics 24). Pure.
 * @param inhibited not 0 if the virtual mcountinhibit bit of the counter is set
 * @param physical  the present value of the physical counter */
PART_OF_FAST_PATH uint64_t counter_value(const struct counter *counter, uint64_t inhibited, uint64_t physical)
{
	return inhibited ? counter->frozen : physical + counter->offset;
}

/** Virtual mcycle, which may differ from physical mcycle (semantics 24). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_mcycle(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = counter_value(&vcpu->cycle, vcpu->mcountinhibit & COUNTER_CY, csr_read(CSR_mcycle));
	return ERROR_NONE;
}

/** Virtual minstret, which may differ from physical minstret (semantics 24). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_minstret(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = counter_value(&vcpu->instret, vcpu->mcountinhibit & COUNTER_IR, csr_read(CSR_minstret));
	return ERROR_NONE;
}

/** cycle is the read-only copy of virtual mcycle. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_cycle(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	return csr_read_mcycle(vcpu, element, value);
}

/** instret is the read-only copy of virtual minstret. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_instret(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	return csr_read_minstret(vcpu, element, value);
}

/** Physical time. Absent if the machine traps on it. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_time(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	return csr_hardware_read(vcpu, CSR_SLOT_time, value);
}

/** Physical hpmcounter3 + @p element. Absent if the machine does not have it. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_hpmcounter(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	return csr_hardware_read(vcpu, CSR_SLOT_hpmcounter + element, value);
}

/** The fields of virtual mstatus that sstatus shows (4.1.1). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_sstatus(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = transition_mstatus(vcpu) & SSTATUS_VIEW;
	return ERROR_NONE;
}

/** The bits of virtual mie that mideleg delegates (4.1.3). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_sie(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->mie & csr_read(CSR_mideleg) & IP_S_BITS;
	return ERROR_NONE;
}

/** The bits of virtual mip that mideleg delegates (4.1.3). */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_sip(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = transition_mip(vcpu) & csr_read(CSR_mideleg) & IP_S_BITS;
	return ERROR_NONE;
}

/** The payload's satp (4.1.11), which the vcpu holds in the firmware world. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_satp(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->satp;
	return ERROR_NONE;
}

/** The payload's senvcfg, which the vcpu holds in the firmware world. Absent if the machine has no senvcfg. */
PART_OF_FAST_PATH MUST_CHECK enum error csr_read_senvcfg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->senvcfg;
	return machine.has_senvcfg ? ERROR_NONE : ERROR_TRAPPED;
}

#endif
