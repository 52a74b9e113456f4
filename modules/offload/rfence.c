/* Remote fences (SBI 8). The hart that asks for a fence describes it in its own state, sets its bit in the state of each
 * target, and notifies the target. Each target executes the fence and counts down. The asking hart waits for that, and
 * serves the requests of other harts meanwhile, so that two harts may wait for each other. */
#define LOG_NAME offload
#include "modules/offload/offload.h"

/* How often a hart looks whether the others have finished before it sleeps. */
#define LOOKS 16

static void fence_here(const struct offload_fence *fence)
{
	offload_fence_here(fence->kind, fence->start, fence->size, fence->asid);
}

static void execute_for(struct offload *self, struct hart *hart, unsigned index)
{
	struct hart *sender = hart_at(index);
	struct offload *other = module_state_of(self, hart, sender);

	fence_here(&other->fence);
	if (atomic_fetch_sub_explicit(&other->unfinished, 1, memory_order_release) != 1)
		return;
	fence_all(); /* either this hart sees that the sender may sleep, or the sender sees that this hart has finished */
	if (atomic_load_explicit(&other->waits, memory_order_relaxed))
		module_notify(self, sender);
}

void offload_serve_fences(struct offload *self, struct hart *hart)
{
	for (unsigned word = 0; word * 64 < hart_total(); word++) {
		uint64_t senders = atomic_exchange_explicit(&self->fencing[word], 0, memory_order_acquire);

		for (unsigned bit = 0; senders; bit++, senders >>= 1)
			if (senders & 1)
				execute_for(self, hart, word * 64 + bit);
	}
}

static void ask(struct offload *self, struct hart *hart, unsigned index)
{
	struct hart *target = hart_at(index);
	struct offload *other = module_state_of(self, hart, target);
	unsigned own = hart_index(hart);

	atomic_fetch_add_explicit(&self->unfinished, 1, memory_order_relaxed);
	atomic_fetch_or_explicit(&other->fencing[own / 64], 1ull << own % 64, memory_order_release);
	atomic_fetch_or_explicit(&other->pending, OFFLOAD_PENDING_FENCE, memory_order_release);
	module_notify(self, target);
}

static bool all_have_finished(const struct offload *self)
{
	return atomic_load_explicit(&self->unfinished, memory_order_acquire) == 0;
}

static void wait(struct offload *self, struct hart *hart)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (all_have_finished(self))
			return;
		module_serve(hart);
	}
	atomic_store_explicit(&self->waits, 1, memory_order_relaxed);
	fence_all();
	while (!all_have_finished(self))
		module_sleep(hart);
	atomic_store_explicit(&self->waits, 0, memory_order_relaxed);
}

void offload_fence_on(struct offload *self, struct hart *hart, struct hart_set set, const struct offload_fence *fence)
{
	unsigned own = hart_index(hart);

	fence_all(); /* either this hart sees that a hart has started, or that hart sees the new page tables */
	self->fence = *fence;
	atomic_store_explicit(&self->unfinished, 1, memory_order_relaxed); /* 1 for this hart, until it has asked all */
	for (unsigned i = 0; i < hart_total(); i++)
		if (i != own && hart_set_has(&set, i) && offload_reaches(hart_at(i)))
			ask(self, hart, i);
	if (hart_set_has(&set, own))
		fence_here(fence);
	atomic_fetch_sub_explicit(&self->unfinished, 1, memory_order_relaxed);
	wait(self, hart);
}
