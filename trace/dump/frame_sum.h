/* Whether the check sum of a frame (trace/format/console.h) is right, computed from the frame's characters. CRC-32C is linear: each
 * character changes the sum by a value that depends only on the character and its place. So characters can be exchanged without
 * computing the sum of all others again.
 * Called by log.c, which tries many forms of the same text. Must not know where the characters come from. */
#ifndef TRACE_DUMP_FRAME_SUM_H
#define TRACE_DUMP_FRAME_SUM_H

#include <stddef.h>
#include <stdint.h>

#include "trace/format/console.h"

#define FRAME_SUM_VALUES 64 /* of a base64 character */

/** The sum of no characters. The exclusive or of this and of frame_sum_part() for each of the CONSOLE_TEXT_BYTES characters is 0 if
 * and only if the frame's check sum is right. */
extern uint32_t frame_sum_begin;

extern uint32_t frame_sum_parts[CONSOLE_TEXT_BYTES][FRAME_SUM_VALUES];

/** Returns the part of one character.
 * @param place 0 to CONSOLE_TEXT_BYTES - 1
 * @param value of the base64 character, 0 to 63 */
static inline uint32_t frame_sum_part(size_t place, unsigned value)
{
	return frame_sum_parts[place][value];
}

#endif
