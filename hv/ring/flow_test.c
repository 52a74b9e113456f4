/* Interrupts from hart to hart: their sends and their receive have one number. */
#include "hv/arch/host_hart.h"
#include "hv/testing/testing.h"
#include "hv/ring/trace.h"

#define TARGET 5

static struct trace_slot slots[2][CONFIG_TRACE_SLOTS];
static struct tracer sender, target;
static uint64_t mtime;

/* The target's ring is not there yet. */
static void start(void)
{
	host_hart_reset();
	trace_start(&sender, 0, slots[0], &mtime, 10000000);
}

static uint64_t newest(const struct tracer *tracer, enum trace_event event)
{
	const struct trace_slot *slot = (const struct trace_slot *)(tracer->ring.slots + tracer->ring.head) - 1;

	cr_assert_eq(slot->tag >> TRACE_TIMESTAMP_BITS, TRACE_TAG(event, 0));
	return slot->payload;
}

Test(flow, sends_and_their_receive_have_one_number_even_before_the_target_starts, .init = start)
{
	uint64_t flow = (uint64_t)TARGET << 40;

	trace_send(&sender, &target, TARGET);
	cr_expect_eq(newest(&sender, TRACE_IPI_SEND), flow);
	trace_send(&sender, &target, TARGET);
	cr_expect_eq(newest(&sender, TRACE_IPI_SEND), flow | 1ull << 63, "joined to the one that is pending");
	trace_start(&target, TARGET, slots[1], &mtime, 10000000);
	trace_receive(&target);
	cr_expect_eq(newest(&target, TRACE_IPI_RECV), flow);
	trace_send(&sender, &target, TARGET);
	cr_expect_eq(newest(&sender, TRACE_IPI_SEND), flow + 1);
}
