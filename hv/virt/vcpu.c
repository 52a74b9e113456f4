/* The virtual M-mode machine: writes of mstatus, virtual traps and returns, interrupt enables, and counters. The parts
 * that fast paths also use are inline in transition.h. This file also changes the PMP view and physical mie, and stores
 * what the trace needs to know about the exit. */
#include "hv/virt/vcpu.h"

#include "hv/arch/csr.h"
#include "hv/virt/machine.h"
#include "hv/virt/transition.h"
#include "hv/virt/upcalls.h"

void vcpu_reset(struct vcpu *vcpu)
{
	vcpu->mode = MODE_MACHINE;
	vcpu->world = WORLD_FIRMWARE;
	for (unsigned index = 0; index < CSR_MEMORY_COUNT; index++)
		vcpu->csr_mask.by_index[index] = ~0ull;
	vcpu->csr_mask.mepc = machine.pc_mask;
	vcpu->csr_mask.mcause = machine.cause_mask;
	vcpu->csr_mask.mtval = machine.value_mask;
	vcpu->mstatus = field_set(MSTATUS_UXL, 0, XLEN_64) | field_set(MSTATUS_SXL, 0, XLEN_64);
	vcpu->payload_status = field_set(MSTATUS_UXL, 0, XLEN_64);
	vcpu->machine_timer = false;
	if (machine.has_mcounteren)
		vcpu->mcounteren = csr_read(CSR_mcounteren) & machine.mcounteren_mask;
	vcpu_update_counters(vcpu);
}

/* ---- mstatus ---- */

uint64_t vcpu_mstatus(const struct vcpu *vcpu)
{
	return transition_mstatus(vcpu);
}

void vcpu_set_mstatus(struct vcpu *vcpu, uint64_t value)
{
	uint64_t writable = machine.mstatus_mask;

	if (field_get(MSTATUS_MPP, value) == 2) /* this mode is reserved, so MPP keeps the old mode (3.1.6.1, WARL) */
		writable &= ~MSTATUS_MPP;
	vcpu->mstatus = field_merge(writable, vcpu->mstatus, value);
	csr_write(CSR_mstatus, field_merge(MSTATUS_HARDWARE, csr_read(CSR_mstatus) & ~MSTATUS_SEPARATE, value));
	vcpu_update_mprv(vcpu);
	vcpu_update_interrupt_enables(vcpu);
}

bool vcpu_extensions_are_off(const struct vcpu *vcpu)
{
	return (csr_read(CSR_mstatus) ^ vcpu->mstatus) & MSTATUS_SEPARATE;
}

void vcpu_extensions_turn_on(struct vcpu *vcpu)
{
	if (vcpu->mstatus & MSTATUS_FS)
		vcpu->mstatus |= MSTATUS_FS;
	if (vcpu->mstatus & MSTATUS_VS)
		vcpu->mstatus |= MSTATUS_VS;
	csr_write(CSR_mstatus, field_merge(MSTATUS_SEPARATE, csr_read(CSR_mstatus), vcpu->mstatus));
}

void vcpu_update_mprv(struct vcpu *vcpu)
{
	bool armed = (vcpu->mstatus & MSTATUS_MPRV) && field_get(MSTATUS_MPP, vcpu->mstatus) != MODE_MACHINE;

	if (armed == vcpu->mprv_armed)
		return;
	vcpu->mprv_armed = armed;
	if (vcpu->world == WORLD_FIRMWARE)
		pmp_install(vcpu, armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE);
}

/* ---- interrupts ---- */

void vcpu_update_interrupt_enables(struct vcpu *vcpu)
{
	csr_write(CSR_mie, transition_firmware_enables(vcpu));
}

uint64_t vcpu_mip(const struct vcpu *vcpu)
{
	return transition_mip(vcpu);
}

/* Virtual mie. In the payload world, its S bits live in physical mie. */
static uint64_t vcpu_enables(const struct vcpu *vcpu)
{
	return vcpu->world == WORLD_FIRMWARE ? vcpu->mie : field_merge(IP_S_BITS, vcpu->mie, csr_read(CSR_mie));
}

static unsigned highest_priority(uint64_t pending)
{
	static const uint8_t order[] = { INTERRUPT_MEI, INTERRUPT_MSI, INTERRUPT_MTI,
					 INTERRUPT_SEI, INTERRUPT_SSI, INTERRUPT_STI };
	unsigned i = 0;

	while (!(pending >> order[i] & 1))
		i++;
	return order[i];
}

unsigned vcpu_pending_interrupt(const struct vcpu *vcpu)
{
	if (vcpu->mode == MODE_MACHINE && !(vcpu->mstatus & MSTATUS_MIE))
		return 0;

	uint64_t pending = vcpu_mip(vcpu) & vcpu_enables(vcpu);

	pending &= ~(csr_read(CSR_mideleg) & IP_S_BITS);
	return pending ? highest_priority(pending) : 0;
}

bool vcpu_wfi_wakes(const struct vcpu *vcpu)
{
	return vcpu_mip(vcpu) & vcpu->mie;
}

/* ---- traps and returns ---- */

/* If the first instruction of the firmware's trap handler cannot be fetched, reports this. The trap at this instruction
 * then leads to the same instruction again, forever. */
static COLD void check_handler(const struct vcpu *vcpu)
{
	if (vcpu->mode == MODE_MACHINE && vcpu->pc == tvec_target(vcpu->mtvec, CAUSE_FETCH_ACCESS))
		vcpu_handler_missing(vcpu);
}

void vcpu_take_trap(struct vcpu *vcpu, uint64_t cause, uint64_t value)
{
	if (__builtin_expect(cause == CAUSE_FETCH_ACCESS, 0))
		check_handler(vcpu);
	vcpu_note_outcome(vcpu, cause & CAUSE_INTERRUPT ? TRACE_INJECTED : TRACE_FORWARDED);
	vcpu->pc = transition_trap(vcpu, vcpu->pc, vcpu->mode, cause, value);
	vcpu_update_mprv(vcpu);
	if (vcpu->world == WORLD_FIRMWARE)
		vcpu_update_interrupt_enables(vcpu);
}

static uint64_t source_of(unsigned interrupt)
{
	switch (interrupt) {
	case INTERRUPT_MEI:
	case INTERRUPT_SEI:
		return TRACE_SOURCE_EXTERNAL;
	case INTERRUPT_MTI:
	case INTERRUPT_STI:
		return TRACE_SOURCE_TIMER;
	default:
		return TRACE_SOURCE_SOFTWARE;
	}
}

void vcpu_take_interrupt(struct vcpu *vcpu, unsigned interrupt)
{
	vcpu_take_trap(vcpu, CAUSE_INTERRUPT | interrupt, 0);
	if (CONFIG_TRACE)
		trace_emit_interrupt(vcpu->tracer, (struct trace_interrupt){ .cause = TRACE_CAUSE_INTERRUPT | interrupt,
									     .source = source_of(interrupt) });
}

void vcpu_reflect_to_supervisor(struct vcpu *vcpu, uint64_t cause, uint64_t value)
{
	uint64_t status = csr_read(CSR_mstatus);
	vcpu_note_outcome(vcpu, TRACE_REFLECTED);
	uint64_t entered = status & ~(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_MPP);

	if (status & MSTATUS_SIE)
		entered |= MSTATUS_SPIE;
	if (vcpu->mode == MODE_SUPERVISOR)
		entered |= MSTATUS_SPP;
	csr_write(CSR_mstatus, field_set(MSTATUS_MPP, entered, MODE_SUPERVISOR));
	csr_write(CSR_sepc, vcpu->pc);
	csr_write(CSR_scause, cause);
	csr_write(CSR_stval, value);
	vcpu->pc = tvec_target(csr_read(CSR_stvec), cause);
	vcpu->mode = MODE_SUPERVISOR;
}

void vcpu_deliver_exception(struct vcpu *vcpu, uint64_t cause, uint64_t value)
{
	if (vcpu->mode != MODE_MACHINE && (vcpu->medeleg >> cause & 1))
		vcpu_reflect_to_supervisor(vcpu, cause, value);
	else
		vcpu_take_trap(vcpu, cause, value);
}

void vcpu_mret(struct vcpu *vcpu)
{
	vcpu->pc = transition_mret(vcpu);
	vcpu_update_mprv(vcpu);
	if (vcpu->mode == MODE_MACHINE)
		vcpu_update_interrupt_enables(vcpu);
}

void vcpu_sret(struct vcpu *vcpu)
{
	uint64_t physical = csr_read(CSR_mstatus);
	uint64_t status = physical & ~(MSTATUS_SIE | MSTATUS_SPP);

	vcpu->mode = physical & MSTATUS_SPP ? MODE_SUPERVISOR : MODE_USER;
	if (physical & MSTATUS_SPIE)
		status |= MSTATUS_SIE;
	csr_write(CSR_mstatus, status | MSTATUS_SPIE);
	vcpu->mstatus &= ~MSTATUS_MPRV; /* because the mode after sret is less privileged than M (3.1.6.3) */
	vcpu->pc = csr_read(CSR_sepc);
	vcpu_update_mprv(vcpu);
}

/* ---- counters ---- */

void vcpu_update_counters(struct vcpu *vcpu)
{
	transition_update_counters(vcpu);
}
