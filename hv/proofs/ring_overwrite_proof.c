/* Proof: in overwrite mode, an operation on the ring changes only the next four slots before it moves head. So a slot that
 * a reader believes (abi/hartscope.h) is as it was when the reader copied it. No record is lost, and each is written
 * whole, with its own words. The ring is legal again, so all this holds for runs of any length.
 * Bound: a ring of 64 slots, the smallest one; any state, any record, any times. Each case of the proof is about one
 * OPERATION (ring.h). Two of them are the start of the induction: the ring is set up, or gets the mode.
 * Stubs: the stores to slots (hv/proofs/ring/put.h), and the end of trap.S, which completes the record of an exit.
 * Assumptions: a ring never gets 2^60 bytes. */
#include "hv/proofs/ring.h"

int main(void)
{
	uint64_t lost;

	ring_choose(HARTSCOPE_MODE_OVERWRITE, OPERATION);
	lost = tracer.ring.lost;
	ring_operate(OPERATION);
	ring_check_head();

	prove(ring_seen.slots == 0, "head moves behind each record");
	prove(ring_seen.wanted == (ring_wanted.slots != 0), "each record is written exactly once");
	prove(tracer.ring.lost == lost, "no slot is lost");
	prove(ring_is_legal(), "the ring is legal again");
	return 0;
}
