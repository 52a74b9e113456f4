/* Tests which events have the same meaning in a dump and in this build. */
#include "trace/dump/schema.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/error/testing.h"
#include "trace/format/slot.h"

static struct dump_schema schema;

/** Returns the meaning of event @p id in a dump whose schema has the text @p text. */
static unsigned meaning(const char *text, unsigned id)
{
	must_work(schema_parse(&schema, text, strlen(text)));
	return schema_meaning(&schema, id);
}

Test(schema, an_event_keeps_its_meaning_if_the_dump_defines_it_in_the_same_way_or_not_at_all)
{
	cr_expect_eq(schema_meaning(NULL, TRACE_MARK), TRACE_MARK);
	cr_expect_eq(meaning("", TRACE_MARK), TRACE_MARK);
	cr_expect_eq(meaning("event 10 mark 1\n", TRACE_MARK), TRACE_MARK);
	cr_expect_eq(meaning("event 10 mark 1\nfield mark value 1 0 64 hex\n", TRACE_MARK), TRACE_MARK);
}

Test(schema, every_event_of_this_build_keeps_its_meaning_in_a_dump_of_this_build)
{
	char *text;

	must_work(schema_text(&text));
	for (unsigned id = 0; id < TRACE_EVENTS; id++)
		cr_expect_eq(meaning(text, id), id);
	free(text);
}

Test(schema, a_new_field_in_unused_bits_does_not_change_the_meaning_of_an_event)
{
	cr_expect_eq(meaning("event 3 pmp 1\nfield pmp more 0 32 8 uint\n", TRACE_PMP), TRACE_PMP);
	cr_expect_eq(meaning("event 10 mark 2\nfield mark more 2 0 64 uint\n", TRACE_MARK), TRACE_MARK);
}

Test(schema, an_event_with_another_name_or_with_other_fields_has_no_meaning_of_this_build)
{
	cr_expect_eq(meaning("event 10 strange 1\n", TRACE_MARK), TRACE_EVENTS);
	cr_expect_eq(meaning("event 10 mark 1\nfield mark id 0 0 32 uint\n", TRACE_MARK), TRACE_EVENTS);
	cr_expect_eq(meaning("event 10 mark 1\nfield mark id 1 0 64 uint\n", TRACE_MARK), TRACE_EVENTS);
	cr_expect_eq(meaning("event 10 mark 1\nfield mark low 0 0 32 uint\n", TRACE_MARK), TRACE_EVENTS);
	cr_expect_eq(meaning("event 10 strange 1\n", TRACE_EXIT), TRACE_EXIT, "only one event is redefined");
}

Test(schema, an_event_that_this_build_does_not_have_has_no_meaning)
{
	cr_expect_eq(schema_meaning(NULL, TRACE_EVENTS), TRACE_EVENTS);
	cr_expect_eq(meaning("event 200 later 1\n", 200), TRACE_EVENTS);
	cr_expect_eq(meaning("event 200 mark 1\n", 200), TRACE_EVENTS);
}

/** Expects that event @p id has the name @p name in a dump whose schema has the text @p text. */
static void expect_name(const char *text, unsigned id, const char *name)
{
	char room[SCHEMA_NAME_BYTES];

	must_work(schema_parse(&schema, text, strlen(text)));
	cr_expect_str_eq(schema_event_name(&schema, id, room), name);
}

Test(schema, an_event_has_its_name_in_this_build_or_in_the_dump)
{
	char room[SCHEMA_NAME_BYTES];

	cr_expect_str_eq(schema_event_name(NULL, TRACE_MARK, room), "mark");
	expect_name("", TRACE_MARK, "mark");
	expect_name("event 200 later 1\n", 200, "later");
	expect_name("event 10 strange 1\n", TRACE_MARK, "strange");
}

Test(schema, an_event_that_has_no_name_of_its_own_is_named_after_its_id)
{
	char room[SCHEMA_NAME_BYTES];

	for (unsigned id = TRACE_EVENTS; id < SCHEMA_EVENTS; id++) {
		char name[SCHEMA_NAME_BYTES];

		(void)snprintf(name, sizeof(name), "event_%u", id);
		cr_expect_str_eq(schema_event_name(NULL, id, room), name);
	}
	expect_name("event 201 later 1\n", 200, "event_200");
	expect_name("event 200 mark 1\n", 200, "event_200");
	expect_name("event 200 gap 1\n", 200, "event_200");
	expect_name("event 10 mark 1\nfield mark low 0 0 32 uint\n", TRACE_MARK, "event_10");
}

/** Returns field 0 of an event with @p ext EXT slots, whose schema has the given numbers. @return NULL if the schema is
 * refused */
static const struct schema_field *make_field(unsigned ext, unsigned word, unsigned first, unsigned bits)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "event 200 e %u\nfield e f %u %u %u uint\n", ext, word, first, bits);
	if (schema_parse(&schema, text, strlen(text)) == ERROR_NONE)
		return &schema.event[200].field[0];
	cr_expect_eq(schema.event[200].fields, 0, "%s", text);
	return NULL;
}

Test(schema, a_field_is_refused_if_it_lies_outside_of_the_words_of_its_event)
{
	static const unsigned numbers[] = { 0, 1, 3, 4, 63, 64, 65, 255, 256, 999999999 };
	const unsigned count = sizeof(numbers) / sizeof(numbers[0]);

	for (unsigned i = 0; i < count * count * count * TRACE_RECORD_SLOTS; i++) {
		unsigned word = numbers[i % count], first = numbers[i / count % count];
		unsigned bits = numbers[i / count / count % count], ext = i / count / count / count;
		bool fits = word <= ext && bits >= 1 && first + bits <= 64;
		const struct schema_field *field = make_field(ext, word, first, bits);

		cr_assert_eq(field != NULL, fits, "%u %u %u of %u", word, first, bits, ext);
		if (field)
			cr_assert_eq(schema_most(field), bits == 64 ? UINT64_MAX : (1ull << bits) - 1);
	}
}

Test(schema, an_event_is_refused_if_its_id_or_its_length_is_impossible)
{
	static const char *const wrong[] = { "event 256 e 1", "event 999999999 e 1", "event 200 e 4", "event -1 e 1" };

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_eq(schema_parse(&schema, wrong[i], strlen(wrong[i])), ERROR_DATA, "%s", wrong[i]);
}
