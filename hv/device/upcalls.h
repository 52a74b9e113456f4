/* What the virtual CLINT calls in hv/core: the functions that know the harts (hv/core/request.c).
 * Called by vclint.c, and by the step of hv/core for stores to an msip. Must not declare anything that hv/device
 * itself defines. */
#ifndef HV_DEVICE_UPCALLS_H
#define HV_DEVICE_UPCALLS_H

#include <stdint.h>

struct vcpu;

/** Finds the vcpu that has its msip or mtimecmp at an address.
 * @param address physical; a multiple of 4
 * @return the vcpu, or NULL if no hart has such a register there */
struct vcpu *vclint_owner(uint64_t address);

/** Makes the hart of @p vcpu check its virtual msip and mtimecmp again. Called after the running hart has written
 * one of them. */
void vclint_notify(struct vcpu *vcpu);

/** Records in the trace that the running hart sets msip of the hart of @p vcpu. Called only with module trace,
 * before that hart is notified. */
void vclint_trace_send(struct vcpu *vcpu);

#endif
