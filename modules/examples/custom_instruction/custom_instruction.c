/* Emulates one instruction. The module claims illegal instructions, so that it also sees them if the firmware delegates
 * them to S-mode. */
#define LOG_NAME custom_instruction
#include "modules/examples/custom_instruction/custom_instruction.h"

#define OPCODE 0x0b
#define OPCODE_MASK 0x7f

/* The number of the register whose field begins at bit @p shift of @p word. */
static unsigned register_at(uint32_t word, unsigned shift)
{
	return word >> shift & 31;
}

enum hook_action custom_instruction_trap_from_payload(struct custom_instruction *self, struct hart *hart,
						      struct vcpu *vcpu)
{
	(void)self, (void)hart;
	if (vcpu_fault_instruction(vcpu) != ERROR_NONE)
		return HOOK_IGNORE; /* another hart has changed the page table since the trap */

	uint32_t word = vcpu_trap(vcpu)->instruction;

	if ((word & OPCODE_MASK) != OPCODE)
		return HOOK_IGNORE;
	vcpu_set_reg(vcpu, register_at(word, 7),
		     vcpu_reg(vcpu, register_at(word, 15)) ^ vcpu_reg(vcpu, register_at(word, 20)));
	vcpu_skip_instruction(vcpu);
	return HOOK_OVERWRITE;
}
