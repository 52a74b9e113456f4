/* The long way into a ring: over the borders of its segments, with SYNC, and where there is no room. */
#include "hv/trace/trace.h"

#define RING_BYTES ((uint64_t)CONFIG_TRACE_SLOTS * TRACE_SLOT_BYTES)
#define SYNC_TRIES 3
#define SYNC_PER_SECOND 10
#define SYNC_CYCLES_FIRST 1000000     /* until two SYNCs have told how fast cycles are */
#define SYNC_CYCLES_MOST (1ull << 31) /* an EXIT's 32 bits of duration rely on it (trace_exit) */
#define MICROSECONDS_PER_SECOND 1000000
#define LOST_SLOTS 3
#define NEVER (~0ull)

struct trace_wanted trace_wanted = { CONFIG_TRACE_MASK, CONFIG_TRACE_MODE };

/* ---- places in the ring ---- */

static struct trace_slot *slot_at(const struct recorder *recorder, uint64_t head)
{
	return (struct trace_slot *)(recorder->ring.slots + (head & (RING_BYTES - 1)));
}

static uint64_t room(const struct recorder *recorder)
{
	if (recorder->ring.mode == HARTSCOPE_MODE_OVERWRITE)
		return RING_BYTES;
	return *(volatile const uint64_t *)&recorder->ring.tail + RING_BYTES - recorder->ring.head;
}

/* How far the short way may go from here. */
static void set_limit(struct recorder *recorder)
{
	uint64_t head = recorder->ring.head, end = (head / TRACE_SEGMENT_BYTES + 1) * TRACE_SEGMENT_BYTES;
	uint64_t last = recorder->lost ? head : head + room(recorder);

	recorder->limit = end < last ? end : last;
	recorder->bias = (uint64_t)slot_at(recorder, head) - head;
}

/* Writes a record for which there is room. */
static void append(struct recorder *recorder, enum trace_event event, unsigned ext, const uint64_t *words,
		   uint64_t time)
{
	uint64_t head = recorder->ring.head;

	trace_put_slot(slot_at(recorder, head), time, TRACE_TAG(event, ext), words[0]);
	for (unsigned i = 0; i < ext; i++) {
		head += TRACE_SLOT_BYTES;
		trace_put_slot(slot_at(recorder, head), time, TRACE_TAG(TRACE_EXT, i), words[i + 1]);
	}
	trace_publish(recorder, head + TRACE_SLOT_BYTES);
}

/* ---- loss ---- */

static void lose(struct recorder *recorder, unsigned slots, uint64_t time)
{
	if (recorder->lost == 0)
		recorder->lost_first = time;
	recorder->lost_last = time;
	recorder->lost += slots;
	recorder->ring.lost += slots;
}

/* Writes the record, and before it LOST if one is owed; or counts its slots as lost. */
static void append_or_lose(struct recorder *recorder, enum trace_event event, unsigned ext, const uint64_t *words,
			   uint64_t time)
{
	unsigned owed = recorder->lost ? LOST_SLOTS : 0;

	if (room(recorder) < (uint64_t)(owed + 1 + ext) * TRACE_SLOT_BYTES) {
		lose(recorder, 1 + ext, time);
		return;
	}
	if (owed) {
		uint64_t lost[LOST_SLOTS] = { recorder->lost, recorder->lost_first, recorder->lost_last };

		append(recorder, TRACE_LOST, LOST_SLOTS - 1, lost, time);
		recorder->lost = 0;
	}
	append(recorder, event, ext, words, time);
}

/* ---- SYNC ---- */

struct pair {
	uint64_t before, mtime, after; /* mcycle, mtime, mcycle again */
};

/* The tightest of a few pairs: nothing else tells a reader how far the two clocks were read apart. */
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

/* Cycles between the last two SYNCs for each of @p per_second parts of a second; 0 if that is not known. */
static uint64_t cycles_per(const struct recorder *recorder, const struct pair *now, uint64_t per_second)
{
	uint64_t cycles = now->before - recorder->sync_mcycle, ticks = now->mtime - recorder->sync_mtime;
	uint64_t ticks_per_part = recorder->timebase_hz / per_second;

	if (recorder->sync_mcycle == 0 || ticks == 0 || ticks_per_part == 0)
		return 0;
	return cycles / ticks * ticks_per_part + cycles % ticks * ticks_per_part / ticks;
}

void trace_sync(struct recorder *recorder)
{
	struct pair now = read_clocks(recorder->mtime);
	uint64_t words[] = { 0, now.before, now.mtime, now.after };
	uint64_t cycles = cycles_per(recorder, &now, SYNC_PER_SECOND);

	if (cycles == 0)
		cycles = SYNC_CYCLES_FIRST;
	if (cycles > SYNC_CYCLES_MOST)
		cycles = SYNC_CYCLES_MOST;
	append_or_lose(recorder, TRACE_SYNC, 3, words, now.after);
	recorder->sync_mcycle = now.before;
	recorder->sync_mtime = now.mtime;
	recorder->sync_at = now.after + cycles;
	recorder->sync_head = recorder->ring.head;
	set_limit(recorder);
}

/* ---- what others call ---- */

void trace_write(struct recorder *recorder, enum trace_event event, unsigned ext, const uint64_t *words, uint64_t time)
{
	uint64_t segment = recorder->ring.head / TRACE_SEGMENT_BYTES;

	append_or_lose(recorder, event, ext, words, time);
	set_limit(recorder);
	if (recorder->ring.head / TRACE_SEGMENT_BYTES != segment || time >= recorder->sync_at) {
		trace_sync(recorder);
		recorder->counters_due = true;
	}
}

#define FLOW_JOINED (1ull << 63)

static uint64_t flow_id(const struct recorder *target, uint64_t interrupt)
{
	return (uint64_t)target->hart << 40 | interrupt >> 1;
}

void trace_send(struct recorder *recorder, struct recorder *target)
{
	uint64_t interrupt = atomic_fetch_or_explicit(&target->interrupt, 1, memory_order_relaxed);

	trace_emit(recorder, TRACE_IPI_SEND, flow_id(target, interrupt) | (interrupt & 1 ? FLOW_JOINED : 0));
}

void trace_receive(struct recorder *recorder)
{
	uint64_t interrupt = atomic_load_explicit(&recorder->interrupt, memory_order_relaxed);

	if (!(interrupt & 1))
		return;
	atomic_fetch_add_explicit(&recorder->interrupt, 1, memory_order_relaxed); /* not pending, and the next number */
	trace_emit(recorder, TRACE_IPI_RECV, flow_id(recorder, interrupt));
}

uint64_t trace_last_time(const struct recorder *recorder)
{
	return slot_at(recorder, recorder->ring.head - TRACE_SLOT_BYTES)->tag & TRACE_TIMESTAMP_MASK;
}

static void set_mode(struct recorder *recorder, uint64_t mode)
{
	struct hartscope_ring *ring = &recorder->ring;

	uint64_t erased = ring->erased + ring->head / TRACE_SLOT_BYTES;

	/* In this order: a reader that sees the same `erased` before and after its copy has slots of one ring. */
	*(volatile uint64_t *)&ring->head = 0;
	fence_writes();
	*(volatile uint64_t *)&ring->erased = erased;
	fence_writes();
	ring->tail = ring->lost = 0;
	ring->mode = mode;
	recorder->lost = 0;
}

void trace_apply(struct recorder *recorder)
{
	recorder->ring.mask = trace_wanted.mask;
	if (recorder->ring.mode != trace_wanted.mode)
		set_mode(recorder, trace_wanted.mode);
	trace_sync(recorder);
	recorder->counters_due = true;
}

void trace_start(struct recorder *recorder, unsigned hart, struct trace_slot *slots, const volatile uint64_t *mtime,
		 uint64_t timebase_hz)
{
	recorder->hart = hart;
	recorder->mtime = mtime;
	recorder->timebase_hz = timebase_hz;
	recorder->ring.slots = (uint64_t)slots;
	recorder->ring.count = CONFIG_TRACE_SLOTS;
	recorder->ring.mode = trace_wanted.mode;
	trace_apply(recorder);
}
