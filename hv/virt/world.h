/* The world switch: what of the hardware changes between the firmware and the payload (architecture.md, "Data").
 * Called by hv/core at the end of an exit that returns to the other world. Must not know of modules or traps. */
#ifndef HV_VIRT_WORLD_H
#define HV_VIRT_WORLD_H

struct vcpu;

/** Sets the hardware up for the firmware (physically U-mode) and saves the payload's values, but for PMP. */
void world_enter_firmware(struct vcpu *vcpu);

/** Sets the hardware up for the payload in vcpu->mode (S or U) from the saved values, but for PMP. */
void world_enter_payload(struct vcpu *vcpu);

#endif
