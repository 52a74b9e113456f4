/* What the virtual CLINT calls of hv/core, which defines it (hv/core/request.c): the harts behind the registers.
 * Called by vclint.c, and by the step of hv/core that stores to an msip.
 * Must not declare what hv/device itself defines. */
#ifndef HV_DEVICE_UPCALLS_H
#define HV_DEVICE_UPCALLS_H

#include <stdint.h>

struct vcpu;

/** The vcpu of which a register, msip or mtimecmp, has the word at physical @p address (a multiple of 4), or NULL. */
struct vcpu *vclint_owner(uint64_t address);

/** Has the hart of @p vcpu look at its virtual msip and mtimecmp again, which the running hart has written. */
void vclint_notify(struct vcpu *vcpu);

/** Writes to the trace that the running hart sets msip of the hart of @p vcpu, before that is notified. With module trace. */
void vclint_trace_send(struct vcpu *vcpu);

#endif
