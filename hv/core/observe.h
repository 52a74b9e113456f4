/* The end of an exit: its observers, counters first and then the trace, in both tiers.
 * Included by observe.c for the fast tier and by exit.c for the slow one. */
#ifndef HV_CORE_OBSERVE_H
#define HV_CORE_OBSERVE_H

#include "hv/core/hart.h"
#include "hv/virt/exit.h"

/** Has the modules' observers look at the exit of @p hart that is about to end. */
PART_OF_FAST_PATH void observe(struct hart *hart, const struct exit *exit)
{
	if (!HAVE_HOOK_observe_exit)
		return;
	dispatch_observe_exit(&hart->modules, exit);
	hart->vcpu.exit_entered = exit->start - exit->outside + exit->slept;
}

#endif
