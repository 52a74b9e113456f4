/* The states of harts, as the SBI's HSM extension has them (SBI 9). The firmware implements HSM. hv only looks at the
 * payload's calls and at the entries to the payload, so that modules know which harts run (hart_state). */
#include "abi/sbi.h"
#include "hv/arch/fence.h"
#include "hv/core/core.h"
#include "hv/device/supervisor_timer.h"
#include "hv/device/vclint.h"

#define A0 10
#define A6 16

/* Changes the state of @p hart from @p from to @p to. Returns false if its state is another one. */
static bool change_state(struct hart *hart, enum hart_state from, enum hart_state to)
{
	uint32_t expected = from;

	return atomic_compare_exchange_strong_explicit(&hart->state, &expected, to, memory_order_relaxed,
						       memory_order_relaxed);
}

static void set_state(struct hart *hart, enum hart_state state)
{
	atomic_store_explicit(&hart->state, state, memory_order_relaxed);
}

static void set_deadline(struct vcpu *vcpu, uint64_t deadline)
{
	vcpu->supervisor_timecmp = deadline;
	if (CONFIG_SUPERVISOR_TIMER)
		vclint_update_timer(vcpu);
}

static void note_start(struct hart *hart)
{
	struct hart *target = hart_from_id(vcpu_reg(&hart->vcpu, A0));

	if (target && change_state(target, HART_STOPPED, HART_STARTING))
		hart->starting = target;
}

void hsm_note_call(struct hart *hart)
{
	switch (vcpu_reg(&hart->vcpu, A6)) {
	case SBI_FID_hart_start:
		note_start(hart);
		break;
	case SBI_FID_hart_stop:
		set_state(hart, HART_STOPPED);
		hart->timecmp = hart->vcpu.supervisor_timecmp;
		set_deadline(&hart->vcpu, SUPERVISOR_TIMER_OFF); /* a stopped hart has no deadline */
		break;
	case SBI_FID_hart_suspend:
		set_state(hart, HART_SUSPENDED);
		break;
	default:
		return;
	}
	hart->call_pc = hart->vcpu.trap.pc;
	hart->vcpu.started = false; /* so that hsm_note_entry sees the answer */
}

/* The firmware has refused a call if it answers the call with an error, or answers hart_stop at all. This function then
 * undoes what hsm_note_call has done. The firmware may also enter the payload's trap handler before it answers. */
bool hsm_note_entry(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	bool answered = vcpu->pc == hart->call_pc + 4;

	if (answered && hart_state(hart) == HART_STOPPED)
		set_deadline(vcpu, hart->timecmp);
	set_state(hart, HART_STARTED);
	fence_all(); /* other harts skip this hart until they see the state; its page walks come after the store */
	if (hart->starting == NULL)
		return true;
	if (!answered)
		return false;
	if (vcpu_reg(vcpu, A0) != SBI_SUCCESS)
		(void)change_state(hart->starting, HART_STARTING, HART_STOPPED);
	hart->starting = NULL;
	return true;
}

enum hart_state hart_state(const struct hart *hart)
{
	return (enum hart_state)atomic_load_explicit(&hart->state, memory_order_relaxed);
}
