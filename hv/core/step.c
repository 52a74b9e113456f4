/* The steps in C that the first tier continues with (hv/virt/fast.h): access faults of the firmware, interrupts, and
 * the end of an exit. A step has the same effect as exit_handle. hv uses steps only for exits that no module's hook
 * sees. The only exceptions are on_interrupt and the hook of the switch to the firmware: the step of an interrupt calls
 * them, as exit_handle does. hv/config/emit_dispatch.py generates the jumps to the steps. */
#include "hv/arch/csr.h"
#include "hv/arch/live.h"
#include "hv/core/core.h"
#include "hv/core/observe.h"
#include "hv/device/upcalls.h"
#include "hv/device/vclint.h"
#include "hv/virt/emulate.h"
#include "hv/virt/firmware_word.h"
#include "hv/virt/transition.h"

#define A7 17

/* Whether the trap came from the guest. If it came from hv itself, the slow tier reports it. This function also clears
 * MDT, so that guarded accesses may trap from here on. On a machine with Smdbltrp, every trap sets MDT. */
static bool is_guests(void)
{
	uint64_t status = csr_read(CSR_mstatus);

	csr_clear(CSR_mstatus, MSTATUS_MDT);
	return field_get(MSTATUS_MPP, status) != MODE_MACHINE;
}

static void note_step(struct vcpu *vcpu, uint64_t cause, uint64_t pc)
{
	vcpu->pc = pc;
	vcpu->trap.cause = cause;
	vcpu->trap.value = csr_read(CSR_mtval);
	vcpu->trap.pc = pc;
	vcpu->trap.instruction_known = false;
	if (CONFIG_OBSERVED) {
		vcpu->trap.outcome = TRACE_EMULATED;
		vcpu->trap.module = TRACE_NO_MODULE;
		if (HAVE_HOOK_switch_from_payload_to_firmware)
			vcpu->trap.eid = vcpu_reg(vcpu, A7);
	}
}

/* Takes a virtual interrupt that is due, switches worlds if the guest's mode requires it, and ends the exit. */
static void finish_step(struct hart *hart, enum world before, uint64_t value)
{
	struct vcpu *vcpu = &hart->vcpu;
	const struct trap *trap = &vcpu->trap;
	unsigned interrupt = vcpu_pending_interrupt(vcpu);

	if (interrupt)
		vcpu_take_interrupt(vcpu, interrupt);
	if ((vcpu->mode == MODE_MACHINE) != (vcpu->world == WORLD_FIRMWARE))
		exit_switch_world(hart);
	csr_write(CSR_mepc, vcpu->pc);
	step_observe(vcpu, trap->pc, value, FAST_KIND(exit_cause(trap), before, vcpu->world, trap->outcome));
}

/* ---- access faults of the firmware ---- */

struct step_answer step_access(struct vcpu *vcpu, uint64_t cause)
{
	struct hart *hart = (struct hart *)vcpu; /* struct vcpu is the first member of struct hart */
	struct instruction instruction;
	uint64_t pc = vcpu->pc, value = csr_read(CSR_mtval);

	if (!is_guests() || !firmware_word_stays(pc))
		return (struct step_answer){ STEP_REFUSED, 0 };
	note_step(vcpu, cause, pc);
	vcpu->trap.instruction = firmware_word(pc);
	vcpu->trap.instruction_known = true;
	if (!instruction_decode_plain(vcpu->trap.instruction, &instruction))
		instruction = instruction_decode(vcpu->trap.instruction);
	if (firmware_access(hart, &instruction) && !vcpu_pending_interrupt(vcpu)) {
		unsigned rd = instruction.is_float ? 0 : instruction.rd;

		csr_write(CSR_mepc, pc); /* a guarded access may have trapped and changed these CSRs */
		csr_write(CSR_mtval, value);
		csr_write(CSR_mcause, cause);
		return (struct step_answer){ STEP_FINISH, register_is_saved(rd) ? 0 : rd };
	}
	finish_step(hart, WORLD_FIRMWARE, value);
	return (struct step_answer){ STEP_RESTORE, 0 };
}

struct step_answer step_software(struct vcpu *vcpu, uint64_t address, uint64_t value, uint64_t next)
{
	struct vcpu *target = vclint_owner(address);

	if (target == NULL || target->msip_address != address)
		return (struct step_answer){ STEP_REFUSED, 0 };
	vcpu->pc = next;
	vclint_set_software(target, (uint32_t)value);
	if (target != vcpu)
		vclint_notify(target);
	return (struct step_answer){ STEP_FINISH, 0 };
}

/* ---- interrupts ---- */

uint64_t step_interrupt(struct vcpu *vcpu, uint64_t cause)
{
	struct hart *hart = (struct hart *)vcpu;
	enum world before = vcpu->world;

	csr_clear(CSR_mstatus, MSTATUS_MDT);
	note_step(vcpu, cause, csr_read(CSR_mepc));
	if (before == WORLD_PAYLOAD)
		vcpu->mode = (enum mode)field_get(MSTATUS_MPP, csr_read(CSR_mstatus));
	interrupts_serve(hart);
	finish_step(hart, before, vcpu->trap.value);
	if (HAVE_HOOK_switch_from_payload_to_firmware && vcpu->world != before)
		hart->hook_ran = true;
	if (MODULE_COUNT == 0 || !hart->hook_ran)
		return STEP_DONE;
	hart->hook_ran = false;
	return STEP_RESTORE;
}

/* ---- observing ---- */

__attribute__((noinline)) void step_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	const struct exit exit = exit_of_kind(vcpu, pc, value, kind);

	if (!CONFIG_OBSERVED)
		return;
	observe((struct hart *)vcpu, &exit);
	record_exit(vcpu, pc, value, kind);
}

uint64_t step_record(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	record_exit(vcpu, pc, value, kind);
	return STEP_DONE;
}

uint64_t step_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	vcpu->pc = csr_read(CSR_mepc);
	record_answer(vcpu);
	step_observe(vcpu, pc, value, kind);
	return STEP_DONE;
}
