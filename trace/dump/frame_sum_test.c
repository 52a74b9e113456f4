/* The sum of a frame's characters is 0 exactly if decoding and summing up the bytes finds the right check sum. */
#include <criterion/criterion.h>
#include <string.h>

#include "trace/dump/frame_sum.h"
#include "trace/format/console.h"

static unsigned value_of(char character)
{
	for (unsigned value = 0; value < 64; value++)
		if (console_character(value) == character)
			return value;
	cr_assert_fail("%c is not base64", character);
	return 0;
}

static uint32_t sum(const char *text)
{
	uint32_t sum = frame_sum_begin;

	for (size_t place = 0; place < CONSOLE_TEXT_BYTES; place++)
		sum ^= frame_sum_part(place, value_of(text[place]));
	return sum;
}

static void make_line(unsigned seed, char line[CONSOLE_LINE_BYTES])
{
	struct console_frame frame = {
		.type = CONSOLE_SLOTS, .count = 4, .hart = 7, .sequence = seed, .run = 5 * seed
	};

	for (size_t i = 0; i < sizeof(frame.contents.bytes); i++)
		frame.contents.bytes[i] = (uint8_t)(seed * i * i + i);
	console_encode(&frame, line);
}

Test(frame_sum, the_sum_of_a_right_frame_is_zero)
{
	char line[CONSOLE_LINE_BYTES];

	for (unsigned seed = 0; seed < 1000; seed++) {
		make_line(seed, line);
		cr_assert_eq(sum(line + CONSOLE_BEGIN_BYTES), 0, "%u", seed);
	}
}

Test(frame_sum, every_other_character_at_every_place_makes_the_sum_wrong)
{
	char line[CONSOLE_LINE_BYTES];

	make_line(3, line);
	for (size_t place = 0; place < CONSOLE_TEXT_BYTES; place++) {
		char *character = line + CONSOLE_BEGIN_BYTES + place, right = *character;

		for (unsigned value = 0; value < 64; value++) {
			*character = console_character(value);
			cr_assert_eq(sum(line + CONSOLE_BEGIN_BYTES) == 0, *character == right, "%zu: %c", place,
				     *character);
		}
		*character = right;
	}
}

Test(frame_sum, the_sum_is_that_of_the_decoded_bytes)
{
	char line[CONSOLE_LINE_BYTES];
	struct console_frame frame = { .type = CONSOLE_END, .sequence = 0x123456789 };

	console_encode(&frame, line);
	line[CONSOLE_BEGIN_BYTES + 1] = line[CONSOLE_BEGIN_BYTES + 1] == 'A' ? 'Q' : 'A';

	uint8_t *first = (uint8_t *)&frame;
	uint32_t wrong;
	unsigned group = value_of(line[5]) << 18 | value_of(line[6]) << 12 | value_of(line[7]) << 6 | value_of(line[8]);

	memcpy(&wrong, &frame.crc32c, sizeof(wrong));
	first[0] = (uint8_t)(group >> 16);
	first[1] = (uint8_t)(group >> 8);
	first[2] = (uint8_t)group;
	cr_expect_eq(sum(line + CONSOLE_BEGIN_BYTES), frame.crc32c ^ wrong);
	cr_expect_neq(frame.crc32c, wrong);
}
