/* Handles an exit in the slow tier (docs/architecture.md). exit_handle shows the order of the work. It reads the trap's
 * CSRs, and calls the modules' hooks. Then it does what hv does by default for the cause, takes a virtual interrupt
 * that is due, and switches worlds if the guest's mode requires it. At the end it calls the observers. Exits that a
 * fast path or a step handles do not come here. */
#define LOG_NAME hv_core
#include "abi/sbi.h"
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/core/core.h"
#include "hv/core/observe.h"
#include "hv/virt/emulate.h"
#include "hv/virt/transition.h"

#define A6 16
#define A7 17

/* Warns about modules that forget one of two things. If a module takes over a trap and leaves the guest's pc at the
 * instruction, the guest traps again. If a module moves pc and leaves the trap to hv, the trap is handled twice, and its
 * second handler gets a wrong pc. */
static COLD void check_pc(const struct vcpu *vcpu, enum hook_action action)
{
	bool moved = vcpu->pc != vcpu->trap.pc;

	if (vcpu->trap.cause & CAUSE_INTERRUPT)
		return;
	if (action == HOOK_OVERWRITE && !moved && !vcpu->trap.repeats)
		log_warn("a module overwrote cause %lu at 0x%lx, and pc did not move", vcpu->trap.cause, vcpu->pc);
	if (action == HOOK_IGNORE && moved)
		log_warn("a module left cause %lu at 0x%lx to hv, but moved pc", vcpu->trap.cause, vcpu->trap.pc);
}

/* hv writes an ECALL record only for a call that the firmware answers. If hv or a module has answered an SBI call, the
 * exit's record shows the function in the place of mtval. */
static void note_answered(struct vcpu *vcpu)
{
	bool is_call = vcpu->trap.cause >= CAUSE_ECALL_U && vcpu->trap.cause <= CAUSE_ECALL_VS;

	if (is_call && vcpu->world == WORLD_PAYLOAD && vcpu->mode != MODE_MACHINE)
		vcpu->trap.value = TRACE_CALL(vcpu->trap.eid, vcpu_reg(vcpu, A6)); /* a call keeps a6 (SBI 2.0, 3) */
}

/* Whether a module has taken over the trap. */
static bool overwrites(struct vcpu *vcpu, enum hook_action action)
{
	if (action == HOOK_OVERWRITE) {
		vcpu_note_outcome(vcpu, TRACE_OFFLOADED);
		if (CONFIG_TRACE)
			note_answered(vcpu);
	}
	if (CONFIG_CHECKS)
		check_pc(vcpu, action);
	return action == HOOK_OVERWRITE;
}

/* ---- the firmware's exceptions ---- */

static void sleep_counted(struct hart *hart)
{
	uint64_t since = csr_read(CSR_mcycle);

	wait_for_interrupt();
	hart->slept += csr_read(CSR_mcycle) - since;
}

static void wait_as_guest(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	trace_emit_wfi_enter(vcpu->tracer, (struct trace_wfi_enter){ .pc = vcpu->pc });
	for (;;) {
		csr_write(CSR_mie, vcpu->mie | IP_MSI | IP_MTI);
		if (vcpu_wfi_wakes(vcpu))
			break;
		sleep_counted(hart);
		interrupts_serve(hart);
	}
	trace_emit_wfi_leave(vcpu->tracer, (struct trace_wfi_leave){ .slept = hart->slept });
	if (CONFIG_TRACE && __builtin_expect(hart->slept != 0, 0) && vcpu->tracer->ring.mask)
		trace_sync(vcpu->tracer); /* mcycle may have stopped during the sleep */
	vcpu_update_interrupt_enables(vcpu);
	vcpu_skip_instruction(vcpu);
}

static void firmware_illegal(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	IGNORE_ERROR(vcpu_fault_instruction(vcpu)); /* if it cannot be read, the word is 0, which is illegal, too */
	switch (emulate_privileged(vcpu)) {
	case EMULATION_DONE:
		break;
	case EMULATION_ILLEGAL:
		if (CONFIG_HIDE_EXTENSION_STATE && hidden_registers_lend(hart))
			break;
		vcpu_take_trap(vcpu, CAUSE_ILLEGAL, vcpu->trap.instruction);
		break;
	case EMULATION_FAULT:
		denied_note(hart, vcpu->fault.cause, vcpu->fault.value, 0); /* a cache-block instruction */
		vcpu_take_trap(vcpu, vcpu->fault.cause, vcpu->fault.value);
		break;
	case EMULATION_WFI:
		wait_as_guest(hart);
		break;
	}
}

/* Handles an access fault of the firmware. If hv cannot read the instruction, it uses the word 0. That word is no load
 * or store, so hv does not emulate it. */
static void firmware_fault(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	uint32_t word = vcpu_fault_instruction(vcpu) == ERROR_NONE ? vcpu->trap.instruction : 0;
	struct instruction instruction = instruction_decode(word);

	(void)firmware_access(hart, &instruction);
}

static void firmware_ecall(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	if (overwrites(vcpu, dispatch_ecall_from_firmware(&hart->modules, hart, vcpu)))
		return;
	if (!ecall_handle(hart))
		vcpu_take_trap(vcpu, CAUSE_ECALL_M, 0);
}

static void firmware_exception(struct hart *hart)
{
	switch (hart->vcpu.trap.cause) {
	case CAUSE_ILLEGAL:
		firmware_illegal(hart);
		break;
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_ACCESS:
		firmware_fault(hart);
		break;
	case CAUSE_ECALL_U:
		firmware_ecall(hart);
		break;
	case CAUSE_FETCH_ACCESS:
		if (CONFIG_PMP_FEW && refill(hart))
			break;
		__attribute__((fallthrough));
	default:
		denied_note(hart, hart->vcpu.trap.cause, hart->vcpu.trap.value, 0);
		vcpu_take_trap(&hart->vcpu, hart->vcpu.trap.cause, hart->vcpu.trap.value);
		break;
	}
}

/* ---- the payload's exceptions ---- */

/* Emulates the payload's read of a counter. If a virtual counter differs from the physical counter, hv clears the
 * counter's bit in physical mcounteren, so that reads of the counter trap (semantics 24). */
static COLD bool payload_counter_read(struct vcpu *vcpu)
{
	if (!vcpu->counters_withheld || vcpu_fault_instruction(vcpu) != ERROR_NONE)
		return false;

	struct instruction instruction = instruction_decode(vcpu->trap.instruction);
	bool is_read = instruction.kind == INSTRUCTION_CSR && instruction.operation != CSR_OPERATION_WRITE &&
		       instruction.rs1 == 0;
	uint64_t value, enabled = vcpu->mcounteren;

	if (!is_read || (instruction.csr != CSR_cycle && instruction.csr != CSR_instret))
		return false;
	if (vcpu->mode == MODE_USER)
		enabled &= csr_read(CSR_scounteren);
	if (!(enabled >> (instruction.csr - CSR_cycle) & 1) ||
	    csr_virtual_read(vcpu, instruction.csr, &value) != ERROR_NONE)
		return false;
	vcpu_set_reg(vcpu, instruction.rd, value);
	vcpu_skip_instruction(vcpu);
	return true;
}

static bool payload_default(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	switch (vcpu->trap.cause) {
	case CAUSE_ECALL_S:
		if (overwrites(vcpu, dispatch_ecall_from_payload(&hart->modules, hart, vcpu)))
			return true;
		if (!ecall_handle(hart))
			return false;
		if (CONFIG_TRACE)
			note_answered(vcpu);
		return true;
	case CAUSE_ECALL_U:
	case CAUSE_ECALL_VS:
		return overwrites(vcpu, dispatch_ecall_from_payload(&hart->modules, hart, vcpu));
	case CAUSE_ILLEGAL:
		return payload_counter_read(vcpu);
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_ACCESS:
		return device_access(hart) || (CONFIG_PMP_FEW && refill(hart));
	case CAUSE_FETCH_ACCESS:
		return CONFIG_PMP_FEW && refill(hart);
	default:
		return false;
	}
}

/* Reports the payload's access fault to the module that has denied the access, if any. */
static COLD void note_denied(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	bool is_fetch = vcpu->trap.cause == CAUSE_FETCH_ACCESS; /* the instruction cannot be read then */
	bool is_known = !is_fetch && vcpu_fault_instruction(vcpu) == ERROR_NONE;

	denied_note(hart, vcpu->trap.cause, vcpu->trap.value,
		    is_known ? instruction_decode(vcpu->trap.instruction).width : 0);
}

static void deliver(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	if (HAVE_HOOK_access_denied && vcpu_trap_is_one_of(vcpu, DELEGATION_KEPT))
		note_denied(hart);
	if (vcpu->trap.cause == CAUSE_ECALL_S && !(vcpu->medeleg >> CAUSE_ECALL_S & 1)) {
		vcpu_note_call(vcpu, vcpu->trap.pc);
		if (CONFIG_HART_STATE && vcpu_reg(vcpu, A7) == SBI_EID_HSM)
			hsm_note_call(hart);
		if (CONFIG_RESET_BY_SBI && shutdown_is_asked_for(vcpu))
			shutdown_by_call(hart);
	}
	vcpu_deliver_exception(vcpu, vcpu->trap.cause, vcpu->trap.value);
}

/* ---- the whole exit ---- */

static void handle_trap(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	bool firmware = vcpu->world == WORLD_FIRMWARE;
	enum hook_action action = firmware ? dispatch_trap_from_firmware(&hart->modules, hart, vcpu)
					   : dispatch_trap_from_payload(&hart->modules, hart, vcpu);

	if (vcpu->trap.cause & CAUSE_INTERRUPT)
		interrupts_serve(hart); /* the firmware's interrupts are injected in exit_handle */
	else if (overwrites(vcpu, action))
		return;
	else if (firmware)
		firmware_exception(hart);
	else if (!payload_default(hart))
		deliver(hart);
}

static COLD void check_entry(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	vcpu->started = !CONFIG_HART_STATE || hsm_note_entry(hart);
	if (CONFIG_HIDE_EXTENSION_STATE)
		hidden_registers_return(hart);
	if (hart->entered)
		return;
	hart->entered = true;
	dispatch_payload_start(&hart->modules, hart, vcpu);
	if (!pmp_allows(vcpu, vcpu->pc, 2, PMP_ACCESS_EXECUTE, false))
		log_error("the firmware's PMP does not let the payload execute at 0x%lx: %u entries, %u used "
			  "(%u physical, %u hv, %u modules)",
			  vcpu->pc, machine.pmp_virtual, pmp_entries_in_use(vcpu), machine.pmp_used, PMP_OWN_ENTRIES,
			  machine.pmp_modules);
}

void exit_switch_world(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	if (vcpu->world == WORLD_PAYLOAD) {
		dispatch_switch_from_payload_to_firmware(&hart->modules, hart, vcpu);
		world_enter_firmware(vcpu);
		pmp_install(vcpu, vcpu->mprv_armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE);
	} else {
		if (__builtin_expect(!vcpu->started, 0))
			check_entry(hart);
		record_answer(vcpu);
		world_enter_payload(vcpu);
		dispatch_switch_from_firmware_to_payload(&hart->modules, hart, vcpu);
		pmp_install(vcpu, PMP_VIEW_PAYLOAD);
	}
}

static void note_trap(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	uint64_t status = csr_read(CSR_mstatus);

	vcpu->trap.cause = csr_read(CSR_mcause);
	vcpu->trap.value = csr_read(CSR_mtval);
	vcpu->trap.pc = vcpu->pc;
	vcpu->trap.instruction_known = false;
	if (CONFIG_CHECKS)
		vcpu->trap.repeats = false;
	if (CONFIG_OBSERVED) {
		vcpu->trap.outcome = TRACE_EMULATED;
		vcpu->trap.module = TRACE_NO_MODULE;
		vcpu->trap.eid = vcpu_reg(vcpu, A7);
		hart->slept = 0;
	}
	if (__builtin_expect((status & MSTATUS_MDT) != 0, 0)) /* with Smdbltrp, every trap sets MDT */
		csr_clear(CSR_mstatus, MSTATUS_MDT);
	if (__builtin_expect(field_get(MSTATUS_MPP, status) == MODE_MACHINE, 0))
		panic(hart, "a trap in hv itself");
	if (vcpu->world == WORLD_PAYLOAD)
		vcpu->mode = (enum mode)field_get(MSTATUS_MPP, status);
}

static void end_exit(struct hart *hart, enum world before)
{
	struct vcpu *vcpu = &hart->vcpu;
	const struct trap *trap = &vcpu->trap;
	uint64_t value = trap->cause == CAUSE_ILLEGAL && trap->instruction_known ? trap->instruction : trap->value;
	struct exit exit = exit_of(vcpu, trap->pc, value);

	exit.eid = trap->eid; /* a7 may have changed meanwhile */
	exit.slept = hart->slept;
	exit.cause = exit_cause(trap);
	exit.before = before;
	exit.after = vcpu->world;
	exit.outcome = (enum trace_outcome)trap->outcome;
	exit.module = trap->module;
	observe(hart, &exit);
	if (CONFIG_TRACE)
		vcpu->tracer->ring.start += hart->slept; /* the record's duration must not include time asleep */
	record_exit(vcpu, trap->pc, value,
		    FAST_KIND(exit.cause, before, exit.after, exit.outcome) | FAST_KIND_OF_MODULE(exit.module));
}

void exit_handle(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	note_trap(hart);

	enum exec_mode previous = vcpu_mode(vcpu);
	enum world before = vcpu->world;

	handle_trap(hart);

	unsigned interrupt = vcpu_pending_interrupt(vcpu);

	if (interrupt)
		vcpu_take_interrupt(vcpu, interrupt);
	/* hv reads the instruction now. mtval may be 0, and after a world switch hv could not read the instruction any
	 * more. */
	if (CONFIG_OBSERVED && vcpu->trap.cause == CAUSE_ILLEGAL)
		IGNORE_ERROR(vcpu_fault_instruction(vcpu)); /* end_exit uses the instruction only if it is known */
	dispatch_decided_next_exec_mode(&hart->modules, hart, vcpu, previous, vcpu_mode(vcpu));
	if ((vcpu->mode == MODE_MACHINE) != (vcpu->world == WORLD_FIRMWARE))
		exit_switch_world(hart);
	else if (MODULE_PMP_ENTRIES > 0 && vcpu->pmp.address_changed)
		pmp_install(vcpu, vcpu->pmp.current);
	if (CONFIG_OBSERVED)
		end_exit(hart, before);
}
