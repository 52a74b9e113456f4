/* prober: has an ecall for each function of the module API, so that guests can test it, and for each way in which a
 * module or a fault of hv ends a run.
 * Called through the generated dispatch, in the images of this folder's tests.
 * Must not act except at its own ecalls. */
#ifndef PAYLOADS_MODULES_PROBER_H
#define PAYLOADS_MODULES_PROBER_H

#include <stdatomic.h>

#include "hv/module/api.h"
#include "payloads/modules/calls.h"

#define PROBED_HARTS 8

struct prober {
	uint64_t seen;                 /* how often on_interrupt ran on this hart, which alone writes it */
	uint64_t last;                 /* the published value at the last call of on_interrupt */
	uint64_t rounds[PROBED_HARTS]; /* by sender: the sender's round at the last call of on_interrupt */
	bool late_fatal;
	uint64_t previous_end, start, slept; /* copies of these fields of the last exit */
	uint64_t cycles;                     /* previous_cycles of the last exit */
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
