/* custom_instruction: gives the payload an instruction that no machine has: opcode 0x0b (custom-0) in format R, with the effect
 * rd = rs1 xor rs2. It works in S-mode and U-mode.
 * The generated dispatch code calls the hook. Must not change what other illegal instructions do. */
#ifndef MODULES_EXAMPLES_CUSTOM_INSTRUCTION_H
#define MODULES_EXAMPLES_CUSTOM_INSTRUCTION_H

#include "hv/module/api.h"

/** The module has no state, but C needs a member. */
struct custom_instruction {
	uint8_t unused;
};

/** Carries out the instruction. hv calls it only for illegal instructions. */
enum hook_action custom_instruction_trap_from_payload(struct custom_instruction *self, struct hart *hart,
						      struct vcpu *vcpu);

#endif
