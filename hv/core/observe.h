/* The end of an exit, in both tiers. First the observers of the modules see the exit, and then the trace records it.
 * observe.c includes this header for the fast tier, exit.c and step.c for the slow tier and the steps. All
 * functions run on the vcpu's own hart. */
#ifndef HV_CORE_OBSERVE_H
#define HV_CORE_OBSERVE_H

#include "hv/core/hart.h"
#include "hv/virt/exit.h"
#include "hv/virt/fast.h"

/** Describes to observers the exit that is about to end. Sets all members except `slept` and the members that FAST_KIND
 * encodes (cause, worlds, outcome and module).
 * @param pc    where the guest trapped
 * @param value mtval, or the instruction if it was illegal */
PART_OF_FAST_PATH struct exit exit_of(const struct vcpu *vcpu, uint64_t pc, uint64_t value)
{
	return (struct exit){
		.previous_end = vcpu->exit_end,
		.previous_cycles = vcpu->exit_end - vcpu->exit_entered,
		.start = vcpu_exit_start(vcpu),
		.outside = vcpu->exit_outside,
		.pc = pc,
		.value = value,
		.eid = vcpu->regs[17],
	};
}

/** Like exit_of, and also sets the members that @p kind (FAST_KIND) encodes. */
PART_OF_FAST_PATH struct exit exit_of_kind(const struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	struct exit exit = exit_of(vcpu, pc, value);

	/* a module's fast path or hook of the switch may have changed a7 meanwhile */
	if (HAVE_HOOK_switch_from_payload_to_firmware && FAST_KIND_GET(before, kind) == WORLD_PAYLOAD &&
	    FAST_KIND_GET(after, kind) == WORLD_FIRMWARE)
		exit.eid = vcpu->trap.eid;
	exit.cause = (unsigned)FAST_KIND_GET(cause, kind);
	exit.before = (enum world)FAST_KIND_GET(before, kind);
	exit.after = (enum world)FAST_KIND_GET(after, kind);
	exit.outcome = (enum trace_outcome)FAST_KIND_GET(outcome, kind);
	exit.module = (unsigned)FAST_KIND_GET(module, kind);
	return exit;
}

/** Calls observe_exit of the modules for the exit of @p hart that is about to end. @p exit describes it. */
PART_OF_FAST_PATH void observe(struct hart *hart, const struct exit *exit)
{
	if (!HAVE_HOOK_observe_exit)
		return;
	dispatch_observe_exit(&hart->modules, exit);
	hart->vcpu.exit_entered = exit->start - exit->outside + exit->slept;
}

#endif
