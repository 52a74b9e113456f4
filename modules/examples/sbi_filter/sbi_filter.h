/* sbi_filter: refuses the payload's calls of the SBI extensions in `[sbi_filter] deny`, and changes an argument of
 * another one: a payload that asks for a reboot is powered off.
 * The generated dispatch code calls the hook. Must not answer a call that it does not refuse. */
#ifndef MODULES_EXAMPLES_SBI_FILTER_H
#define MODULES_EXAMPLES_SBI_FILTER_H

#include "hv/module/api.h"

/** The module has no state, but C needs a member. */
struct sbi_filter {
	uint8_t unused;
};

/** Refuses the ecall with SBI_ERR_DENIED, or changes a register and leaves the ecall to hv. */
enum hook_action sbi_filter_ecall_from_payload(struct sbi_filter *self, struct hart *hart, struct vcpu *vcpu);

#endif
