/* Which harts hv uses on a board whose harts may differ (CONFIG_HARTS_DIFFER). Used by boot.S and by fdt.c. Must not know
 * the device tree. */
#ifndef HV_CORE_JOIN_H
#define HV_CORE_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

/** Values of join_turn that are not ids of harts. */
enum join_state {
	JOIN_DONE = -3,    /* the hart has finished */
	JOIN_RUNNING = -2, /* a hart has begun to examine itself */
	JOIN_NOBODY = -1,  /* no hart may examine itself */
};

/** Decides whether hv uses the hart with this @p id. The hart examines itself, and it may join if it is like the boot hart.
 * If it may not, or if it does not come in time, this function prints why. Called by the boot hart for each hart that the
 * device tree names, before the other harts are released. Waits at most some seconds. */
COLD bool join_allowed(uint64_t id);

/** Examines the calling hart. Called by boot.S on a hart whose turn it is, on a stack that only this function uses. */
COLD void join_examine(void);

#endif
