/* prober: an ecall for each function of the module API, so that guests can test it; and the ways in which a module, or hv
 * itself, ends a run.
 * Called through the generated dispatch, in images of this folder's tests. Must not act but at its own ecalls. */
#ifndef PAYLOADS_MODULES_PROBER_H
#define PAYLOADS_MODULES_PROBER_H

#include <stdatomic.h>

#include "hv/module/api.h"
#include "payloads/modules/calls.h"

#define PROBED_HARTS 8

struct prober {
	uint64_t seen;                 /* times that on_interrupt ran here; this hart writes it */
	uint64_t last;                 /* what was published when it did */
	uint64_t rounds[PROBED_HARTS]; /* by sender: the round that it had come to */
	bool late_fatal;
	uint64_t previous_end, start, slept; /* of the last exit of this hart */
	uint64_t cycles;                     /* of the one before it */
};

void prober_init(struct prober *self, struct hart *hart);
enum hook_action prober_ecall_from_firmware(struct prober *self, struct hart *hart, struct vcpu *vcpu);
enum hook_action prober_ecall_from_payload(struct prober *self, struct hart *hart, struct vcpu *vcpu);
void prober_on_interrupt(struct prober *self, struct hart *hart, struct vcpu *vcpu);
void prober_on_shutdown(struct prober *self, struct hart *hart);

OBSERVER void prober_observe_exit(struct prober *self, const struct exit *exit)
{
	self->previous_end = exit->previous_end;
	self->start = exit->start;
	self->slept = exit->slept;
	self->cycles = exit->previous_cycles;
}

#endif
