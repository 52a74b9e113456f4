/* Random actions: a few instructions, and the values of all registers when they run.
 * Used by the robustness guests, both the firmware and the payload.
 * Must not contain anything that is meant to end a run: accesses to the reset device, and the ecalls that end tests. */
#ifndef PAYLOADS_ROBUST_ACTION_H
#define PAYLOADS_ROBUST_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/robust/random.h"

#define ACTION_WORDS 4
#define ACTIONS_PER_LINE 50000 /* after this many actions, a line on the console shows that the run makes progress */

struct action {
	uint64_t registers[32];      /* [0] is not used */
	uint32_t code[ACTION_WORDS]; /* followed by ebreak */
	bool writes_satp;
	bool writes_csr; /* and then restores it: no interrupt may be taken in between */
};

/** Fills in @p action at random. @p scratch: address of the calling hart's 4 KiB of scratch memory. */
void action_make(struct action *action, struct random *random, uint64_t scratch);

/** Fills @p scratch with ebreaks. Otherwise a jump there could execute what earlier actions have stored, which might
 * for example change a trap vector permanently. */
void action_clear(uint64_t scratch);

/** Copies the code of @p action to action_address(@p hart), with ebreaks around it. */
void action_place(const struct action *action, unsigned hart);

/** The address at which the code of @p hart's actions lies. */
uint64_t action_address(unsigned hart);

#endif
