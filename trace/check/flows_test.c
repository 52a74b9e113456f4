/* Tests the check of the order of interrupts between harts. Each hart has a different mcycle, and only SYNC records
 * show how the harts' mcycle relates to mtime. */
#define _GNU_SOURCE /* twalk_r */
#include "trace/check/flows.h"

#include <criterion/criterion.h>
#include <search.h>
#include <string.h>

#include "trace/error/testing.h"

#define HARTS 2
#define MOST 64
#define TIMEBASE 10000000
#define CYCLES_EACH 10 /* cycles per tick of mtime; a tick takes 100 ns */

/** Returns a hart's mcycle at the moment when mtime is @p tick. The mcycle of two harts differs by a constant. */
static uint64_t cycles(unsigned hart, uint64_t tick)
{
	return tick * CYCLES_EACH + (hart ? 5000000 : 123);
}

struct trace {
	struct dump_ring ring;
	struct trace_slot slot[MOST];
};

static void add(struct trace *trace, uint8_t id, uint64_t tick, unsigned ext, const uint64_t *words)
{
	uint64_t time = cycles(trace->ring.hart, tick);

	trace->ring.count += trace_slots_make(trace->slot + trace->ring.count, time, id, ext, words);
}

static void add_sync(struct trace *trace, uint64_t tick)
{
	uint64_t time = cycles(trace->ring.hart, tick);

	struct trace_sync sync = { .mcycle = time - 1, .mtime = tick, .mcycle_again = time };
	uint64_t words[1 + TRACE_SYNC_EXT];

	trace_sync_pack(sync, words);
	add(trace, TRACE_SYNC, tick, TRACE_SYNC_EXT, words);
}

/** The number of messages that the check has reported, and the text of the last message. */
struct reports {
	unsigned times;
	char text[256];
};

static void tell(uint32_t hart, const char *text, void *context)
{
	struct reports *reports = context;

	(void)hart;
	reports->times++;
	(void)strncpy(reports->text, text, sizeof(reports->text) - 1);
}

static void take(struct flows *flows, uint32_t type, const void *payload, size_t bytes)
{
	struct dump_view view = { .chunk = { .type = type, .length = (uint32_t)bytes }, .payload = payload };

	must_work(flows_take(flows, &view));
}

static void begin(struct flows *flows, struct reports *reports, uint64_t timebase_hz)
{
	struct {
		struct dump_machine machine;
		uint64_t ids[HARTS];
	} machine = { .machine = { .harts = HARTS, .timebase_hz = timebase_hz } };

	*reports = (struct reports){ 0 };
	flows_open(flows, tell, reports);
	take(flows, DUMP_MACHINE, &machine, sizeof(machine));
}

static void feed(struct flows *flows, const struct trace *trace)
{
	take(flows, DUMP_RING, trace, sizeof(trace->ring) + trace->ring.count * TRACE_SLOT_BYTES);
}

/** Checks a dump in which hart 0 sends the interrupt 7 to hart 1 at tick 5000, and hart 1 receives the interrupt at
 * tick
 * @p received.
 * @param receiver_first true if the chunk of hart 1 comes before the chunk of hart 0 in the dump */
static void run(uint64_t received, bool receiver_first, struct reports *reports, int64_t *soonest)
{
	const uint64_t flow = trace_flow(1, 7);
	struct trace sender = { .ring.hart = 0 }, receiver = { .ring.hart = 1 };
	struct flows flows;

	begin(&flows, reports, TIMEBASE);
	add_sync(&sender, 1000);
	add(&sender, TRACE_IPI_SEND, 5000, 0, &flow);
	add_sync(&sender, 9000);
	add_sync(&receiver, 1000);
	add(&receiver, TRACE_IPI_RECV, received, 0, &flow);
	add_sync(&receiver, 9000);
	feed(&flows, receiver_first ? &receiver : &sender);
	feed(&flows, receiver_first ? &sender : &receiver);
	flows_finish(&flows, false);
	cr_expect_eq(flows.pairs, 1);
	*soonest = flows.soonest;
	flows_close(&flows);
}

Test(flows, an_interrupt_received_before_it_was_sent_is_found)
{
	for (int order = 0; order < 2; order++) {
		struct reports reports;
		int64_t soonest;

		run(5030, order, &reports, &soonest);
		cr_expect_eq(reports.times, 0, "%s", reports.text);
		cr_expect(soonest > 2990 && soonest < 3010, "%ld ns", soonest);
		run(4995, order, &reports, &soonest);
		cr_expect_eq(reports.times, 0, "a difference of half a microsecond is tolerated: %s", reports.text);
		run(4980, order, &reports, &soonest);
		cr_expect_eq(reports.times, 1);
		cr_expect(strstr(reports.text, "interrupt 0x10000000007 was received"), "%s", reports.text);
	}
}

/** Checks a dump in which hart 1 receives an interrupt 4 ms after its last SYNC record. The time of the receive is
 * therefore uncertain.
 * @param second_sync true if hart 1 has two SYNC records, 10 us apart. If false, it has only one SYNC record, and the
 *                    uncertainty is not known
 * @param ticks       moves the receive: it comes 3 us and @p ticks ticks after the send; may be negative */
static void run_behind_sync(bool second_sync, int64_t ticks, struct reports *reports, struct flows *flows)
{
	const uint64_t flow = trace_flow(1, 7), read = cycles(1, 1100) + CYCLES_EACH - 1;
	struct trace sender = { .ring.hart = 0 }, receiver = { .ring.hart = 1 };

	begin(flows, reports, TIMEBASE);
	add_sync(&sender, 1000);
	add(&sender, TRACE_IPI_SEND, 41000, 0, &flow);
	add_sync(&sender, 90000);
	add_sync(&receiver, 1000);
	if (second_sync) /* mtime is read at the end of a tick, so that hart 1's clock seems to be 1% too slow */
		add(&receiver, TRACE_SYNC, 1100, 3, (const uint64_t[]){ 0, read - 1, 1100, read });
	add(&receiver, TRACE_IPI_RECV, (uint64_t)(41030 + ticks), 0, &flow);
	feed(flows, &sender);
	feed(flows, &receiver);
	flows_finish(flows, false);
}

Test(flows, after_the_last_sync_an_interrupt_may_seem_early_within_the_uncertainty_of_its_time)
{
	struct flows flows;
	struct reports reports;

	run_behind_sync(true, 0, &reports, &flows);
	cr_expect_eq(reports.times, 0, "%s", reports.text);
	cr_expect_gt(flows.uncertainty, 10000);
	flows_close(&flows);
	run_behind_sync(true, -39000, &reports, &flows);
	cr_expect_eq(reports.times, 1);
	cr_expect(strstr(reports.text, "the two times together are uncertain by "), "%s", reports.text);
	flows_close(&flows);
}

Test(flows, the_order_of_times_with_unknown_uncertainty_is_not_checked)
{
	struct flows flows;
	struct reports reports;

	run_behind_sync(false, -39000, &reports, &flows);
	cr_expect_eq(reports.times, 0, "%s", reports.text);
	cr_expect_eq(flows.unordered, 1);
	cr_expect_eq(flows.soonest, INT64_MAX);
	flows_close(&flows);
}

/** Checks a dump in which hart 1 receives three interrupts. No hart sent the interrupt at tick 2000. Hart 0 sent the
 * two others, at the ticks @p early and 3000. Before all this, hart 1 has lost @p lost slots.
 * @return how many interrupts are reported */
static unsigned receive_unsent(uint64_t early, uint64_t lost, bool partial)
{
	const uint64_t flow = trace_flow(1, 7), first = trace_flow(1, 6), last = trace_flow(1, 8);
	struct trace sender = { .ring.hart = 0 }, receiver = { .ring = { .hart = 1, .first = lost, .lost = lost } };
	struct flows flows;
	struct reports reports;

	begin(&flows, &reports, TIMEBASE);
	add_sync(&sender, 1000);
	add(&sender, TRACE_IPI_SEND, early, 0, &first);
	add(&sender, TRACE_IPI_SEND, 3000, 0, &last);
	add_sync(&sender, 9000);
	add_sync(&receiver, 1000);
	if (early < 2000)
		add(&receiver, TRACE_IPI_RECV, early + 30, 0, &first);
	add(&receiver, TRACE_IPI_RECV, 2000, 0, &flow);
	if (early >= 2000)
		add(&receiver, TRACE_IPI_RECV, early + 30, 0, &first);
	add(&receiver, TRACE_IPI_RECV, 3030, 0, &last);
	add_sync(&receiver, 9000);
	feed(&flows, &sender);
	feed(&flows, &receiver);
	flows_finish(&flows, partial);
	flows_close(&flows);
	return reports.times;
}

Test(flows, the_order_of_interrupts_is_not_checked_if_the_rate_of_mtime_is_unknown)
{
	const uint64_t flow = trace_flow(1, 7);
	struct trace sender = { .ring.hart = 0 }, receiver = { .ring.hart = 1 };
	struct flows flows;
	struct reports reports;

	begin(&flows, &reports, 0);
	add(&receiver, TRACE_IPI_RECV, 1000, 0, &flow);
	add(&sender, TRACE_IPI_SEND, 900000, 0, &flow);
	feed(&flows, &receiver);
	feed(&flows, &sender);
	flows_finish(&flows, false);
	cr_expect_eq(reports.times, 0, "%s", reports.text);
	flows_close(&flows);
}

Test(flows, an_interrupt_that_was_never_sent_is_found_unless_slots_are_missing)
{
	cr_expect_eq(receive_unsent(1500, 0, false), 1);
	cr_expect_eq(receive_unsent(1500, 3, false), 0);
	cr_expect_eq(receive_unsent(1500, 0, true), 0);
	cr_expect_eq(receive_unsent(2500, 0, false), 0,
		     "before the first send that was seen, sends may not have been recorded");
}

Test(flows, sends_and_receives_of_many_interrupts_are_paired)
{
	struct flows flows;
	struct reports reports;
	uint64_t sent = 0, received = 0;

	begin(&flows, &reports, TIMEBASE);
	for (unsigned chunk = 0; chunk < 400; chunk++) {
		struct trace sender = { .ring = { .hart = 0, .first = 64 * chunk } };

		for (unsigned i = 0; i < MOST; i++) {
			uint64_t flow = trace_flow(1, sent);

			add(&sender, TRACE_IPI_SEND, 1000 + sent++, 0, &flow);
		}
		feed(&flows, &sender);
	}
	for (unsigned chunk = 0; chunk < 400; chunk++) {
		struct trace receiver = { .ring = { .hart = 1, .first = 64 * chunk } };

		for (unsigned i = 0; i < MOST; i++) {
			uint64_t flow = trace_flow(1, received);

			add(&receiver, TRACE_IPI_RECV, 100000 + received++, 0, &flow);
		}
		feed(&flows, &receiver);
	}
	flows_finish(&flows, false);
	cr_expect_eq(flows.pairs, 400 * MOST);
	cr_expect_null(flows.waiting);
	flows_close(&flows);
}

static void count(const void *node, VISIT visit, void *context)
{
	(void)node;
	*(uint64_t *)context += visit == preorder || visit == leaf;
}

static uint64_t count_waiting(const struct flows *flows)
{
	uint64_t waiting = 0;

	twalk_r(flows->waiting, count, &waiting);
	return waiting;
}

/** Returns the inverse of an odd number modulo 2^64. Computes it with Newton's iteration. */
static uint64_t invert(uint64_t odd)
{
	uint64_t inverse = odd;

	for (unsigned i = 0; i < 6; i++)
		inverse *= 2 - odd * inverse;
	return inverse;
}

Test(flows, ids_that_would_collide_in_a_hash_table_are_handled_in_time, .timeout = 10)
{
	const uint64_t golden = invert(0x9e3779b97f4a7c15ull);
	struct flows flows;
	struct reports reports;
	uint64_t chosen = 0;

	begin(&flows, &reports, TIMEBASE);
	for (unsigned chunk = 0; chunk < 3000; chunk++) {
		struct trace sender = { .ring = { .hart = 0, .first = MOST * chunk } };

		while (sender.ring.count < MOST) {
			uint64_t flow = chosen++ * golden - 1;

			if (flow <= TRACE_FIELD_MOST(IPI_SEND, flow))
				add(&sender, TRACE_IPI_SEND, 1000 + chosen, 0, &flow);
		}
		feed(&flows, &sender);
	}
	flows_finish(&flows, false);
	cr_expect_eq(count_waiting(&flows), 3000 * MOST);
	cr_expect_eq(reports.times, 0, "%s", reports.text);
	flows_close(&flows);
}
