/* Makes random actions. An action is a few instructions, together with the values that all registers have when the
 * instructions run.
 * Used by the two guests of this folder, firmware.c and payload.c.
 * Must not make actions that would end the run, such as accesses to the reset device or the ecalls that end tests. */
#ifndef PAYLOADS_ROBUST_ACTION_H
#define PAYLOADS_ROBUST_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/robust/random.h"

#define ACTION_WORDS 4
#define ACTIONS_PER_LINE 50000 /* the guest prints a line after this many actions, to show its progress */

struct action {
	uint64_t registers[32];      /* element 0 is not used */
	uint32_t code[ACTION_WORDS]; /* followed by ebreak */
	bool writes_satp;
	bool writes_csr; /* The code later restores the CSR. No interrupt may occur in between. */
};

/** Fills @p action with a random action. @p scratch is the address of the calling hart's scratch memory, which has 4
 * KiB. */
void action_make(struct action *action, struct random *random, uint64_t scratch);

/** Fills the memory at @p scratch with ebreaks. Otherwise a jump into the scratch memory could execute data that
 * earlier actions have stored there. Such data might, for example, be an instruction that changes a trap vector
 * permanently. */
void action_clear(uint64_t scratch);

/** Copies the code of @p action to action_address(@p hart), and puts ebreaks before and after the code. */
void action_place(const struct action *action, unsigned hart);

/** Returns the address at which action_place() puts the code of actions for @p hart. */
uint64_t action_address(unsigned hart);

#endif
