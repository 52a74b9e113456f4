/* exit_counter: how many exits of each category (hv/abi/hartscope.h) this hart has taken.
 * Called through the generated dispatch. Must not know how categories are read: it publishes where they lie. */
#ifndef MODULES_EXIT_COUNTER_H
#define MODULES_EXIT_COUNTER_H

#include "hv/module/api.h"

struct exit_counter {
	struct hartscope_categories categories; /* written by its own hart only, read by all */
};

void exit_counter_init(struct exit_counter *self, struct hart *hart);
void exit_counter_decided_next_exec_mode(struct exit_counter *self, struct hart *hart, struct vcpu *vcpu,
					 enum exec_mode previous, enum exec_mode next);
void exit_counter_on_shutdown(struct exit_counter *self, struct hart *hart);

/** The category that an exit counts in beside the world switches. Pure.
 * @param previous who executed before it
 * @param cause physical mcause; @p eid a7 of an ecall; @p instruction of cause 2, 0 if unknown */
enum hartscope_category exit_category(enum exec_mode previous, uint64_t cause, uint64_t eid, uint32_t instruction);

#endif
