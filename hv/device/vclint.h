/* The CLINT that the firmware sees: virtual msip and mtimecmp of each hart, and the real mtime.
 * Called by hv/core when hv's PMP entry has stopped an access, and at timer interrupts. Must not know how to notify
 * another hart; hv/core does that (upcalls.h). */
#ifndef HV_DEVICE_VCLINT_H
#define HV_DEVICE_VCLINT_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/virt/emulate.h"

/** Whether physical @p address is in the region that contains all CLINTs. */
bool vclint_contains(uint64_t address);

/** Carries out an access to the region of the CLINTs. It is a load or store of 4 or 8 bytes or an AMO, and it may go to
 * the registers of any hart (semantics 8). At an address without a virtual register, a read returns the value of the
 * physical device, and a write is ignored. Writes of mtime are ignored too.
 * @param access the decoded access; its `value` becomes the result of a load or AMO
 * @return ERROR_TRAPPED if the physical device does not allow the access. The guest then takes an access fault for
 * access->address, which this function has set to the address of the part that faults. */
enum error vclint_access(struct access *access) MUST_CHECK;

/** Sets msip of the hart of @p vcpu to bit 0 of @p value. Any hart may call it. If this is not the calling hart, the
 * caller has to notify the hart of @p vcpu. */
void vclint_set_software(struct vcpu *vcpu, uint32_t value);

/** Compares virtual mtimecmp of the calling hart with mtime. If the deadline has passed, it sets virtual MTIP.
 * Otherwise it clears virtual MTIP and sets the physical timer to the deadline (semantics 8). Called after a write of
 * mtimecmp, and when the physical timer fires. */
void vclint_update_timer(struct vcpu *vcpu);

/** Sets virtual mtimecmp of the calling hart to the value that the machine left in the physical register (semantics 5).
 * Called at boot. */
void vclint_reset(struct vcpu *vcpu);

/** Fast path for the firmware's loads from the CLINT (hv/virt/fast.h). */
void fast_firmware_load(struct vcpu *vcpu);
/** Fast path for the firmware's stores and AMOs to the CLINT (hv/virt/fast.h). */
void fast_firmware_store(struct vcpu *vcpu);

#endif
