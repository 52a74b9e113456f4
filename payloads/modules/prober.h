/* prober: a test module with one ecall for each function of the module API, so that guests can test these functions. It
 * has further ecalls that end the run in each way in which a module or a fault in hv can end a run.
 * hv calls its hooks through generated code (the dispatch of hooks), in the images of this folder's tests.
 * Must not do anything to a guest except when the guest makes one of the ecalls of the prober. */
#ifndef PAYLOADS_MODULES_PROBER_H
#define PAYLOADS_MODULES_PROBER_H

#include <stdatomic.h>

#include "hv/module/api.h"
#include "payloads/modules/calls.h"

#define PROBED_HARTS 8

struct prober {
	uint64_t seen;                 /* how often on_interrupt ran on this hart; written only by this hart */
	uint64_t fault;                /* the address of the last fault of guest_read or guest_write */
	uint64_t last;                 /* the value that the last call of on_interrupt read */
	uint64_t rounds[PROBED_HARTS]; /* for each sending hart, the round that on_interrupt read last */
	bool late_fatal;
	uint64_t previous_end, start, slept; /* copies of the equally named fields of the last exit */
	uint64_t cycles;                     /* copy of the field previous_cycles of the last exit */
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
