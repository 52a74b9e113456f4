/* Fast paths of hv's own: exits of the firmware that end without the full save (architecture.md, "Two tiers").
 * Called by trap.S only, through the generated fast.h. Each is a leaf without a stack frame that ends in a tail call to
 * trap_return_fast, or to trap_slow having changed nothing. s0-s11, sp, gp and tp hold the guest's values throughout. */
#ifndef HV_VIRT_FAST_H
#define HV_VIRT_FAST_H

#include "hv/virt/vcpu.h"

/** CSR instructions on CSRs that live in memory, on mstatus where no interrupt enable changes, and writes of pmpcfg; goes
 * on to fast_firmware_mret for that (cause 2). */
void fast_firmware_illegal(struct vcpu *vcpu);

/** mret to the payload. Where a module has hooks for that, the generated fast.h makes this name one of trap_slow. */
void fast_firmware_mret(struct vcpu *vcpu);

/** Ecalls and illegal instructions of the payload that are for the firmware (causes 2 and 9). */
void fast_payload_trap(struct vcpu *vcpu);

/** Ends of a fast path; both take the vcpu that it was called with. */
void trap_return_fast(struct vcpu *vcpu);
void trap_slow(struct vcpu *vcpu);

#endif
