/* The CLINT that the firmware sees: virtual msip and mtimecmp of each hart, and the real mtime.
 * Called by hv/core for accesses that its PMP entry stopped, and for timer interrupts. Must not know how a hart is
 * notified: hv/core does that (upcalls.h). */
#ifndef HV_DEVICE_VCLINT_H
#define HV_DEVICE_VCLINT_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/virt/emulate.h"

/** Whether physical @p address lies in the region that has all CLINTs. */
bool vclint_contains(uint64_t address);

/** Carries out @p access, whose address lies in that region: 4 and 8 bytes, AMO, of any hart's registers (semantics 8).
 * Other places read as the physical device has them, and writes to them are ignored, mtime included.
 * @return false for an access that the physical device does not take: an access fault of the guest. @p access's address
 * is then that of the part which faults */
bool vclint_access(struct access *access);

/** Writes @p value to msip of the hart of @p vcpu; the caller notifies it if it is another one. */
void vclint_set_software(struct vcpu *vcpu, uint32_t value);

/** Evaluates virtual mtimecmp of the calling hart: latches virtual MTIP, or has the physical timer wait for it
 * (semantics 8). After a write of it, and when the physical timer fired. */
void vclint_update_timer(struct vcpu *vcpu);

/** Takes mtimecmp of the calling hart over as the machine left it (semantics 5). Boot. */
void vclint_reset(struct vcpu *vcpu);

/** Fast paths of the firmware's loads and stores (hv/virt/fast.h). */
void fast_firmware_load(struct vcpu *vcpu);
void fast_firmware_store(struct vcpu *vcpu);

#endif
