/* Tests the fan-out with a simulated monitor, which has two small rings. Each slot contains its sequence number. */
#include <criterion/criterion.h>

#include "payloads/linux/driver/fanout.h"

enum {
	HARTS = 2,
	RING = 8192, /* slots */
	READERS = 3
};

/* The simulated monitor. In overwrite mode, a ring holds the last RING slots. In discard mode, it holds the slots from
 * number `acknowledged` on. */
static uint64_t written[HARTS], acknowledged[HARTS], discarded[HARTS], erased[HARTS];
static uint64_t mode, abi_version, harts = HARTS;
static bool is_parked; /* whether hart 1 has not been started yet */

static uint64_t oldest(unsigned hart)
{
	uint64_t kept = written[hart] > RING ? written[hart] - RING : 0;
	return mode == HARTSCOPE_MODE_DISCARD ? acknowledged[hart] : max(kept, acknowledged[hart]);
}

static void emit(unsigned hart, uint64_t slots)
{
	uint64_t room = slots;
	if (mode == HARTSCOPE_MODE_DISCARD)
		room = min(slots, RING - (written[hart] - acknowledged[hart]));
	written[hart] += room;
	discarded[hart] += slots - room;
}

int monitor_info(struct hartscope_info *info)
{
	*info = (struct hartscope_info){ .abi_version = abi_version, .harts = harts, .hart_ids = { 10, 11 } };
	info->slots_per_hart = RING;
	return 0;
}

int monitor_control(struct hartscope_control *control)
{
	uint64_t before = mode;
	if (control->which & HARTSCOPE_CTRL_SET_MODE)
		mode = control->mode;
	for (unsigned hart = 0; mode != before && hart < HARTS; hart++)
		acknowledged[hart] = erased[hart] = written[hart];
	control->mode = before;
	return 0;
}

int monitor_stat(uint64_t hart_id, struct hartscope_stat *stat)
{
	*stat = (struct hartscope_stat){ .emitted = written[hart_id - 10] + discarded[hart_id - 10] };
	stat->erased = erased[hart_id - 10];
	stat->discarded = discarded[hart_id - 10];
	stat->lost =
		stat->discarded + (mode == HARTSCOPE_MODE_DISCARD ? stat->erased : oldest((unsigned)(hart_id - 10)));
	return 0;
}

int monitor_read(uint64_t hart_id, uint64_t sequence, void *page, struct monitor_slots *slots)
{
	unsigned hart = (unsigned)(hart_id - 10);
	struct trace_slot *to = page;
	if (sequence > written[hart] || (hart == 1 && is_parked))
		return -EINVAL;
	if (mode == HARTSCOPE_MODE_DISCARD)
		acknowledged[hart] = max(acknowledged[hart], sequence);
	slots->first = max(sequence, oldest(hart));
	slots->count = min(written[hart] - slots->first, MONITOR_READ_SLOTS);
	slots->bytes = page;
	slots->more = slots->count == MONITOR_READ_SLOTS;
	for (uint64_t i = 0; i < slots->count; i++)
		to[i].payload = slots->first + i;
	return 0;
}

/* A reader. For each hart, there are the numbers of slots that the reader has read and lost, and the sequence number
 * after its last slot. */
struct client {
	struct fanout_reader *reader;
	uint64_t read[HARTS], lost[HARTS], end[HARTS];
};

static struct client clients[READERS];

static void begin(uint64_t with_mode)
{
	memset(written, 0, sizeof(written));
	memset(acknowledged, 0, sizeof(acknowledged));
	memset(discarded, 0, sizeof(discarded));
	memset(erased, 0, sizeof(erased));
	mode = with_mode;
	abi_version = HARTSCOPE_ABI_VERSION;
	is_parked = false;
	cr_assert_eq(fanout_start(), 0);
	for (unsigned i = 0; i < READERS; i++) {
		clients[i] = (struct client){ .reader = fanout_open() };
		cr_assert(clients[i].reader);
	}
}

static void end(void)
{
	for (unsigned i = 0; i < READERS; i++)
		fanout_close(clients[i].reader);
	fanout_stop();
}

/** Fetches slots once. Checks that each slot has the right sequence number, and that every slot since the last fetch
 * was either read or reported as lost. @return the number of slots that were read */
static uint64_t fetch(struct client *of, unsigned hart)
{
	struct monitor_slots slots;
	uint64_t lost;
	cr_assert_eq(fanout_fetch(of->reader, hart, &slots, &lost), 0);
	cr_assert(slots.count || !slots.more, "`more` without a slot: a reader that asks again would get nothing");
	if (slots.count == 0)
		return 0;
	cr_assert_eq(slots.first, of->end[hart] + lost);
	for (uint64_t i = 0; i < slots.count; i++)
		cr_assert_eq(((const struct trace_slot *)(const void *)slots.bytes)[i].payload, slots.first + i);
	of->read[hart] += slots.count;
	of->lost[hart] += lost;
	of->end[hart] = slots.first + slots.count;
	return slots.count;
}

static void fetch_all(struct client *of, unsigned hart)
{
	while (fetch(of, hart) != 0)
		;
}

Test(fanout, a_reader_gets_every_slot_in_order)
{
	begin(HARTSCOPE_MODE_OVERWRITE);
	emit(0, 700);
	emit(1, 5);
	fetch_all(&clients[0], 0);
	fetch_all(&clients[0], 1);
	cr_expect_eq(clients[0].read[0], 700);
	cr_expect_eq(clients[0].read[1], 5);
	cr_expect_eq(clients[0].lost[0] + clients[0].lost[1], 0);
	end();
}

Test(fanout, a_late_reader_loses_the_slots_that_were_overwritten)
{
	begin(HARTSCOPE_MODE_OVERWRITE);
	emit(0, 100);
	fetch_all(&clients[0], 0);
	emit(0, RING + 50);
	fetch_all(&clients[0], 0);
	fetch_all(&clients[1], 0);
	cr_expect_eq(clients[0].lost[0], 50);
	cr_expect_eq(clients[1].lost[0], 150);
	cr_expect_eq(clients[0].read[0] + clients[0].lost[0], written[0]);
	cr_expect_eq(clients[1].read[0] + clients[1].lost[0], written[0]);
	end();
}

Test(fanout, in_discard_mode_all_readers_get_the_same_slots_and_wait_for_the_slowest_one)
{
	begin(HARTSCOPE_MODE_DISCARD);
	for (unsigned i = 0; i < READERS; i++)
		fetch(&clients[i], 0);
	emit(0, 3 * RING);
	fetch_all(&clients[0], 0);
	fetch_all(&clients[1], 0);
	cr_expect_lt(clients[0].read[0], written[0], "the third reader has not read the window yet");
	cr_expect_eq(clients[0].read[0], clients[1].read[0]);
	for (unsigned round = 0; round < 10; round++)
		for (unsigned i = 0; i < READERS; i++)
			fetch_all(&clients[i], 0);
	for (unsigned i = 0; i < READERS; i++) {
		cr_expect_eq(clients[i].read[0], written[0]);
		cr_expect_eq(clients[i].lost[0], 0, "slots that hv discarded are not a reader's loss");
	}
	cr_expect_eq(written[0] + discarded[0], 3 * RING);
	end();
}

Test(fanout, nobody_waits_for_a_reader_that_is_closed_or_has_never_read)
{
	begin(HARTSCOPE_MODE_DISCARD);
	emit(0, 6000);
	fetch(&clients[0], 0);
	fetch(&clients[1], 0);
	fetch_all(&clients[0], 0);
	cr_expect_lt(clients[0].read[0], 6000);
	fanout_close(clients[1].reader);
	fetch_all(&clients[0], 0);
	cr_expect_eq(clients[0].read[0], 6000);
	clients[1].reader = fanout_open();
	end();
}

Test(fanout, a_reader_that_skips_continues_with_the_slots_written_afterwards)
{
	for (uint64_t each = HARTSCOPE_MODE_OVERWRITE; each <= HARTSCOPE_MODE_DISCARD; each++) {
		begin(each);
		emit(0, 600);
		fetch_all(&clients[1], 0);
		cr_assert_eq(fanout_skip(clients[0].reader), 0);
		emit(0, 20);
		fetch_all(&clients[0], 0);
		cr_expect_eq(clients[0].read[0], 20);
		cr_expect_eq(clients[0].lost[0], 600);
		end();
	}
}

Test(fanout, a_change_of_mode_loses_the_slots_in_the_rings)
{
	begin(HARTSCOPE_MODE_DISCARD);
	struct hartscope_control control = { .mode = HARTSCOPE_MODE_OVERWRITE, .which = HARTSCOPE_CTRL_SET_MODE };
	emit(0, 500);
	fetch(&clients[0], 0);
	uint64_t had = clients[0].read[0];
	cr_assert_eq(fanout_control(&control), 0);
	cr_expect_eq(control.mode, HARTSCOPE_MODE_DISCARD);
	emit(0, 7);
	fetch_all(&clients[0], 0);
	cr_expect_eq(clients[0].read[0], had + 7);
	control.mode = HARTSCOPE_MODE_DISCARD;
	cr_assert_eq(fanout_control(&control), 0);
	emit(0, 9);
	fetch_all(&clients[0], 0);
	cr_expect_eq(clients[0].read[0], had + 16);
	cr_assert_eq(fanout_skip(clients[1].reader), 0);
	emit(0, 3);
	fetch_all(&clients[1], 0);
	cr_expect_eq(clients[1].read[0], 3, "erased slots have sequence numbers, and are skipped like others");
	fetch_all(&clients[0], 0);
	cr_expect_eq(clients[0].read[0] + clients[0].lost[0], written[0]);
	end();
}

static void act_at_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	unsigned draw = (unsigned)(*seed >> 40);
	unsigned hart = draw % HARTS;
	if (draw & 4)
		emit(hart, draw >> 3 & 0x1ff);
	else
		fetch(&clients[(draw >> 3) % READERS], hart);
}

Test(fanout, every_reader_reads_or_loses_each_slot_in_any_order_of_calls)
{
	for (uint64_t each = HARTSCOPE_MODE_OVERWRITE; each <= HARTSCOPE_MODE_DISCARD; each++) {
		uint64_t seed = each + 1;
		begin(each);
		for (unsigned i = 0; i < 20000; i++)
			act_at_random(&seed);
		for (unsigned round = 0; round < 20; round++)
			for (unsigned i = 0; i < READERS; i++)
				for (unsigned hart = 0; hart < HARTS; hart++)
					fetch_all(&clients[i], hart);
		for (unsigned i = 0; i < READERS; i++)
			for (unsigned hart = 0; hart < HARTS; hart++)
				cr_expect_eq(clients[i].read[hart] + clients[i].lost[hart], written[hart]);
		cr_expect_gt(written[0], 10 * RING);
		end();
	}
}

Test(fanout, dropped_slots_count_as_lost)
{
	struct monitor_slots slots;
	uint64_t lost;
	begin(HARTSCOPE_MODE_OVERWRITE);
	emit(0, RING + 50);
	cr_assert_eq(fanout_fetch(clients[0].reader, 0, &slots, &lost), 0);
	fanout_drop(clients[0].reader, 0, &slots, lost);
	fetch_all(&clients[0], 0);
	cr_expect_eq(clients[0].lost[0], 50 + MONITOR_READ_SLOTS);
	cr_expect_eq(clients[0].read[0] + clients[0].lost[0], written[0]);
	end();
}

Test(fanout, a_hart_that_has_not_been_started_has_no_slots_yet)
{
	for (uint64_t each = HARTSCOPE_MODE_OVERWRITE; each <= HARTSCOPE_MODE_DISCARD; each++) {
		begin(each);
		is_parked = true;
		emit(0, 5);
		cr_expect_eq(fetch(&clients[0], 0), 5);
		cr_expect_eq(fetch(&clients[0], 1), 0);
		is_parked = false;
		emit(1, 3);
		cr_expect_eq(fetch(&clients[0], 1), 3);
		cr_expect_eq(clients[0].lost[1], 0);
		end();
	}
}

Test(fanout, in_discard_mode_a_reader_gets_at_most_a_window_of_slots_or_a_smaller_ring)
{
	begin(HARTSCOPE_MODE_DISCARD);
	cr_expect_lt(fanout_most(), RING, "the window is smaller than the ring");
	fanout_info.slots_per_hart = 64;
	cr_expect_eq(fanout_most(), 64);
	end();
}

Test(fanout, a_monitor_with_another_abi_version_is_refused)
{
	abi_version = HARTSCOPE_ABI_VERSION + 1;
	cr_expect_eq(fanout_start(), -ENODEV);
}

Test(fanout, only_harts_with_an_id_are_used_if_the_monitor_has_more_harts)
{
	harts = ARRAY_SIZE(fanout_info.hart_ids) + 1;
	abi_version = HARTSCOPE_ABI_VERSION;
	cr_assert_eq(fanout_start(), 0);
	cr_expect_eq(fanout_harts(), ARRAY_SIZE(fanout_info.hart_ids));
	fanout_stop();
}
