/* Tests broadcasts, by which a module makes hv call its hook on_interrupt on other harts. Every hart broadcasts to all
 * harts at the same time. Some broadcasts wait for the receiving harts, others do not. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/quiet.h"

#ifndef ROUNDS
#define ROUNDS 10000
#endif
#define ROUNDS_PER_CALL 100
#define ROUNDS_PER_LINE 10000

static uint64_t barrier;
static uint64_t missed[MAX_HARTS];

static uint64_t all(void)
{
	return (UINT64_C(1) << hart_count()) - 1;
}

static void storm(void *unused)
{
	unsigned id = (unsigned)hart_self()->id;
	(void)unused;
	hart_barrier(&barrier, hart_count());
	for (unsigned round = 0; round < ROUNDS; round += ROUNDS_PER_CALL) {
		if (id == 0 && round > 0 && round % ROUNDS_PER_LINE == 0)
			print("  %u rounds\n", round);
		missed[id] += probe(PROBE_STORM, all(), ROUNDS_PER_CALL, 0).value;
	}
}

TEST(all_harts_can_broadcast_to_all_harts_at_once)
{
	quiet();
	hart_all(storm, 0);
	for (unsigned id = 0; id < hart_count(); id++)
		expect_equal(missed[id], 0, "every receiver handled each request before its sender continued");
}

static uint64_t seen(unsigned index)
{
	return probe(PROBE_SEEN, index, 0, 0).value;
}

TEST(a_broadcast_without_a_wait_arrives)
{
	uint64_t before[MAX_HARTS];
	quiet();
	hart_wait_for_all();
	for (unsigned id = 0; id < hart_count(); id++)
		before[id] = seen(id);
	probe(PROBE_BROADCAST, all(), 0, 4711);
	for (unsigned id = 0; id < hart_count(); id++) {
		while (probe(PROBE_LAST_SEEN, id, 0, 0).value != 4711)
			;
		expect_equal(seen(id), before[id] + 1, "the hart handled the broadcast once, with the published value");
	}
}

TEST(a_notified_hart_runs_on_interrupt)
{
	quiet();
	hart_wait_for_all();
	for (unsigned round = 0; round < 20; round++)
		for (unsigned id = 0; id < hart_count(); id++) {
			uint64_t before = seen(id), value = 5000 + round * MAX_HARTS + id;

			probe(PROBE_NOTIFY, id, value, 0);
			while (seen(id) == before)
				;
			if (probe(PROBE_LAST_SEEN, id, 0, 0).value != value || seen(id) != before + 1)
				expect(false, "the hart ran on_interrupt once, and it saw the value");
		}
	expect(true, "each hart has run on_interrupt");
}

static uint64_t s5_of_last, waits_for_s5;

/* Waits until s5 changes. The loop never traps into hv, so only the interrupt of the broadcast can lead to hv and
 * change s5. */
static void wait_for_s5(void *unused)
{
	uint64_t value, turns = UINT64_C(1) << 31;
	(void)unused;
	__atomic_store_n(&waits_for_s5, 1, __ATOMIC_RELEASE);
	__asm__ volatile("li s5, 0\n"
			 "1: addi %1, %1, -1\n"
			 "beqz %1, 2f\n"
			 "beqz s5, 1b\n"
			 "2: mv %0, s5"
			 : "=r"(value), "+r"(turns)
			 :
			 : "s5");
	s5_of_last = value;
}

TEST(on_interrupt_may_set_any_register)
{
	unsigned last = hart_count() - 1;
	quiet();
	if (last > 0) {
		hart_start(last, wait_for_s5, 0);
		while (!__atomic_load_n(&waits_for_s5, __ATOMIC_ACQUIRE))
			;
		quiet_pause();
		probe(PROBE_BROADCAST, UINT64_C(1) << last, 1, PROBE_FOR_S5);
		hart_wait(last);
		expect_equal(s5_of_last, PROBE_FOR_S5,
			     "the hart continues with the value that on_interrupt wrote to s5");
	}
}

TEST(a_broadcast_reaches_only_the_selected_harts_that_exist)
{
	unsigned last = hart_count() - 1;
	quiet();
	hart_wait_for_all();
	uint64_t before = seen(last), first = seen(0);
	probe(PROBE_BROADCAST, UINT64_C(1) << last | ~all(), 1, 4712);
	expect_equal(seen(last), before + 1, "the selected hart handles the broadcast");
	expect_equal(probe(PROBE_LAST_SEEN, last, 0, 0).value, 4712,
		     "the selected hart has the new value before the wait ends");
	expect_equal(seen(0), first + (last == 0), "hart 0 handles the broadcast only if it is the selected hart");
	probe(PROBE_BROADCAST, 0, 1, 4713);
	expect_equal(seen(last), before + 1, "an empty selection causes no call");
}
