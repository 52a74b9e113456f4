/* Proof: the steps step_access and step_interrupt leave the guest's registers, pc, mode and CSRs, physical CSRs and virtual
 * PMP as exit_handle, the slow tier, if the functions that both of them call do the same.
 * Bound: one exit; 16 PMP entries; no modules, or one that changes all registers when hv switches to the
 * firmware. The instruction is the word of the case, in RAM or elsewhere; the values of
 * all registers and CSRs are free.
 * Stubs: trap.S; firmware_access and interrupts_serve, which change what they may change, and do the same in both tiers.
 * Assumptions: those of fast_proof.c. */
#include "hv/proofs/tiers.h"
#include "hv/virt/emulate.h"
#include "hv/virt/instruction.h"

/* The case: the world that the trap came from is that of VIEW, CAUSE is mcause, and WORD is the instruction of an access. */
#define IS_INTERRUPT (((uint64_t)(CAUSE)&CAUSE_INTERRUPT) != 0)

/* ---- functions of hv/core, which do the same in both tiers ---- */

static struct {
	bool done;             /* whether the access has been carried out */
	uint64_t result;       /* the value that it loads */
	uint64_t cause, value; /* the trap that the firmware takes if it has not */
	bool timer;            /* virtual MTIP and MSIP after the access, or after the interrupt has been served */
	uint32_t software;
	uint64_t registers[32]; /* after the module's hook */
} outcome;

/* The instruction that firmware_access gets in the fast tier. */
static struct instruction instruction_before;

static bool same_instruction(const struct instruction *a, const struct instruction *b)
{
	return a->kind == b->kind && a->length == b->length && a->rd == b->rd && a->rs1 == b->rs1 && a->rs2 == b->rs2 &&
	       a->width == b->width && a->is_signed == b->is_signed && a->is_float == b->is_float &&
	       a->operation == b->operation && a->offset == b->offset;
}

static void set_pending(struct vcpu *vcpu)
{
	vcpu->machine_timer = outcome.timer;
	vcpu->machine_software = outcome.software;
}

/* Guarded accesses may trap. They change these CSRs then. */
static void trap_of_hv(void)
{
	proof_hart.value[CSR_SLOT_mepc] = nondet_u64() & ~1ull;
	proof_hart.value[CSR_SLOT_mcause] = nondet_u64();
	proof_hart.value[CSR_SLOT_mtval] = nondet_u64();
}

bool firmware_access(struct hart *hart, const struct instruction *instruction)
{
	struct vcpu *vcpu = &hart->vcpu;

	prove(vcpu->trap.cause == CAUSE && vcpu->trap.value == hart_before.value[CSR_SLOT_mtval] &&
		      vcpu->trap.pc == (uint64_t)code && vcpu->pc == (uint64_t)code && vcpu->trap.instruction_known &&
		      vcpu->trap.instruction == (instruction_is_long(WORD) ? WORD : WORD & 0xffff),
	      "both tiers describe the trap to firmware_access");
	if (end == END_NONE)
		instruction_before = *instruction;
	else
		prove(same_instruction(instruction, &instruction_before), "both tiers decode the same instruction");
	trap_of_hv();
	set_pending(vcpu);
	if (!outcome.done) {
		vcpu_take_trap(vcpu, outcome.cause, outcome.value);
		return false;
	}
	if (instruction->kind != INSTRUCTION_STORE && !instruction->is_float)
		vcpu_set_reg(vcpu, instruction->rd, outcome.result);
	vcpu->pc += instruction->length;
	return true;
}

void interrupts_serve(struct hart *hart)
{
	prove(hart->vcpu.trap.cause == (uint64_t)CAUSE && hart->vcpu.pc == hart_before.value[CSR_SLOT_mepc],
	      "both tiers describe the trap to interrupts_serve");
	set_pending(&hart->vcpu);
}

void record_answer(struct vcpu *vcpu)
{
	(void)vcpu;
}

#if HAVE_HOOK_switch_from_payload_to_firmware
void switching_switch_from_payload_to_firmware(struct switching *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self;
	prove(hart == &subject && vcpu == &hart->vcpu && vcpu->world == WORLD_PAYLOAD &&
		      __CPROVER_equal(vcpu->regs, before.regs),
	      "the hook sees the registers of the payload");
	for (unsigned i = 1; i < 32; i++)
		vcpu->regs[i] = outcome.registers[i];
}
#endif

/* ---- trap.S ---- */

/* What save_callee_saved does. */
static void save_callee_saved(struct vcpu *vcpu)
{
	registers_from_hardware();
	vcpu->pc = csr_read(CSR_mepc);
}

/* What trap_return does. */
static void return_from_struct(struct vcpu *vcpu)
{
	for (unsigned i = 1; i < 32; i++)
		if (!register_is_saved(i))
			hart_live[i] = vcpu->regs[i];
	csr_write(CSR_mepc, vcpu->pc);
	end_with(END_RETURN);
}

void trap_step_access(struct vcpu *vcpu, uint64_t cause)
{
	struct step_answer answer;

	save_callee_saved(vcpu);
	answer = step_access(vcpu, cause);
	if (answer.step == STEP_FINISH)
		return fast_finish_step(vcpu, answer.value);
	if (answer.step == STEP_REFUSED)
		return trap_slow(vcpu);
	prove(answer.step == STEP_RESTORE, "step_access ends in a way that trap_step_access knows");
	return return_from_struct(vcpu);
}

static void step_of_interrupt(struct vcpu *vcpu)
{
	uint64_t step;

	save_callee_saved(vcpu);
	step = step_interrupt(vcpu, csr_read(CSR_mcause));
	if (MODULE_COUNT && step == STEP_RESTORE)
		return return_from_struct(vcpu);
	prove(step == STEP_DONE, "a step for an interrupt ends in a way that trap.S knows");
	return trap_return_fast(vcpu);
}

/* ---- states ---- */

static void set_constants(void)
{
	set_common_constants(VIEW, CAUSE);
	if (!IS_INTERRUPT)
		proof_hart.value[CSR_SLOT_mepc] = (uint64_t)code;
	if (end == END_RETURN)
		machine.word_places = 2;
}

static void fast_tier(void)
{
	if (IS_INTERRUPT)
		step_of_interrupt(&subject.vcpu);
	else
		trap_step_access(&subject.vcpu, csr_read(CSR_mcause));
}

int main(void)
{
	choose_state(VIEW == PMP_VIEW_PAYLOAD ? WORLD_PAYLOAD : WORLD_FIRMWARE);
	assume(~hart_writable[CSR_SLOT_mtval] == 0 && ~hart_writable[CSR_SLOT_mcause] == 0);
	set_instruction(WORD);
	outcome.done = nondet_bool();
	outcome.result = nondet_u64();
	outcome.cause = nondet_u64();
	outcome.value = nondet_u64();
	outcome.timer = nondet_bool();
	outcome.software = nondet_bool();
	for (unsigned i = 0; i < 32; i++)
		outcome.registers[i] = nondet_u64();
	assume(outcome.cause < 64);
	prove(IS_INTERRUPT || instruction_is_long(WORD) || WORD >> 16 == 0, "the word of the case is one instruction");

	bool in_ram = nondet_bool();

	machine.word_places = in_ram ? 2 : 0;
	if (run_fast_tier())
		run_slow_tier();
	prove((end == END_RETURN) == (in_ram || IS_INTERRUPT),
	      "a step ends each exit, except for an access by an instruction outside RAM");
	return 0;
}
