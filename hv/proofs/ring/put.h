/* The stores to a ring in proofs: the same names as in hv/ring/put.h, for the ring of the proofs (hv/proofs/ring.h),
 * which checks each store and has no memory. run_proof.py gives this header to all of hv as hv/ring/put.h. */
#ifndef HV_RING_PUT_H
#define HV_RING_PUT_H

#include <stdint.h>

#include "trace/format/slot.h"

void trace_put_slot(struct trace_slot *slot, uint64_t time, unsigned tag, uint64_t payload);
void trace_put_payload(struct trace_slot *slot, uint64_t payload);

#endif
