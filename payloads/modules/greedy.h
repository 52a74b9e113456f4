/* greedy: a test module that reserves memory that hv cannot reserve.
 * Called through the generated dispatch.
 * Must not change anything. */
#ifndef PAYLOADS_MODULES_GREEDY_H
#define PAYLOADS_MODULES_GREEDY_H

#include "hv/module/api.h"

struct greedy {
	uint64_t starts; /* calls of init on this hart */
};

void greedy_init(struct greedy *self, struct hart *hart);

#endif
