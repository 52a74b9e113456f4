/* Hides the payload's FP and vector registers from the firmware. In the firmware world, physical FS and VS are Off, which
 * costs a world switch nothing. A firmware that uses such a register traps once. Then hv saves the payload's values,
 * clears the registers, and lets the firmware use them until it returns to the payload, which gets its values back.
 * Only images with a module that has "hide_extension_state" in `uses` do this (CONFIG_HIDE_EXTENSION_STATE). */
#include "hv/arch/extension.h"
#include "hv/core/core.h"

/* The payload's registers. Each hart uses its own element. */
static struct extension_state extension_states[CONFIG_HIDE_EXTENSION_STATE ? CONFIG_MAX_HARTS : 0]
	__attribute__((section(".noinit")));

void hidden_registers_check(void)
{
	if (extension_state_size() > sizeof(struct extension_state))
		boot_error("vector registers have more than %u bits", EXTENSION_VECTOR_BITS_MAX);
}

/* hv does not decode the instruction, so that it need not know all instructions of all FP and vector extensions. If the
 * instruction does not exist, it traps again. */
bool hidden_registers_lend(struct hart *hart)
{
	if (!vcpu_extensions_are_off(&hart->vcpu))
		return false;
	if (!hart->extensions_saved) {
		extension_state_save(&extension_states[hart->index]);
		extension_state_clear();
		hart->extensions_saved = true;
		hart->vcpu.started = false; /* so that the next entry to the payload calls hidden_registers_return */
	}
	vcpu_extensions_turn_on(&hart->vcpu);
	return true;
}

void hidden_registers_return(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;

	if (!hart->entered)
		vcpu->payload_status = field_merge(MSTATUS_SEPARATE, vcpu->payload_status, vcpu->mstatus);
	if (hart->extensions_saved)
		extension_state_restore(&extension_states[hart->index]);
	hart->extensions_saved = false;
}
