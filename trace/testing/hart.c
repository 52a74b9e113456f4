/* One hart of a synthetic run. It collects slots until they fill a chunk, and then writes the chunk to the dump. Slots
 * are lost only when a chunk is written. Then slots at the chunk's beginning are left out. In discard mode, no slots
 * are left out. Instead, the next chunk begins with a LOST record. */
#include "trace/testing/hart.h"

#define LOST_SLOTS_MOST 2000
#define NS_PER_SECOND 1000000000ull

uint64_t hart_random(struct hart *hart, uint64_t below)
{
	/* This is Marsaglia's xorshift64*. It is small, and gives the same numbers on every machine. */
	uint64_t x = hart->random;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	hart->random = x;
	return (uint64_t)((unsigned __int128)(x * 0x2545f4914f6cdd1dull) * below >> 64);
}

uint64_t hart_cycles(const struct hart *hart, uint64_t ns)
{
	unsigned __int128 cycles = (unsigned __int128)ns * hart->run->options.cycles_hz / NS_PER_SECOND;
	return hart->cycles_ns0 + (uint64_t)cycles;
}

static void discard(struct hart *hart);

static void put_record(struct hart *hart, unsigned id, unsigned extra, const uint64_t *words)
{
	if (hart->count + 1 + extra > DUMP_RING_SLOTS) {
		hart_flush(hart);
		discard(hart);
	}
	hart->count += trace_slots_make(hart->slots + hart->count, hart_cycles(hart, hart->ns), id, extra, words);
	hart->emitted += 1 + extra;
}

/** In discard mode, decides at random whether the hart loses slots at this time. If so, writes a LOST record, as hv
 * does. */
static void discard(struct hart *hart)
{
	struct run *run = hart->run;
	if (!run->options.discard || hart_random(hart, 1000) >= run->options.loss)
		return;
	uint64_t slots = 1 + hart_random(hart, LOST_SLOTS_MOST), cycles = hart_cycles(hart, hart->ns);
	uint64_t words[1 + TRACE_LOST_EXT];
	trace_lost_pack((struct trace_lost){ .slots = slots, .first = cycles - 5000, .last = cycles }, words);
	put_record(hart, TRACE_LOST, TRACE_LOST_EXT, words);
	hart->emitted += slots;
	hart->lost += slots;
	run->facts->lost += slots;
}

void hart_sync(struct hart *hart)
{
	uint64_t cycles = hart_cycles(hart, hart->ns);
	uint64_t ns = hart->ns - hart->index * hart->run->options.skew_ns;
	unsigned __int128 mtime = (unsigned __int128)ns * hart->run->options.timebase_hz / NS_PER_SECOND;
	struct trace_sync sync = { .entry = HART_ENTRY_NS * hart->run->options.cycles_hz / NS_PER_SECOND,
				   .leave = HART_LEAVE_NS * hart->run->options.cycles_hz / NS_PER_SECOND,
				   .mcycle = cycles - 10,
				   .mtime = (uint64_t)mtime,
				   .mcycle_again = cycles + 10 };
	uint64_t words[1 + TRACE_SYNC_EXT];
	trace_sync_pack(sync, words);
	put_record(hart, TRACE_SYNC, TRACE_SYNC_EXT, words);
	hart->last_sync = hart->ns;
	hart->slots_since_sync = 0;
}

void hart_record(struct hart *hart, unsigned id, unsigned extra, const uint64_t *words)
{
	put_record(hart, id, extra, words);
	hart->slots_since_sync += 1 + extra;
}

/** Decides at random whether slots are lost at the beginning of the chunk, and how many. Often the loss ends in the
 * middle of a record. @return how many slots to leave out */
static size_t lose(struct hart *hart)
{
	struct run *run = hart->run;
	bool beginning = run->options.overwritten && hart->first == 0;
	if (run->options.discard || (!beginning && hart_random(hart, 1000) >= run->options.loss))
		return 0;
	size_t lost = 1 + (size_t)hart_random(hart, LOST_SLOTS_MOST);
	return lost < hart->count ? lost : hart->count / 2;
}

void hart_flush(struct hart *hart)
{
	struct run *run = hart->run;
	size_t lost = lose(hart), count = hart->count - lost;
	hart->lost += lost;
	run->facts->lost += lost;
	run->facts->slots += count;
	hart->lost_before += lost;
	if (count) {
		IGNORE_ERROR(dump_write_ring(run->writer, hart->index, hart->first + lost, hart->lost_before,
					     hart->slots + lost, count)); /* the writer returns this error later */
		hart->lost_before = 0;
	}
	hart->first += hart->count;
	hart->count = 0;
}
