/* Random actions: a few instructions and what all registers hold when they run.
 * Used by the robustness guests, in firmware and in a payload alike.
 * Must not contain what ends a run by intent: the reset device's codes and the ecalls that end tests. */
#ifndef PAYLOADS_ROBUST_ACTION_H
#define PAYLOADS_ROBUST_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/robust/random.h"

#define ACTION_WORDS 4
#define ACTIONS_PER_LINE 50000 /* printed, so that a run is seen to go on */

struct action {
	uint64_t registers[32];      /* [0] is not used */
	uint32_t code[ACTION_WORDS]; /* followed by ebreak */
	bool writes_satp;
	bool writes_csr; /* and puts it back: no interrupt may come between */
};

/** Makes an action for a hart whose scratch memory of 4 KiB lies at @p scratch. */
void action_make(struct action *action, struct random *random, uint64_t scratch);

/** Fills @p scratch with ebreaks: what earlier actions have stored there is not to be run, where it might do anything, such as
 * set a trap vector for good. */
void action_clear(uint64_t scratch);

/** Puts the code of @p action where action_address() says, with ebreaks around it. */
void action_place(const struct action *action, unsigned hart);

/** Where the code of the actions of @p hart lies. */
uint64_t action_address(unsigned hart);

#endif
