/* Tests READ of a ring that its hart empties or overwrites while the slots are copied. This test has its own
 * guest_copy_out, which plays the part of the other hart. */
#include <string.h>

#include "hv/core/core.h"
#include "hv/core/ecall.h"
#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

#define MARKS 500
#define WRITTEN (4 + 2 * MARKS) /* number of slots that the other hart writes: 4 for SYNC, and 2 for each MARK record */
#define ASKED 100

static struct trace_slot slots[CONFIG_TRACE_SLOTS];
static uint64_t mtime;
static uint8_t memory[HARTSCOPE_READ_BYTES]; /* the caller's memory, from address 0 on */
static struct tracer *const tracer = harts[1].vcpu.tracer;
static const struct hartscope_read *const header = (const struct hartscope_read *)memory;

/* A function that does what the other hart does during the first copy of slots. */
static void (*meanwhile)(void);

/* These functions replace the rest of hv/core. */
void module_broadcast_wait_for(unsigned module, struct hart_set set)
{
	(void)module, (void)set;
}

enum error guest_copy_out(struct vcpu *vcpu, uint64_t address, const void *from, size_t length)
{
	void (*now)(void) = meanwhile;

	(void)vcpu;
	meanwhile = NULL;
	if (now)
		now();
	cr_assert(address + length <= sizeof(memory));
	memcpy(memory + address, from, length);
	return ERROR_NONE;
}

static void change_mode(void)
{
	trace_wanted.mode = HARTSCOPE_MODE_DISCARD - trace_wanted.mode;
	trace_apply(tracer);
}

/* Starts the ring of hart 1 and lets it write some records. */
static void start_in(uint64_t mode)
{
	host_hart_reset();
	hart_count = 2;
	harts[1].id = 1;
	trace_wanted.mode = mode;
	trace_start(tracer, 1, slots, &mtime, 10000000);
	tracer->sync_at = ~0ull;
	for (uint64_t i = 0; i < MARKS; i++)
		trace_write(tracer, TRACE_MARK, 1, (uint64_t[]){ 1, i }, i);
}

/* Lets hart 0 READ the ring of hart 1. */
static void ask(uint64_t sequence)
{
	struct vcpu *vcpu = &harts[0].vcpu;

	vcpu_set_reg(vcpu, 10, 1);
	vcpu_set_reg(vcpu, 11, sequence);
	vcpu_set_reg(vcpu, 12, 0);
	vcpu_set_reg(vcpu, 13, sizeof(memory));
	ecall_trace(&harts[0], HARTSCOPE_READ);
}

/* Like read, but expects success. @return the number of bytes that were read */
static uint64_t read_from(uint64_t sequence)
{
	ask(sequence);
	cr_assert_eq(vcpu_reg(&harts[0].vcpu, 10), SBI_SUCCESS);
	return vcpu_reg(&harts[0].vcpu, 11);
}

static void expect_nothing_read_or_lost(uint64_t bytes)
{
	cr_expect_eq(bytes, sizeof(*header));
	cr_expect_eq(header->first, ASKED);
	cr_expect_eq(header->next, ASKED);
	cr_expect_eq(header->lost, 0);
}

static void expect_the_old_ring_lost(void)
{
	cr_expect_eq(read_from(header->next), sizeof(*header) + 4 * sizeof(slots[0]),
		     "SYNC, the new ring's first record");
	cr_expect_eq(header->first, WRITTEN);
	cr_expect_eq(header->lost, WRITTEN - ASKED);
}

Test(ecall_trace, read_returns_the_slots_of_a_ring_in_order)
{
	for (uint64_t mode = 0; mode <= HARTSCOPE_MODE_DISCARD; mode++) {
		start_in(mode);
		cr_expect_eq(read_from(ASKED), sizeof(memory));
		cr_expect(header->first == ASKED && header->lost == 0);
		cr_expect_eq(header->next, ASKED + (sizeof(memory) - sizeof(*header)) / sizeof(slots[0]));
		cr_expect_eq(memcmp(header + 1, slots + ASKED, sizeof(memory) - sizeof(*header)), 0);
		memset(&harts[1], 0, sizeof(harts[1]));
	}
}

Test(ecall_trace, read_returns_no_slots_if_the_ring_is_emptied_during_the_copy)
{
	for (uint64_t mode = 0; mode <= HARTSCOPE_MODE_DISCARD; mode++) {
		start_in(mode);
		meanwhile = change_mode;
		expect_nothing_read_or_lost(read_from(ASKED));
		expect_the_old_ring_lost();
		memset(&harts[1], 0, sizeof(harts[1]));
	}
}

Test(ecall_trace, read_succeeds_without_slots_while_the_ring_is_being_emptied)
{
	for (uint64_t mode = 0; mode <= HARTSCOPE_MODE_DISCARD; mode++) {
		start_in(mode);
		tracer->ring.head = 0; /* the first store of a change of mode */
		expect_nothing_read_or_lost(read_from(ASKED));
		memset(&harts[1], 0, sizeof(harts[1]));
	}
}

Test(ecall_trace, read_refuses_to_start_beyond_the_next_slot)
{
	start_in(HARTSCOPE_MODE_OVERWRITE);
	cr_expect_eq(read_from(WRITTEN), sizeof(*header));
	cr_expect_eq(header->next, WRITTEN);
	ask(WRITTEN + 1);
	cr_expect_eq(vcpu_reg(&harts[0].vcpu, 10), (uint64_t)SBI_ERR_INVALID_PARAM);
}

/* Lets the writer overwrite the whole ring while its first slots are copied. */
static void write_a_ring_full(void)
{
	for (uint64_t i = 0; i < CONFIG_TRACE_SLOTS / 2; i++)
		trace_write(tracer, TRACE_MARK, 1, (uint64_t[]){ 2, i }, i);
}

Test(ecall_trace, a_reader_that_is_overtaken_continues_with_the_oldest_slots_that_are_valid)
{
	start_in(HARTSCOPE_MODE_OVERWRITE);
	meanwhile = write_a_ring_full;
	cr_expect_eq(read_from(ASKED), sizeof(memory));

	uint64_t head = tracer->ring.head / TRACE_SLOT_BYTES;

	cr_expect_geq(header->first, head + 2 * TRACE_RECORD_SLOTS - CONFIG_TRACE_SLOTS);
	cr_expect_leq(header->first, head);
	cr_expect_eq(header->lost, header->first - ASKED);
	cr_expect_eq(memcmp(header + 1, &slots[header->first % CONFIG_TRACE_SLOTS], 32), 0);
}
