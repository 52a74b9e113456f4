#include "trace/dump/frame_sum.h"

#include "trace/dump/crc32c.h"
#include "trace/format/console.h"

#define BITS_EACH 6 /* bits of a base64 character */

uint32_t frame_sum_begin, frame_sum_parts[CONSOLE_TEXT_BYTES][FRAME_SUM_VALUES];

/** Returns the exclusive or of the check sum that the frame has, and the one that it should have. */
static uint32_t difference(const struct console_frame *frame)
{
	const size_t first = offsetof(struct console_frame, type);

	return frame->crc32c ^ crc32c(0, &frame->type, CONSOLE_FRAME_BYTES - first);
}

/** Returns how the difference changes if one bit of a frame changes. @param bit 0 for the highest bit of the first character */
static uint32_t part_of_bit(size_t bit)
{
	struct console_frame frame = { 0 };

	((uint8_t *)&frame)[bit / 8] = (uint8_t)(0x80 >> bit % 8);
	return difference(&frame) ^ frame_sum_begin;
}

/** Runs after the constructor of crc32c.c, which has a priority. */
static void __attribute__((constructor)) fill(void)
{
	frame_sum_begin = difference(&(struct console_frame){ 0 });
	for (size_t place = 0; place < CONSOLE_TEXT_BYTES; place++)
		for (unsigned bit = 0; bit < BITS_EACH; bit++) {
			uint32_t part = part_of_bit(BITS_EACH * place + bit);

			for (unsigned value = 0; value < FRAME_SUM_VALUES; value++)
				if (value & 0x20u >> bit)
					frame_sum_parts[place][value] ^= part;
		}
}
