/* Fast paths of hv's own: exits of the firmware that end without the full save (architecture.md, "Two tiers").
 * Called by trap.S only, through the generated fast.h. Each is a leaf without a stack frame that ends in a tail call to
 * trap_return_fast, or to trap_slow having changed nothing. s0-s11, sp, gp and tp hold the guest's values throughout. */
#ifndef HV_VIRT_FAST_H
#define HV_VIRT_FAST_H

#include "hv/virt/vcpu.h"

/** CSR instructions on CSRs that live in memory, and reads of mstatus (cause 2). */
void fast_firmware_illegal(struct vcpu *vcpu);

/** Ends of a fast path; both take the vcpu that it was called with. */
void trap_return_fast(struct vcpu *vcpu);
void trap_slow(struct vcpu *vcpu);

#endif
