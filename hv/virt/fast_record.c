/* The record of an exit that ends in the fast tier. Look at the disassembly after any change: it has a budget. */
#include "hv/virt/fast.h"

#include "hv/arch/csr.h"

#define RECORD_SLOTS (1 + CONFIG_TRACE_EXIT_ARGS)

/* The payload is written as two words: the duration's upper half is not there (SYNC comes first). */
PART_OF_FAST_PATH void put_exit(struct trace_slot *slot, uint64_t now, uint64_t duration, uint64_t kind)
{
	typedef uint32_t __attribute__((may_alias)) half;
	half *payload = (half *)&slot->payload;

	trace_put_tag(slot, now, TRACE_TAG(TRACE_EXIT, CONFIG_TRACE_EXIT_ARGS));
	payload[0] = (half)duration;
	payload[1] = (half)kind;
}

void fast_record(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	__asm__("" : "+r"(vcpu)); /* else gcc 12 copies it for the slow way's sake */

	struct tracer *tracer = vcpu->tracer;
	uint64_t head = tracer->ring.head, next = head + RECORD_SLOTS * TRACE_SLOT_BYTES, now = trace_clock();

	if (__builtin_expect(now >= tracer->sync_at, 0) || __builtin_expect(next > tracer->limit, 0))
		return trap_record_slow(vcpu, pc, value, kind);

	struct trace_slot *slot = (struct trace_slot *)(head + tracer->bias);

	put_exit(slot, now, now - tracer->ring.start, kind);
	if (CONFIG_TRACE_EXIT_ARGS > 0)
		trace_put_slot(slot + 1, now, TRACE_TAG(TRACE_EXT, 0), pc);
	if (CONFIG_TRACE_EXIT_ARGS > 1)
		trace_put_slot(slot + 2, now, TRACE_TAG(TRACE_EXT, 1), value);
	trace_publish(tracer, next);
	return trap_return_fast(vcpu);
}
