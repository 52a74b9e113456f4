/* Frames that are found although characters of their own text are wrong. extract_test.c tests whole dumps. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "trace/dump/log.h"

#define FRAMES 2

static struct log_search search;
static char log_text[FRAMES * CONSOLE_LINE_BYTES + 1];

static void note_sequence(const struct console_frame *frame, uint64_t offset, void *context)
{
	unsigned *found = context;

	(void)offset;
	cr_assert_lt(frame->sequence, FRAMES);
	found[frame->sequence]++;
}

/** Makes a log with frames 0 and 1. They differ in their first 12 characters only, which have the check sum and the sequence number. */
static void make_log(void)
{
	for (unsigned sequence = 0; sequence < FRAMES; sequence++) {
		struct console_frame frame = { .type = CONSOLE_SLOTS, .count = 1, .sequence = sequence, .run = 77 };
		char line[CONSOLE_LINE_BYTES];

		console_encode(&frame, line);
		(void)snprintf(log_text + sequence * CONSOLE_LINE_BYTES, sizeof(line) + 1, "%s\n", line);
	}
}

/** Searches the log. @param found receives how often each frame was found */
static void search_log(unsigned found[FRAMES])
{
	search = (struct log_search){ .found = note_sequence, .context = found };
	log_search(&search, log_text, strlen(log_text));
	log_search_end(&search);
}

Test(log, the_damaged_end_of_a_frame_is_taken_from_the_next_frame_if_that_ends_with_the_same_characters,
     .init = make_log)
{
	for (size_t at = CONSOLE_BEGIN_BYTES + 12; at < CONSOLE_BEGIN_BYTES + CONSOLE_TEXT_BYTES; at++) {
		unsigned found[FRAMES] = { 0 };
		char old = log_text[at];

		log_text[at] = old == 'x' ? 'y' : 'x';
		search_log(found);
		cr_expect(found[0] == 1 && found[1] == 1, "at %zu: %u, %u", at, found[0], found[1]);
		log_text[at] = old;
	}
}

Test(log, a_frame_whose_beginning_is_damaged_is_lost_alone, .init = make_log)
{
	for (size_t at = CONSOLE_BEGIN_BYTES; at < CONSOLE_BEGIN_BYTES + 12; at++) {
		unsigned found[FRAMES] = { 0 };
		char old = log_text[at];

		log_text[at] = old == 'x' ? 'y' : 'x';
		search_log(found);
		cr_expect(found[0] == 0 && found[1] >= 1, "at %zu: %u, %u", at, found[0], found[1]);
		log_text[at] = old;
	}
}
