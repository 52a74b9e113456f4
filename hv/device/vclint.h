/* The CLINT that the firmware sees: virtual msip and mtimecmp of each hart, and the real mtime.
 * Called by hv/core for accesses that its PMP entry stopped, and for timer interrupts. Must not know how a hart is
 * notified: core does that. */
#ifndef HV_DEVICE_VCLINT_H
#define HV_DEVICE_VCLINT_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/virt/emulate.h"

/** What happened to a hart's virtual interrupts because of another hart's access. Defined by core: hart @p id's vcpu, or
 * NULL where there is none; and a request to it to look at its virtual msip and mtimecmp again. */
struct vcpu *vclint_vcpu(uint64_t id);
void vclint_notify(uint64_t id);

/** Tells the trace that the running hart sets msip of hart @p id, before that is notified. */
void vclint_trace_send(uint64_t id);

/** Whether physical @p address lies in the CLINT. */
bool vclint_contains(uint64_t address);

/** Carries out @p access, whose address lies in the CLINT: 4 and 8 bytes, AMO, of any hart's registers (semantics 8).
 * Registers of harts that do not exist read 0. A write to mtime is ignored.
 * @return false for a width or alignment that the device does not take: an access fault of the guest */
bool vclint_access(struct access *access);

/** Evaluates virtual mtimecmp of the calling hart @p id: latches virtual MTIP, or has the physical timer wait for it
 * (semantics 8). After a write of it, and when the physical timer fired. */
void vclint_update_timer(struct vcpu *vcpu, uint64_t id);

/** Takes mtimecmp of the calling hart @p id over as the machine left it (semantics 5). Boot. */
void vclint_reset(struct vcpu *vcpu, uint64_t id);

/** Fast path of a `sd` to this hart's own mtimecmp (hv/virt/fast.h). */
void fast_firmware_store(struct vcpu *vcpu);

#endif
