/* The ecalls that control and read the trace: CTRL, READ and SYNC (abi/hartscope.h). CTRL and SYNC store the wanted
 * state, and each hart then applies it to its own ring. READ copies slots from a ring while the ring's hart may be
 * writing to it. So it first copies the slots, and then checks whether they were still valid. If they were not, it
 * repeats the copy. */
#include "hv/core/core.h"
#include "hv/core/ecall.h"

#define A0 10
#define A1 11
#define A2 12
#define A3 13

/* The consumer is the guest that frees slots in discard mode by reading them: 1 is the firmware, 2 is the payload, and
 * 0 means that there is no consumer yet. All accesses are relaxed, because this variable guards no other data. */
static _Atomic uint64_t consumer;

/* Whether the caller may use the trace. The setting [trace] guest_access has a bit for each world. */
static bool may_trace(const struct vcpu *vcpu)
{
	return CONFIG_TRACE_ACCESS >> (vcpu->world == WORLD_FIRMWARE ? 0 : 1) & 1;
}

uint64_t ecall_trace_consumer(void)
{
	return atomic_load_explicit(&consumer, memory_order_relaxed);
}

/* ---- CTRL and SYNC ---- */

/* Makes each started hart apply trace_wanted (its mask and mode) and write SYNC, and waits for all of them. */
static void apply_everywhere(void)
{
	module_broadcast_wait_for(module_index_or_none((struct trace *)0), hart_set_all());
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

/* The part of a ring that hv is copying to a guest, in slots. */
struct piece {
	uint64_t first, count;
};

/* The number of the oldest slot that is still valid while the ring's hart writes at @p head. The hart may already be
 * writing its next record, so the slots which that record may overwrite do not count as valid. */
static uint64_t oldest(const struct hartscope_ring *ring, uint64_t head)
{
	uint64_t margin = 2 * TRACE_RECORD_SLOTS;

	return ring->mode == HARTSCOPE_MODE_OVERWRITE && head + margin > ring->count ? head + margin - ring->count : 0;
}

static uint64_t head_of(const struct hartscope_ring *ring)
{
	return *(volatile const uint64_t *)&ring->head / TRACE_SLOT_BYTES;
}

/* The sequence number of the ring's first slot. */
static uint64_t erased_of(const struct hartscope_ring *ring)
{
	return *(volatile const uint64_t *)&ring->erased;
}

static MUST_CHECK enum error copy_slots(struct vcpu *vcpu, const struct hartscope_ring *ring, uint64_t to,
					struct piece piece)
{
	uint64_t at = piece.first & (ring->count - 1), until_end = ring->count - at;
	uint64_t before = piece.count < until_end ? piece.count : until_end;

	RETURN_IF_ERROR(
		guest_copy_out(vcpu, to, (const struct trace_slot *)ring->slots + at, before * TRACE_SLOT_BYTES));
	return guest_copy_out(vcpu, to + before * TRACE_SLOT_BYTES, (const void *)ring->slots,
			      (piece.count - before) * TRACE_SLOT_BYTES);
}

/* Whether the ring's hart has set it up. A hart that has not started has no ring. */
static bool is_set_up(const struct hartscope_ring *ring)
{
	bool set_up = *(volatile const uint64_t *)&ring->count != 0;

	fence_reads();
	return set_up;
}

/* The valid slots from @p first on, at most @p room of them. @p head is the number of the slot that will be written
 * next. If a change of mode has just emptied the ring, @p first is above @p head. Then this function returns no slots
 * and reports no slot as lost. */
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

/* Copies the slots that begin with number @p sequence to the guest's address @p to. If the ring's hart may have
 * overwritten some of them during the copy, this function tries again from the middle of the ring on. After three tries
 * it gives up and returns no slots.
 * @return the error of guest_copy_out if the caller may not write to that address */
static MUST_CHECK enum error read_slots(struct vcpu *vcpu, const struct hartscope_ring *ring, uint64_t sequence,
					uint64_t to, uint64_t room, struct piece *piece)
{
	uint64_t first = sequence;

	for (unsigned tries = 0;; tries++) {
		uint64_t head = head_of(ring);

		fence_reads();
		*piece = piece_from(ring, first, head, room);
		if (tries == 3)
			piece->count = 0;
		RETURN_IF_ERROR(copy_slots(vcpu, ring, to, *piece));
		fence_reads();
		if (piece->count == 0 || oldest(ring, head_of(ring)) <= piece->first)
			return ERROR_NONE;
		first = head > ring->count / 2 ? head - ring->count / 2 : 0;
	}
}

/* Writes a SYNC record before a hart reads its own ring, if the ring has records after the last SYNC record. A hart
 * cannot do this for another hart's ring. */
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

/* Frees the slots before number @p from.
 * @param erased sequence number of the ring's first slot, as the caller has read it
 * @return number of the oldest slot that is left */
static uint64_t acknowledge(struct hartscope_ring *ring, uint64_t erased, uint64_t from)
{
	volatile uint64_t *tail = &ring->tail;
	uint64_t freed = *tail / TRACE_SLOT_BYTES;

	if (from < freed)
		from = freed;
	*tail = from * TRACE_SLOT_BYTES;
	fence_all();
	/* another hart has changed the mode: the computed tail belongs to the old ring */
	if (erased_of(ring) != erased)
		*tail = 0;
	return from;
}

/* Answers READ. Sequence numbers continue when a change of mode empties the ring: `erased` is the sequence number
 * of its first slot. */
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
	if (read_slots(vcpu, ring, from, to + sizeof(header), (length - sizeof(header)) / TRACE_SLOT_BYTES, &piece) !=
	    ERROR_NONE) {
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
		return;
	}
	/* the ring was emptied meanwhile: the copied slots may be from before and after that */
	if (erased_of(ring) != erased)
		piece = (struct piece){ from, 0 };
	header.first = erased + piece.first;
	header.next = header.first + piece.count;
	header.lost = header.first - sequence;
	if (guest_copy_out(vcpu, to, &header, sizeof(header)) != ERROR_NONE)
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
	else
		sbi_return(vcpu, SBI_SUCCESS, sizeof(header) + piece.count * TRACE_SLOT_BYTES);
}

/* Whether @p sequence is beyond the last slot that the ring's hart has written. If head is 0, the hart may be emptying
 * the ring at this moment, and the answer is not known. The function then returns false. */
static bool is_to_come(const struct hartscope_ring *ring, uint64_t sequence)
{
	uint64_t head = head_of(ring);

	return head != 0 && sequence > erased_of(ring) + head;
}

static void ecall_read(struct hart *hart)
{
	struct vcpu *vcpu = &hart->vcpu;
	struct hart *target = hart_from_id(vcpu_reg(vcpu, A0));
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

	do { /* repeat if the ring was emptied between the two reads; give up if that keeps happening */
		erased = erased_of(ring);
		fence_reads();
		head = head_of(ring);
		fence_reads();
	} while (erased_of(ring) != erased && ++tries < 3);

	/* No reader can get slots that were erased by a change of mode, so they count as lost. */
	stat->emitted = erased + head + ring->lost;
	stat->lost = erased + ring->lost;
	stat->erased = erased;
	stat->discarded = ring->lost;
	if (ring->mode == HARTSCOPE_MODE_DISCARD)
		stat->read = ring->tail / TRACE_SLOT_BYTES;
	else if (head > ring->count)
		stat->lost += head - ring->count;
}
