/* Any state of the virtual machine that hv can be in between two functions of hv/virt: the physical machine, one hart,
 * and its vcpu. A proof chooses such a state, calls a function once, and compares the states before and after. So it
 * holds for runs of any length, if each function leaves such a state behind.
 * Included by proofs. Its assumptions are the invariants of struct vcpu and struct machine; docs/proofs.md says who
 * ensures each of them. */
#ifndef HV_PROOFS_STATE_H
#define HV_PROOFS_STATE_H

#include "hv/arch/entry.h"
#include "hv/proofs/hart.h"
#include "hv/proofs/proof.h"
#include "hv/virt/machine.h"
#include "hv/virt/vcpu.h"

/** The fields of mstatus that each hart with S-mode and U-mode can write (3.1.6). */
#define STATE_STATUS                                                                                                   \
	(MSTATUS_SIE | MSTATUS_MIE | MSTATUS_SPIE | MSTATUS_MPIE | MSTATUS_SPP | MSTATUS_MPP | MSTATUS_MPRV |          \
	 MSTATUS_SUM | MSTATUS_MXR | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR)
#define STATE_ENTRIES 16 /* physical PMP entries */

struct machine nondet_machine(void);
struct vcpu nondet_vcpu(void);

/** How often hv has reported that the first instruction of the firmware's trap handler cannot be fetched. */
extern unsigned state_handlers_missing;

/** Chooses a machine: what machine_probe can find, with 16 PMP entries. */
static inline void state_choose_machine(void)
{
	machine = nondet_machine();
	machine.has_hypervisor = nondet_bool();
	machine.has_svinval = nondet_bool();
	machine.has_zawrs = nondet_bool();
	machine.has_zicboz = nondet_bool();
	machine.has_zicbom = nondet_bool();
	machine.has_supervisor = true;
	machine.has_menvcfg = hart_present[CSR_SLOT_menvcfg];
	machine.has_senvcfg = hart_present[CSR_SLOT_senvcfg];
	machine.has_mcounteren = hart_present[CSR_SLOT_mcounteren];
	machine.has_mcountinhibit = hart_present[CSR_SLOT_mcountinhibit];
	machine.pmp_tor_at_zero_matches = nondet_bool();
	machine.pmp_machine = machine.pmp_used = STATE_ENTRIES;
	machine.pmp_modules = 0;
	machine.pmp_virtual = STATE_ENTRIES - PMP_OWN_ENTRIES;
	assume((machine.mstatus_mask | MSTATUS_MPELP) == (MSTATUS_VIRTUAL & ~(MSTATUS_UXL | MSTATUS_SXL)));
	assume((machine.medeleg_mask & 0xf00c00) == 0);
	assume(machine.pmp_granule == proof_hart.pmp_granule);
}

/** Chooses the hart: what hv requires of each machine is present. */
static inline void state_choose_hart(void)
{
	hart_choose();
	assume(hart_present[CSR_SLOT_medeleg] && hart_present[CSR_SLOT_mideleg]); /* 3.1.8 */
	assume(hart_present[CSR_SLOT_mstatus] && hart_present[CSR_SLOT_mie] && hart_present[CSR_SLOT_mip] &&
	       hart_present[CSR_SLOT_mepc] && hart_present[CSR_SLOT_mtvec]);
	assume(hart_present[CSR_SLOT_mcause] && hart_present[CSR_SLOT_mtval] && hart_present[CSR_SLOT_mscratch] &&
	       hart_present[CSR_SLOT_mcycle]);
	assume(hart_present[CSR_SLOT_minstret] && hart_present[CSR_SLOT_satp] && hart_present[CSR_SLOT_stvec] &&
	       hart_present[CSR_SLOT_sepc]);
	assume(hart_present[CSR_SLOT_scause] && hart_present[CSR_SLOT_stval] && hart_present[CSR_SLOT_sscratch] &&
	       hart_present[CSR_SLOT_misa]);
	/* fields that each hart with S-mode and U-mode has (3.1.6) */
	assume((hart_writable[CSR_SLOT_mstatus] & STATE_STATUS) == STATE_STATUS);
	assume((hart_writable[CSR_SLOT_mie] & (IP_S_BITS | IP_M_BITS)) == (IP_S_BITS | IP_M_BITS));
	for (unsigned entry = 0; entry < STATE_ENTRIES; entry++)
		assume(hart_present[CSR_SLOT_pmpaddr + entry]);
	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
		assume(hart_present[CSR_SLOT_pmpcfg + 2 * word] && ~hart_writable[CSR_SLOT_pmpcfg + 2 * word] == 0);
}

/** Whether virtual MPRV redirects the firmware's loads and stores (3.1.6.3). */
static inline bool state_mprv_is_armed(uint64_t mstatus)
{
	return (mstatus & MSTATUS_MPRV) && field_get(MSTATUS_MPP, mstatus) != MODE_MACHINE;
}

/** Whether struct vcpu is as each function of hv/virt expects it and leaves it behind. The mode and the world are not
 * part of this, because hv/core switches the world after a function has changed the mode. (One statement for each member,
 * because CBMC needs much more time for a long expression with &&.) */
static inline bool state_is_legal(const struct vcpu *vcpu)
{
	enum mode mode = vcpu->mode;
	uint64_t mstatus = vcpu->mstatus, mpp = field_get(MSTATUS_MPP, mstatus);
	bool legal = mode == MODE_USER || mode == MODE_SUPERVISOR || mode == MODE_MACHINE;

	legal &= (mstatus & ~MSTATUS_VIRTUAL) == 0 && mpp != 2;
	legal &= field_get(MSTATUS_UXL, mstatus) == XLEN_64;
	legal &= field_get(MSTATUS_SXL, mstatus) == XLEN_64;
	legal &= (vcpu->mie & ~(IP_S_BITS | IP_M_BITS)) == 0;
	legal &= field_get(TVEC_MODE, vcpu->mtvec) <= TVEC_VECTORED;
	legal &= (vcpu->medeleg & ~machine.medeleg_mask) == 0;
	legal &= (vcpu->mcounteren & ~machine.mcounteren_mask) == 0;
	legal &= (vcpu->mcountinhibit & ~(machine.inhibit_mask & (COUNTER_CY | COUNTER_IR))) == 0;
	legal &= vcpu->mprv_armed == state_mprv_is_armed(mstatus);
	return legal;
}

/** The view of PMP that belongs to the world and to MPRV. */
static inline enum pmp_view state_view(const struct vcpu *vcpu)
{
	if (vcpu->world == WORLD_PAYLOAD)
		return PMP_VIEW_PAYLOAD;
	return vcpu->mprv_armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE;
}

/** Chooses a vcpu between two functions of hv/virt, while the guest is in @p world. */
static inline void state_choose_vcpu(struct vcpu *vcpu, enum world world)
{
	*vcpu = nondet_vcpu();
	vcpu->world = world;
	vcpu->counters_withheld = nondet_bool();
	vcpu->mprv_armed = nondet_bool();
	vcpu->started = nondet_bool();
	vcpu->machine_timer = nondet_bool();
	vcpu->trap.instruction_known = nondet_bool();
	vcpu->pmp.address_changed = nondet_bool();
	vcpu->pmp.unbound = nondet_bool();
	for (unsigned view = 0; view < PMP_VIEWS; view++)
		vcpu->pmp.stale[view] = nondet_bool();
	vcpu->regs[0] = 0;
	assume(state_is_legal(vcpu) && (vcpu->mode == MODE_MACHINE) == (world == WORLD_FIRMWARE));
	assume(world == WORLD_FIRMWARE || !vcpu->mprv_armed);
	assume(vcpu->machine_software <= 1);

	vcpu->pmp.first_virtual = PMP_OWN_ENTRIES - 1;
	vcpu->pmp.words = STATE_ENTRIES / 8;
	vcpu->pmp.first_word = vcpu->pmp.first_virtual / 8;
	vcpu->pmp.first_shift = vcpu->pmp.first_virtual % 8 * 8;
	vcpu->pmp.current = state_view(vcpu);
	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++) {
		assume(vcpu->pmp.installed[word] == proof_hart.value[CSR_SLOT_pmpcfg + 2 * word]);
		assume(vcpu->pmp.stale[vcpu->pmp.current] ||
		       vcpu->pmp.installed[word] == vcpu->pmp.view[vcpu->pmp.current][word]);
	}
}

/** Restricts the proof to the states of the firmware in which PMP view @p view is in effect. It makes the view, and so the
 * addresses of its registers, constant; CBMC needs much less memory then. */
static inline void state_assume_view(struct vcpu *vcpu, enum pmp_view view)
{
	assume(vcpu->mprv_armed == (view == PMP_VIEW_MPRV));
	vcpu->mprv_armed = view == PMP_VIEW_MPRV;
	vcpu->pmp.current = view;
}

/** Whether the CSRs that live in struct vcpu have the same values in @p a and @p b. */
static inline bool state_same_memory(const struct vcpu *a, const struct vcpu *b)
{
	return __CPROVER_equal(a->csr.by_index, b->csr.by_index);
}

/** Whether the view @p view of PMP is the one that physical PMP holds. */
static inline bool state_view_is_installed(const struct vcpu *vcpu, enum pmp_view view)
{
	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
		if (proof_hart.value[CSR_SLOT_pmpcfg + 2 * word] != vcpu->pmp.view[view][word])
			return false;
	return vcpu->pmp.current == view && !vcpu->pmp.stale[view];
}

#endif
