/* The CLINT that the firmware sees: virtual msip and mtimecmp of each hart, and the real mtime.
 * Called by hv/core when hv's PMP entry has stopped an access, and at timer interrupts. Must not know how a hart is
 * notified, which is the task of hv/core (upcalls.h). */
#ifndef HV_DEVICE_VCLINT_H
#define HV_DEVICE_VCLINT_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/virt/emulate.h"

/** Whether physical @p address is in the region that contains all CLINTs. */
bool vclint_contains(uint64_t address);

/** Carries out an access to that region: 4 or 8 bytes, or an AMO, to the registers of any hart (semantics 8). At an
 * address without a virtual register, a read returns what the physical device has, and a write is ignored; this
 * includes writes of mtime.
 * @param access the decoded access; its `value` becomes the result of a load or AMO
 * @return ERROR_TRAPPED if the physical device does not allow the access. The guest then takes an access fault for
 * access->address, which has become the address of the part that faults. */
enum error vclint_access(struct access *access) MUST_CHECK;

/** Sets msip of the hart of @p vcpu to bit 0 of @p value. Any hart may call it. If it is the msip of another hart,
 * the caller notifies that hart. */
void vclint_set_software(struct vcpu *vcpu, uint32_t value);

/** Compares virtual mtimecmp of the calling hart with mtime. Sets virtual MTIP if the deadline has passed; otherwise
 * clears it and sets the physical timer to the deadline (semantics 8). Called after a write of mtimecmp, and when
 * the physical timer fires. */
void vclint_update_timer(struct vcpu *vcpu);

/** Sets virtual mtimecmp of the calling hart to the value that the machine left in the physical register (semantics 5).
 * Called at boot. */
void vclint_reset(struct vcpu *vcpu);

/** Fast path for the firmware's loads from the CLINT (hv/virt/fast.h). */
void fast_firmware_load(struct vcpu *vcpu);
/** Fast path for the firmware's stores and AMOs to the CLINT (hv/virt/fast.h). */
void fast_firmware_store(struct vcpu *vcpu);

#endif
