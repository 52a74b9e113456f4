/* custom_sbi: an SBI extension of its own, with the two functions hello and goodbye. Each prints a line.
 * The generated dispatch code calls the hook. Must not touch ecalls of other extensions. */
#ifndef MODULES_EXAMPLES_CUSTOM_SBI_H
#define MODULES_EXAMPLES_CUSTOM_SBI_H

#include "hv/module/api.h"

#define CUSTOM_SBI_EID 0x09000000 /* in the SBI's range for vendors */
#define CUSTOM_SBI_HELLO 0        /* both functions return 0 in a1 */
#define CUSTOM_SBI_GOODBYE 1

/** The module has no state, but C needs a member. */
struct custom_sbi {
	uint8_t unused;
};

/** Answers the functions of CUSTOM_SBI_EID. Unknown functions get SBI_ERR_NOT_SUPPORTED. */
enum hook_action custom_sbi_ecall_from_payload(struct custom_sbi *self, struct hart *hart, struct vcpu *vcpu);

#endif
