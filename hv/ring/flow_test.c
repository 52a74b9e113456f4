/* Tests that hv writes the same number to the record of sending an interrupt and to the record of receiving it. Readers
 * connect the two records by this number. */
#include "hv/arch/host_hart.h"
#include "hv/testing/testing.h"
#include "hv/ring/trace.h"

#define TARGET 5

static struct trace_slot slots[2][CONFIG_TRACE_SLOTS];
static struct tracer sender, target;
static uint64_t mtime;

/* Starts the test. The hart that receives the interrupt has not set up its ring yet. */
static void start(void)
{
	host_hart_reset();
	trace_start(&sender, 0, slots[0], &mtime, 10000000);
}

static const struct trace_slot *newest(const struct tracer *tracer, enum trace_event event)
{
	const struct trace_slot *slot = (const struct trace_slot *)(tracer->ring.slots + tracer->ring.head) - 1;

	cr_assert_eq(trace_slot_event(slot), event);
	cr_assert_eq(trace_slot_aux(slot), 0);
	return slot;
}

static void expect_send(uint64_t flow, bool joined)
{
	struct trace_ipi_send send = trace_ipi_send_of(newest(&sender, TRACE_IPI_SEND), 0);

	cr_expect_eq(send.flow, flow);
	cr_expect_eq(send.joined, joined);
}

Test(flow, sends_have_the_number_of_their_receive_even_before_the_target_starts, .init = start)
{
	trace_send(&sender, &target, TARGET);
	expect_send(trace_flow(TARGET, 0), false);
	trace_send(&sender, &target, TARGET);
	expect_send(trace_flow(TARGET, 0), true);
	trace_start(&target, TARGET, slots[1], &mtime, 10000000);
	trace_receive(&target);
	cr_expect_eq(trace_ipi_recv_of(newest(&target, TRACE_IPI_RECV), 0).flow, trace_flow(TARGET, 0));
	trace_send(&sender, &target, TARGET);
	expect_send(trace_flow(TARGET, 1), false);
}

Test(flow, sends_share_one_number_until_the_interrupt_is_received, .init = start)
{
	cr_expect_eq(sender.interrupt, 0);
	trace_send(&sender, &sender, 0);
	cr_expect_eq(sender.interrupt, 1);
	trace_send(&sender, &sender, 0);
	cr_expect_eq(sender.interrupt, 1, "joined to the one that is pending");
	trace_receive(&sender);
	cr_expect_eq(sender.interrupt, 2);
	trace_receive(&sender);
	cr_expect_eq(sender.interrupt, 2, "nothing is pending");
}
