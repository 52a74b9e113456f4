/* Proof: in discard mode, whatever the consumer reads, an operation on the ring overwrites no slot that the consumer has not
 * read. Each slot that it does not write is counted, and LOST records report each counted slot once. Each record is
 * written whole, with its own words. The ring is legal again, so all this holds for runs of any length.
 * Bound: a ring of 64 slots, the smallest one; any state, any record, any times. Each case of the proof is about one
 * OPERATION (ring.h). Two of them are the start of the induction: the ring is set up, or gets the mode.
 * Stubs: the stores to slots (hv/proofs/ring/put.h), and the end of trap.S, which completes the record of an exit.
 * Assumptions: the tail is how far the consumer has read; after a change of mode, it may also be an old value that the
 * ring will not reach soon. The consumer reads between records. A ring never gets 2^60 bytes. */
#include "hv/proofs/ring.h"

#define SYNC_SLOTS (1 + TRACE_SYNC_EXT)
#define LOST_SLOTS (1 + TRACE_LOST_EXT)

int main(void)
{
	uint64_t lost, owed, own, counted;
	bool due;

	ring_choose(HARTSCOPE_MODE_DISCARD, OPERATION);
	ring_consume();
	lost = tracer.ring.lost;
	owed = tracer.lost;
	due = tracer.counters_due;
	ring_operate(OPERATION);
	ring_check_head();

	prove(ring_seen.slots == 0, "head moves behind each record");
	prove(ring_seen.wanted <= 1 && ring_seen.syncs <= 1, "each record is written at most once");
	counted = tracer.ring.lost - lost;
	own = ring_wanted.slots && !ring_seen.wanted ? ring_wanted.slots : 0;
	prove(counted == own || (counted == own + SYNC_SLOTS && !ring_seen.syncs),
	      "each slot that is not written is counted once");
	prove(OPERATION == RING_STOPPED || due || !tracer.counters_due || ring_seen.syncs ||
		      counted == own + SYNC_SLOTS,
	      "a SYNC that is not written is counted");
	prove(lost - owed + ring_seen.reported == tracer.ring.lost - tracer.lost,
	      "LOST records report each counted slot once");
	prove(OPERATION == RING_STOPPED || ring_is_legal(), "the ring is legal again");
	return 0;
}
