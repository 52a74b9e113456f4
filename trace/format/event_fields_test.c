/* Tests, for every event, that its fields share no bits, and that unpacking returns the fields that were packed. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "trace/format/event_fields.h"

struct field {
	const char *event, *name;
	unsigned word, first, bits;
};

static const struct field fields[] = {
#define EVENT_FIELD(NAME, name, word, first, bits, TYPE) { #NAME, #name, word, first, bits },
#include "trace/format/events.def"
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static uint64_t mask_of(const struct field *field)
{
	return (~0ull >> (64 - field->bits)) << field->first;
}

Test(event_fields, no_two_fields_of_an_event_share_a_bit)
{
	for (unsigned i = 0; i < FIELDS; i++)
		for (unsigned j = 0; j < i; j++)
			if (strcmp(fields[i].event, fields[j].event) == 0 && fields[i].word == fields[j].word)
				cr_expect_eq(mask_of(&fields[i]) & mask_of(&fields[j]), 0, "%s: %s and %s",
					     fields[i].event, fields[i].name, fields[j].name);
}

/** Fills @p words with bits that differ from word to word. */
static void fill(uint64_t words[TRACE_RECORD_SLOTS])
{
	for (unsigned i = 0; i < TRACE_RECORD_SLOTS; i++)
		words[i] = 0x9e3779b97f4a7c15ull * (i + 1);
}

/** Returns the bits of word @p word that belong to fields of @p event. */
static uint64_t used_bits(const char *event, unsigned word)
{
	uint64_t used = 0;

	for (unsigned i = 0; i < FIELDS; i++)
		if (strcmp(fields[i].event, event) == 0 && fields[i].word == word)
			used |= mask_of(&fields[i]);
	return used;
}

static void expect_packed(const char *event, unsigned ext, const uint64_t *packed)
{
	uint64_t words[TRACE_RECORD_SLOTS];

	fill(words);
	for (unsigned i = 0; i <= ext; i++)
		cr_expect_eq(packed[i], words[i] & used_bits(event, i), "word %u of %s", i, event);
}

Test(event_fields, packing_unpacked_fields_restores_the_same_bits)
{
	uint64_t words[TRACE_RECORD_SLOTS], packed[TRACE_RECORD_SLOTS];

	fill(words);
#define EVENT(id, NAME, name, ext)                                                                                     \
	trace_##name##_pack(trace_##name##_unpack(words, ext), packed);                                                \
	expect_packed(#NAME, ext, packed);
#include "trace/format/events.def"
}

Test(event_fields, fields_can_be_read_directly_from_slots)
{
	uint64_t words[TRACE_RECORD_SLOTS], packed[TRACE_RECORD_SLOTS];
	struct trace_slot slots[TRACE_RECORD_SLOTS];

	fill(words);
#define EVENT(id, NAME, name, ext)                                                                                     \
	(void)trace_slots_make(slots, 1000, id, ext, words);                                                           \
	trace_##name##_pack(trace_##name##_of(slots, ext), packed);                                                    \
	expect_packed(#NAME, ext, packed);
#include "trace/format/events.def"
}

Test(event_fields, a_field_is_0_if_the_record_lacks_its_word)
{
	const uint64_t words[] = { 7 };
	struct trace_slot slot = trace_slot_make(1000, TRACE_MARK, 0, 7);

	cr_expect_eq(trace_mark_unpack(words, 0).id, 7);
	cr_expect_eq(trace_mark_unpack(words, 0).value, 0);
	cr_expect_eq(trace_mark_of(&slot, 0).value, 0);
}

Test(event_fields, packing_a_value_that_does_not_fit_ends_the_program, .signal = SIGILL)
{
	uint64_t words[1 + TRACE_MODULE_EXT];

	trace_module_pack((struct trace_module){ .module = 1, .event = 256 }, words);
}

Test(event_fields, trace_slots_make_writes_a_header_and_numbered_ext_slots)
{
	const uint64_t words[] = { 1, 2, 3 };
	struct trace_slot slots[3];

	cr_expect_eq(trace_slots_make(slots, ~0ull, TRACE_EXIT, 2, words), 3);
	cr_expect_eq(trace_slot_event(&slots[0]), TRACE_EXIT);
	cr_expect_eq(trace_slot_aux(&slots[0]), 2);
	cr_expect_eq(trace_slot_event(&slots[2]), TRACE_EXT);
	cr_expect_eq(trace_slot_aux(&slots[2]), 1);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(slots[i].tag & TRACE_TIMESTAMP_MASK, TRACE_TIMESTAMP_MASK);
		cr_expect_eq(slots[i].payload, words[i]);
	}
}

Test(event_fields, a_flow_contains_the_index_of_its_target_hart)
{
	cr_expect_eq(trace_flow_target(trace_flow(5, 77)), 5);
	cr_expect_eq(trace_flow(5, 77) - trace_flow(5, 76), 1);
}
