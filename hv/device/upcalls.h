/* The functions of hv/core that the virtual CLINT calls, because only hv/core knows the harts (hv/core/request.c).
 * Called by vclint.c, and by the step of hv/core for stores to an msip. Must not declare anything that hv/device itself
 * defines. */
#ifndef HV_DEVICE_UPCALLS_H
#define HV_DEVICE_UPCALLS_H

#include <stdint.h>

struct vcpu;

/** Finds the vcpu whose msip or mtimecmp is at an address.
 * @param address physical; a multiple of 4
 * @return the vcpu, or NULL if no hart has such a register at this address */
struct vcpu *vclint_owner(uint64_t address);

/** Makes the hart of @p vcpu check its virtual msip and mtimecmp again. Called after the running hart has written one
 * of these registers. */
void vclint_notify(struct vcpu *vcpu);

/** Records in the trace that the running hart sets the msip of the hart of @p vcpu. Called only in images with module
 * trace, before vclint_notify. */
void vclint_trace_send(struct vcpu *vcpu);

#endif
