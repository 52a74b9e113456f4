/* Writes records into a hart's ring if the short path of trace.h cannot do it. This is so at the end of a segment or of
 * the ring, when a SYNC record is due, and when the ring has no room. The short path may write a record only if head
 * stays at or below `limit`; otherwise its callers call this file. If there is no room for a record, hv counts its
 * slots as lost, and writes a LOST record as soon as there is room again. */
#include "hv/ring/trace.h"

#define RING_BYTES ((uint64_t)CONFIG_TRACE_SLOTS * TRACE_SLOT_BYTES)
#define SYNC_TRIES 3
#define SYNC_PER_SECOND 10
/* cycles until the second SYNC; only after it the ratio of mcycle to mtime is known */
#define SYNC_CYCLES_FIRST 1000000
#define SYNC_CYCLES_LEAST 100000      /* long enough that the exit in which hv wrote SYNC has ended by then */
#define SYNC_CYCLES_MOST (1ull << 31) /* trap.S relies on this, because the duration in an EXIT record has 32 bits */
#define SYNC_SLOTS (1 + TRACE_SYNC_EXT)
#define OBSERVED_SLOTS (1 + TRACE_EXIT_SLOTS) /* an OBSERVING record and the record of the exit to which it belongs */
#define DURATION_LONG (1ull << 31)
#define MICROSECONDS_PER_SECOND 1000000
#define LOST_SLOTS (1 + TRACE_LOST_EXT)
#define NEVER (~0ull)

struct trace_wanted trace_wanted = { CONFIG_TRACE_MASK, CONFIG_TRACE_MODE };

/* ---- places in the ring ---- */

static struct trace_slot *slot_at(const struct tracer *tracer, uint64_t head)
{
	return (struct trace_slot *)(tracer->ring.slots + (head & (RING_BYTES - 1)));
}

/* The number of free bytes in the ring. The consumer writes the tail. After a change of mode, the tail may still be a
 * value from before the ring was emptied. If the tail is impossible for the present ring, this function returns 0. */
static uint64_t room(const struct tracer *tracer)
{
	if (tracer->ring.mode == HARTSCOPE_MODE_OVERWRITE)
		return RING_BYTES;

	uint64_t unread = tracer->ring.head - *(volatile const uint64_t *)&tracer->ring.tail;

	return unread <= RING_BYTES ? RING_BYTES - unread : 0;
}

/* Sets `limit`. The short path may write up to the end of the segment, or up to the end of the free slots if that comes
 * first. While a LOST record has to be written, the short path may write nothing. */
static void set_limit(struct tracer *tracer)
{
	uint64_t head = tracer->ring.head, end = (head / TRACE_SEGMENT_BYTES + 1) * TRACE_SEGMENT_BYTES;
	uint64_t last = tracer->lost ? head : head + room(tracer);

	tracer->limit = end < last ? end : last;
	tracer->bias = (uint64_t)slot_at(tracer, head) - head;
}

/* Writes a record. The caller has checked that there is room. */
static void append(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words, uint64_t time)
{
	uint64_t head = tracer->ring.head;

	trace_put_slot(slot_at(tracer, head), time, TRACE_TAG(event, ext), words[0]);
	for (unsigned i = 0; i < ext; i++) {
		head += TRACE_SLOT_BYTES;
		trace_put_slot(slot_at(tracer, head), time, TRACE_TAG(TRACE_EXT, i), words[i + 1]);
	}
	trace_publish(tracer, head + TRACE_SLOT_BYTES);
}

/* ---- loss ---- */

static void lose(struct tracer *tracer, unsigned slots, uint64_t time)
{
	if (tracer->lost == 0)
		tracer->lost_first = time;
	tracer->lost_last = time;
	tracer->lost += slots;
	tracer->ring.lost += slots;
}

/* Whether the ring has room for @p slots more slots. If a LOST record has to be written first, there must also be room
 * for it. */
static bool has_room(const struct tracer *tracer, unsigned slots)
{
	unsigned owed = tracer->lost ? LOST_SLOTS : 0;

	return room(tracer) >= (uint64_t)(owed + slots) * TRACE_SLOT_BYTES;
}

/* Writes a LOST record if slots have been lost since the last LOST record. */
static void tell_loss(struct tracer *tracer, uint64_t time)
{
	struct trace_lost lost = { .slots = tracer->lost, .first = tracer->lost_first, .last = tracer->lost_last };
	uint64_t words[LOST_SLOTS];

	trace_lost_pack(lost, words);
	if (tracer->lost)
		append(tracer, TRACE_LOST, TRACE_LOST_EXT, words, time);
	tracer->lost = 0;
}

/* Writes the record. If slots have been lost, writes a LOST record before it. If there is no room, counts the record's
 * slots as lost. */
static void append_or_lose(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words,
			   uint64_t time)
{
	if (!has_room(tracer, 1 + ext)) {
		lose(tracer, 1 + ext, time);
		return;
	}
	tell_loss(tracer, time);
	append(tracer, event, ext, words, time);
}

/* ---- SYNC ---- */

struct pair {
	uint64_t before, mtime, after; /* mcycle, mtime, mcycle again */
};

/* Reads both clocks several times and returns the pair of values whose reading took the fewest cycles. mcycle is read
 * before and after mtime. Readers of the trace get both values of mcycle, because their difference shows how exact the
 * pair is. */
static struct pair read_clocks(const volatile uint64_t *mtime)
{
	struct pair best = { 0, 0, NEVER };

	for (unsigned i = 0; i < SYNC_TRIES; i++) {
		struct pair pair;

		pair.before = trace_clock();
		pair.mtime = *mtime;
		pair.after = trace_clock();
		if (pair.after - pair.before < best.after - best.before)
			best = pair;
	}
	return best;
}

/* Returns the number of cycles in 1 / @p per_second seconds. It computes this from the clocks at the last SYNC and at
 * @p now. Returns 0 if the number is not known. */
static uint64_t cycles_per(const struct tracer *tracer, const struct pair *now, uint64_t per_second)
{
	uint64_t cycles = now->after - tracer->sync_mcycle, ticks = now->mtime - tracer->sync_mtime;
	uint64_t ticks_per_part = tracer->timebase_hz / per_second;

	if (tracer->sync_mcycle == 0 || ticks == 0 || ticks_per_part == 0)
		return 0;
	return cycles / ticks * ticks_per_part + cycles % ticks * ticks_per_part / ticks;
}

void trace_sync(struct tracer *tracer)
{
	struct pair now = read_clocks(tracer->mtime);
	struct trace_sync sync = { .entry = tracer->exit_entry,
				   .leave = tracer->exit_leave,
				   .mcycle = now.before,
				   .mtime = now.mtime,
				   .mcycle_again = now.after };
	uint64_t words[SYNC_SLOTS];
	uint64_t cycles = cycles_per(tracer, &now, SYNC_PER_SECOND);

	if (cycles == 0)
		cycles = SYNC_CYCLES_FIRST;
	if (cycles < SYNC_CYCLES_LEAST)
		cycles = SYNC_CYCLES_LEAST;
	if (cycles > SYNC_CYCLES_MOST)
		cycles = SYNC_CYCLES_MOST;
	trace_sync_pack(sync, words);
	append_or_lose(tracer, TRACE_SYNC, TRACE_SYNC_EXT, words, now.after);
	tracer->sync_mcycle = now.after;
	tracer->sync_mtime = now.mtime;
	tracer->sync_at = tracer->ring.mask ? now.after + cycles : NEVER;
	tracer->sync_head = tracer->ring.head;
	tracer->synced = tracer->on[TRACE_EXIT];
	set_limit(tracer);
	tracer->limit = tracer->ring.head;
}

/* ---- functions that other files call ---- */

/* Whether SYNC is due. It is due if head has reached another segment since the last SYNC, or if enough time has
 * passed. */
static bool sync_is_due(const struct tracer *tracer, uint64_t time)
{
	return tracer->ring.head / TRACE_SEGMENT_BYTES != tracer->sync_head / TRACE_SEGMENT_BYTES ||
	       time >= tracer->sync_at;
}

static COLD void write_over_limit(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words,
				  uint64_t time)
{
	append_or_lose(tracer, event, ext, words, time);
	set_limit(tracer);
	if (sync_is_due(tracer, time)) {
		trace_sync(tracer);
		tracer->counters_due = true;
	}
	if (tracer->counters_due || tracer->synced) /* so that the next exit takes the long path too */
		tracer->limit = tracer->ring.head;
}

static inline __attribute__((always_inline)) void write_record(struct tracer *tracer, enum trace_event event,
							       unsigned ext, const uint64_t *words, uint64_t time)
{
	uint64_t next = tracer->ring.head + (1 + ext) * TRACE_SLOT_BYTES;

	if (__builtin_expect(next <= tracer->limit && time < tracer->sync_at, 1))
		append(tracer, event, ext, words, time);
	else
		write_over_limit(tracer, event, ext, words, time);
}

void trace_write(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words, uint64_t time)
{
	write_record(tracer, event, ext, words, time);
}

void trace_write_slot(struct tracer *tracer, enum trace_event event, uint64_t payload, uint64_t time)
{
	write_record(tracer, event, 0, &payload, time);
}

/* ---- the record of the exit that is ending ---- */

void trace_prepare_nothing(struct tracer *tracer)
{
	tracer->exit_slot = tracer->nowhere;
	tracer->exit_head = tracer->ring.head;
}

void trace_sync_before_exit(struct tracer *tracer)
{
	uint64_t next = tracer->ring.head + TRACE_EXIT_SLOTS * TRACE_SLOT_BYTES;

	if (next / TRACE_SEGMENT_BYTES == tracer->sync_head / TRACE_SEGMENT_BYTES ||
	    !has_room(tracer, SYNC_SLOTS + OBSERVED_SLOTS))
		return;
	trace_sync(tracer);
	tracer->counters_due = true;
}

bool trace_sync_late(struct tracer *tracer, bool record)
{
	if (record && !has_room(tracer, SYNC_SLOTS + OBSERVED_SLOTS)) {
		tracer->sync_at = trace_clock() + SYNC_CYCLES_FIRST;
		return false;
	}
	trace_sync(tracer);
	tracer->counters_due = true;
	return true;
}

/* Whether the record of an exit at head would wrap around the ring's end. */
static bool exit_wraps(const struct tracer *tracer)
{
	return (tracer->ring.head & (RING_BYTES - 1)) + TRACE_EXIT_SLOTS * TRACE_SLOT_BYTES > RING_BYTES;
}

void trace_prepare_exit(struct tracer *tracer, const uint64_t *words)
{
	tracer->exit_slot = slot_at(tracer, tracer->ring.head);
	tracer->exit_head = tracer->ring.head + TRACE_EXIT_SLOTS * TRACE_SLOT_BYTES;
	for (unsigned i = 0; i < TRACE_EXIT_SLOTS; i++)
		trace_put_payload(tracer->exit_slot + i, words[i]);
}

static void append_exit(struct tracer *tracer, const uint64_t *words, uint64_t time, uint64_t duration)
{
	struct trace_exit exit = trace_exit_unpack(words, TRACE_EXIT_SLOTS - 1);
	uint64_t whole[1 + TRACE_EXIT_EXT];

	exit.duration = duration < TRACE_DURATION_UNKNOWN ? duration : TRACE_DURATION_UNKNOWN;
	trace_exit_pack(exit, whole);
	append(tracer, TRACE_EXIT, TRACE_EXIT_SLOTS - 1, whole, time);
	trace_prepare_nothing(tracer);
}

static void append_observing(struct tracer *tracer, uint64_t since, uint64_t time)
{
	uint64_t word;

	trace_observing_pack((struct trace_observing){ .since = since }, &word);
	append(tracer, TRACE_OBSERVING, TRACE_OBSERVING_EXT, &word, time);
}

void trace_prepare_exit_over_limit(struct tracer *tracer, const uint64_t *words, uint64_t observing)
{
	uint64_t time = trace_clock(), duration = time - tracer->ring.start;

	tracer->synced = false;
	if (!has_room(tracer, TRACE_EXIT_SLOTS)) {
		lose(tracer, TRACE_EXIT_SLOTS, time);
		trace_prepare_nothing(tracer);
		set_limit(tracer);
		return;
	}
	tell_loss(tracer, time);
	if (observing && has_room(tracer, OBSERVED_SLOTS))
		append_observing(tracer, observing, time);
	/* trap.S cannot complete a record that wraps around the ring's end. So OBSERVING records fill the rest of the
	 * ring; hv spends the time until the exit ends on the trace. */
	while (exit_wraps(tracer) && has_room(tracer, OBSERVED_SLOTS))
		append_observing(tracer, observing ? observing : time, time);
	if (!exit_wraps(tracer) && duration < DURATION_LONG)
		trace_prepare_exit(tracer, words);
	else
		append_exit(tracer, words, time, duration);
	set_limit(tracer);
}

void trace_send(struct tracer *tracer, struct tracer *target, unsigned hart)
{
	/* hv reads the clock before the target can see the interrupt, because the target may receive the interrupt
	 * immediately after that. */
	uint64_t time = trace_clock();
	uint64_t interrupt = atomic_fetch_or_explicit(&target->interrupt, 1, memory_order_relaxed);

	uint64_t word;

	trace_ipi_send_pack(
		(struct trace_ipi_send){ .flow = trace_flow(hart, interrupt >> 1), .joined = interrupt & 1 }, &word);
	if (trace_is_on(tracer, TRACE_IPI_SEND))
		trace_write_slot(tracer, TRACE_IPI_SEND, word, time);
}

void trace_receive(struct tracer *tracer)
{
	uint64_t interrupt = atomic_load_explicit(&tracer->interrupt, memory_order_relaxed);

	if (!(interrupt & 1))
		return;
	/* The lowest bit is 1, because an interrupt is pending. So adding 1 clears this bit and increments the number
	 * in the other bits. */
	atomic_fetch_add_explicit(&tracer->interrupt, 1, memory_order_relaxed);
	trace_emit_ipi_recv(tracer, (struct trace_ipi_recv){ .flow = trace_flow(tracer->hart, interrupt >> 1) });
}

void trace_append_stopped(struct tracer *tracer, enum trace_event event, unsigned ext, const uint64_t *words)
{
	uint64_t newest = slot_at(tracer, tracer->ring.head - TRACE_SLOT_BYTES)->tag & TRACE_TIMESTAMP_MASK;

	append_or_lose(tracer, event, ext, words, newest);
}

static void set_mode(struct tracer *tracer, uint64_t mode)
{
	struct hartscope_ring *ring = &tracer->ring;

	uint64_t erased = ring->erased + ring->head / TRACE_SLOT_BYTES;

	/* The order of these stores matters. A reader that sees the same `erased` before and after its copy must have
	 * copied slots that were all written before, or all written after, the ring was emptied. A consumer that sees
	 * the new `erased` must not find the old tail. A consumer that still sees the old `erased` may store its old
	 * tail once more, so the tail is cleared a second time. */
	*(volatile uint64_t *)&ring->head = 0;
	*(volatile uint64_t *)&ring->tail = 0;
	fence_writes();
	*(volatile uint64_t *)&ring->erased = erased;
	fence_writes();
	*(volatile uint64_t *)&ring->tail = 0;
	ring->mode = mode;
}

void trace_apply(struct tracer *tracer)
{
	tracer->ring.mask = trace_wanted.mask;
	for (unsigned event = 0; event < TRACE_EVENTS; event++)
		tracer->on[event] = (trace_wanted.mask & TRACE_BIT(event)) != 0;
	if (tracer->on[TRACE_ECALL_ARGS])
		tracer->on[TRACE_ECALL] = false;
	if (tracer->ring.mode != trace_wanted.mode)
		set_mode(tracer, trace_wanted.mode);
	trace_sync(tracer);
	tracer->counters_due = true;
	tracer->limit = tracer->ring.head;
}

void trace_open(struct tracer *tracer)
{
	tracer->sync_at = NEVER;
	trace_prepare_nothing(tracer);
}

void trace_start(struct tracer *tracer, unsigned hart, struct trace_slot *slots, const volatile uint64_t *mtime,
		 uint64_t timebase_hz)
{
	tracer->hart = hart;
	tracer->mtime = mtime;
	tracer->timebase_hz = timebase_hz;
	tracer->ring.slots = (uint64_t)slots;
	tracer->ring.mode = trace_wanted.mode;
	trace_apply(tracer);
	fence_writes(); /* a reader that sees a count other than 0 finds a complete ring */
	*(volatile uint64_t *)&tracer->ring.count = CONFIG_TRACE_SLOTS;
}
