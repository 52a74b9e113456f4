/* The trace's calls of hartscope's EID: CTRL, READ, SYNC (abi/hartscope.h). */
#include "hv/core/core.h"
#include "hv/core/ecall.h"

#define A0 10
#define A1 11
#define A2 12
#define A3 13

/* Who frees slots by reading, in discard mode: 1 the firmware, 2 the payload. Relaxed: it guards no data. */
static _Atomic uint64_t consumer;

/* Bits of [trace] guest_access by caller. */
static bool may_trace(const struct vcpu *vcpu)
{
	return CONFIG_TRACE_ACCESS >> (vcpu->world == WORLD_FIRMWARE ? 0 : 1) & 1;
}

uint64_t ecall_trace_consumer(void)
{
	return atomic_load_explicit(&consumer, memory_order_relaxed);
}

/* ---- CTRL and SYNC ---- */

/* Each started hart does what hv/ring now wants: its mask, its mode, and a SYNC record. */
static void apply_everywhere(void)
{
	module_broadcast_wait_for(module_index((struct trace *)0), hart_set_all());
}

static void ecall_control(struct vcpu *vcpu)
{
	uint64_t which = vcpu_reg(vcpu, A2), mode = vcpu_reg(vcpu, A1);
	uint64_t before = trace_wanted.mask | trace_wanted.mode << TRACE_MASK_BITS;

	if ((which & ~(uint64_t)(HARTSCOPE_CTRL_SET_MASK | HARTSCOPE_CTRL_SET_MODE)) ||
	    ((which & HARTSCOPE_CTRL_SET_MODE) && mode > HARTSCOPE_MODE_DISCARD)) {
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
		return;
	}
	if (which & HARTSCOPE_CTRL_SET_MASK)
		trace_wanted.mask = vcpu_reg(vcpu, A0) & TRACE_MASK_ALL & ~TRACE_MASK_ALWAYS;
	if (which & HARTSCOPE_CTRL_SET_MODE) {
		trace_wanted.mode = mode;
		atomic_store_explicit(&consumer, 0, memory_order_relaxed);
	}
	if (which)
		apply_everywhere();
	sbi_return(vcpu, SBI_SUCCESS, before);
}

static void ecall_sync(struct vcpu *vcpu)
{
	apply_everywhere();
	sbi_return(vcpu, SBI_SUCCESS, 0);
}

/* ---- READ ---- */

/* A piece of a ring on its way to a guest, in slots. */
struct piece {
	uint64_t first, count;
};

/* The oldest slot that may be believed while the ring's hart writes at @p head. */
static uint64_t oldest(const struct hartscope_ring *ring, uint64_t head)
{
	uint64_t margin = 2 * TRACE_RECORD_SLOTS;

	return ring->mode == HARTSCOPE_MODE_OVERWRITE && head + margin > ring->count ? head + margin - ring->count : 0;
}

static uint64_t head_of(const struct hartscope_ring *ring)
{
	return *(volatile const uint64_t *)&ring->head / TRACE_SLOT_BYTES;
}

/* Sequence number of the ring's first slot. */
static uint64_t erased_of(const struct hartscope_ring *ring)
{
	return *(volatile const uint64_t *)&ring->erased;
}

static bool copy_slots(struct vcpu *vcpu, const struct hartscope_ring *ring, uint64_t to, struct piece piece)
{
	uint64_t at = piece.first & (ring->count - 1), until_end = ring->count - at;
	uint64_t before = piece.count < until_end ? piece.count : until_end;

	return guest_copy_out(vcpu, to, (const struct trace_slot *)ring->slots + at, before * TRACE_SLOT_BYTES) &&
	       guest_copy_out(vcpu, to + before * TRACE_SLOT_BYTES, (const void *)ring->slots,
			      (piece.count - before) * TRACE_SLOT_BYTES);
}

/* Whether the ring's hart has set it up: one that has not started, or never does, has none. */
static bool is_set_up(const struct hartscope_ring *ring)
{
	bool set_up = *(volatile const uint64_t *)&ring->count != 0;

	fence_reads();
	return set_up;
}

/* The slots from @p first on that may be read, @p head being written next: none, and none lost, where a change of mode has
 * just emptied the ring. */
static struct piece piece_from(const struct hartscope_ring *ring, uint64_t first, uint64_t head, uint64_t room)
{
	uint64_t valid = oldest(ring, head);
	struct piece piece = { first > valid ? first : valid, 0 };

	if (piece.first > head)
		return piece;
	piece.count = head - piece.first;
	if (piece.count > ring->count)
		piece.count = ring->count;
	if (piece.count > room)
		piece.count = room;
	return piece;
}

/* Copies the oldest slots from @p sequence on; where the writer has come too near meanwhile, begins again further on, and
 * in the end gives none. @return false if the caller may not write there */
static bool read_slots(struct vcpu *vcpu, const struct hartscope_ring *ring, uint64_t sequence, uint64_t to,
		       uint64_t room, struct piece *piece)
{
	uint64_t first = sequence;

	for (unsigned tries = 0;; tries++) {
		uint64_t head = head_of(ring);

		fence_reads();
		*piece = piece_from(ring, first, head, room);
		if (tries == 3)
			piece->count = 0;
		if (!copy_slots(vcpu, ring, to, *piece))
			return false;
		fence_reads();
		if (piece->count == 0 || oldest(ring, head_of(ring)) <= piece->first)
			return true;
		first = head > ring->count / 2 ? head - ring->count / 2 : 0;
	}
}

/* The caller's own hart tells its time if anything has happened since it did. */
static void sync_before_read(const struct hart *self, const struct hart *target)
{
	struct tracer *tracer = ((struct hart *)(uintptr_t)self)->vcpu.tracer;

	if (self == target && tracer->ring.head != tracer->sync_head)
		trace_sync(tracer);
}

static bool may_consume(const struct hartscope_ring *ring, const struct vcpu *vcpu)
{
	uint64_t self = vcpu->world == WORLD_FIRMWARE ? 1 : 2, nobody = 0;

	return ring->mode == HARTSCOPE_MODE_OVERWRITE ||
	       atomic_compare_exchange_strong_explicit(&consumer, &nobody, self, memory_order_relaxed,
						       memory_order_relaxed) ||
	       nobody == self;
}

/* Frees the slots before number @p from of the ring that began at sequence number @p erased. @return the oldest there is */
static uint64_t acknowledge(struct hartscope_ring *ring, uint64_t erased, uint64_t from)
{
	volatile uint64_t *tail = &ring->tail;
	uint64_t freed = *tail / TRACE_SLOT_BYTES;

	if (from < freed)
		from = freed;
	*tail = from * TRACE_SLOT_BYTES;
	fence_all();
	if (erased_of(ring) != erased) /* another hart has changed the mode: that was the old ring's */
		*tail = 0;
	return from;
}

/* Sequence numbers go on when a change of mode empties the ring: `erased` is the number of its first slot. */
static void return_slots(struct vcpu *vcpu, struct hartscope_ring *ring, uint64_t sequence)
{
	uint64_t erased = erased_of(ring), from = sequence > erased ? sequence - erased : 0;
	uint64_t to = vcpu_reg(vcpu, A2), length = vcpu_reg(vcpu, A3);
	struct hartscope_read header = { .length = sizeof(header) };
	struct piece piece;

	if (length > HARTSCOPE_READ_BYTES)
		length = HARTSCOPE_READ_BYTES;
	if (ring->mode == HARTSCOPE_MODE_DISCARD)
		from = acknowledge(ring, erased, from);
	if (!read_slots(vcpu, ring, from, to + sizeof(header), (length - sizeof(header)) / TRACE_SLOT_BYTES, &piece)) {
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
		return;
	}
	if (erased_of(ring) != erased) /* emptied meanwhile: what was copied may be of two rings */
		piece = (struct piece){ from, 0 };
	header.first = erased + piece.first;
	header.next = header.first + piece.count;
	header.lost = header.first - sequence;
	if (!guest_copy_out(vcpu, to, &header, sizeof(header)))
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
	else
		sbi_return(vcpu, SBI_SUCCESS, sizeof(header) + piece.count * TRACE_SLOT_BYTES);
}

/* Whether the ring's hart has not come to @p sequence. That cannot be told where the head is 0: the ring is being emptied. */
static bool is_to_come(const struct hartscope_ring *ring, uint64_t sequence)
{
	uint64_t head = head_of(ring);

	return head != 0 && sequence > erased_of(ring) + head;
}

static void ecall_read(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	struct hart *target = hart_by_id(vcpu_reg(vcpu, A0));
	uint64_t sequence = vcpu_reg(vcpu, A1), place = vcpu_reg(vcpu, A2) | vcpu_reg(vcpu, A3);

	if (target == NULL || place % TRACE_SLOT_BYTES || vcpu_reg(vcpu, A3) < sizeof(struct hartscope_read)) {
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
		return;
	}
	sync_before_read(hart, target);

	struct hartscope_ring *ring = &target->vcpu.tracer->ring;

	if (!is_set_up(ring) || is_to_come(ring, sequence))
		sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
	else if (!may_consume(ring, vcpu))
		sbi_return(vcpu, SBI_ERR_DENIED, 0);
	else
		return_slots(vcpu, ring, sequence);
}

/* ---- the calls ---- */

void ecall_trace(struct hart *hart, uint64_t function)
{
	struct vcpu *vcpu = &hart->vcpu;

	if (!CONFIG_TRACE)
		sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	else if (!may_trace(vcpu))
		sbi_return(vcpu, SBI_ERR_DENIED, 0);
	else if (function == HARTSCOPE_CTRL)
		ecall_control(vcpu);
	else if (function == HARTSCOPE_SYNC)
		ecall_sync(vcpu);
	else
		ecall_read(hart);
}

void ecall_trace_stat(const struct hart *target, struct hartscope_stat *stat)
{
	if (!CONFIG_TRACE)
		return;

	const struct hartscope_ring *ring = &target->vcpu.tracer->ring;
	uint64_t erased, head;
	unsigned tries = 0;

	do { /* both of one ring, unless its modes change all the time */
		erased = erased_of(ring);
		fence_reads();
		head = head_of(ring);
		fence_reads();
	} while (erased_of(ring) != erased && ++tries < 3);

	/* Slots that a change of mode has erased are lost to every reader. */
	stat->emitted = erased + head + ring->lost;
	stat->lost = erased + ring->lost;
	stat->erased = erased;
	stat->discarded = ring->lost;
	if (ring->mode == HARTSCOPE_MODE_DISCARD)
		stat->read = ring->tail / TRACE_SLOT_BYTES;
	else if (head > ring->count)
		stat->lost += head - ring->count;
}
