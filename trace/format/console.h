/* The trace on a console: what hv prints at a panic, and `hstrace extract` finds in a log.
 * Included by hv and by the extractor. Depends on nothing but slots, and must not know how a console is written to.
 *
 * A frame is a line of its own, of always the same length:
 *
 *     <hst:112 characters of base64>
 *
 * which are CONSOLE_FRAME_BYTES bytes, a struct console_frame. A dump is these frames, all with the same `run`:
 *
 *     1. CONSOLE_MACHINE, once
 *     2. for each hart that has been started: CONSOLE_HART, then its slots from `first` to before `next`, oldest first,
 *        as CONSOLE_SLOTS frames of up to CONSOLE_SLOTS_EACH
 *     3. CONSOLE_END, with the number of frames before it as its sequence
 *
 * Why it stands up to other output in the same log:
 * - Each frame says by itself where it belongs, and is proven by its check sum: a damaged one costs only its own slots.
 * - As the length is fixed, text that another writer put into the middle of a frame, with line breaks or not, can be cut
 *   out again: the extractor tries all ways of taking one run of characters out, until the check sum is right. Blanks and
 *   line breaks (a terminal that wraps lines) are taken out wherever they are. A damaged "<hst:" or ">" is made up for by
 *   the other.
 * - What is missing is known to the slot: from a hart's `first` and `next`, or if its CONSOLE_HART is lost too, from the
 *   sequence numbers around the gap; a cut dump from the CONSOLE_END that is not there.
 * - A log with several dumps has them apart by `run`.
 *
 * hv writes a frame by filling a struct console_frame and console_encode(): about 7300 instructions, which is less than a
 * console takes for the line, and 244 bytes of code; no memory but the frame and CONSOLE_LINE_BYTES of text. */
#ifndef TRACE_FORMAT_CONSOLE_H
#define TRACE_FORMAT_CONSOLE_H

#include <stdint.h>

#include "abi/layout.h"
#include "trace/format/slot.h"

#define CONSOLE_BEGIN "<hst:"
#define CONSOLE_BEGIN_BYTES 5
#define CONSOLE_FRAME_BYTES 84
#define CONSOLE_TEXT_BYTES 112                                            /* of base64 */
#define CONSOLE_LINE_BYTES (CONSOLE_BEGIN_BYTES + CONSOLE_TEXT_BYTES + 2) /* with ">" and the string's end */
#define CONSOLE_SLOTS_EACH 4
#define CONSOLE_VERSION 1

enum console_type { CONSOLE_MACHINE = 1, CONSOLE_HART, CONSOLE_SLOTS, CONSOLE_END };

/** CONSOLE_MACHINE's contents. */
struct console_machine {
	uint64_t timebase_hz;
	uint64_t slots;       /* of each ring */
	uint32_t harts;       /* hart indexes are below it */
	uint32_t abi_version; /* HARTSCOPE_ABI_VERSION */
	uint32_t mode;        /* HARTSCOPE_MODE_... of the rings */
	uint32_t version;     /* CONSOLE_VERSION */
	uint8_t build_id[24]; /* 20 bytes, then zeros */
	uint64_t mtime;       /* physical address of the first hart's; 0: an older hv, which does not say */
};
LAYOUT_OFFSET(struct console_machine, timebase_hz, 0);
LAYOUT_OFFSET(struct console_machine, slots, 8);
LAYOUT_OFFSET(struct console_machine, harts, 16);
LAYOUT_OFFSET(struct console_machine, abi_version, 20);
LAYOUT_OFFSET(struct console_machine, mode, 24);
LAYOUT_OFFSET(struct console_machine, version, 28);
LAYOUT_OFFSET(struct console_machine, build_id, 32);
LAYOUT_OFFSET(struct console_machine, mtime, 56);
LAYOUT_SIZE(struct console_machine, 64);

/** CONSOLE_HART's contents. */
struct console_hart {
	uint64_t id;             /* hart id */
	uint64_t first, next;    /* sequence numbers: of the first slot that follows, and after the last */
	uint64_t emitted;        /* slots: next + discarded */
	uint64_t discarded;      /* slots not written for want of room (discard mode) */
	uint64_t in_flight;      /* mcycle at which the exit began that had not ended; 0 if none */
	uint64_t msip, mtimecmp; /* physical addresses of its registers; 0: an older hv, which does not say */
};
LAYOUT_OFFSET(struct console_hart, id, 0);
LAYOUT_OFFSET(struct console_hart, first, 8);
LAYOUT_OFFSET(struct console_hart, next, 16);
LAYOUT_OFFSET(struct console_hart, emitted, 24);
LAYOUT_OFFSET(struct console_hart, discarded, 32);
LAYOUT_OFFSET(struct console_hart, in_flight, 40);
LAYOUT_OFFSET(struct console_hart, msip, 48);
LAYOUT_OFFSET(struct console_hart, mtimecmp, 56);
LAYOUT_SIZE(struct console_hart, 64);

/** What a frame's base64 stands for: the first CONSOLE_FRAME_BYTES of it, little-endian. What is not used is 0. */
struct console_frame {
	uint32_t crc32c;   /* of all that follows */
	uint8_t type;      /* enum console_type */
	uint8_t count;     /* CONSOLE_SLOTS: slots in it, 1 to CONSOLE_SLOTS_EACH; else 0 */
	uint16_t hart;     /* index; 0 for CONSOLE_MACHINE and CONSOLE_END */
	uint64_t sequence; /* CONSOLE_SLOTS: of the first slot; CONSOLE_END: number of frames before; else 0 */
	union {
		struct trace_slot slot[CONSOLE_SLOTS_EACH];
		struct console_machine machine;
		struct console_hart hart_state;
		uint8_t bytes[64];
	} contents;
	uint32_t run; /* the same in all frames of a dump, another in the next: such as the low bits of mtime */
};
LAYOUT_OFFSET(struct console_frame, crc32c, 0);
LAYOUT_OFFSET(struct console_frame, type, 4);
LAYOUT_OFFSET(struct console_frame, count, 5);
LAYOUT_OFFSET(struct console_frame, hart, 6);
LAYOUT_OFFSET(struct console_frame, sequence, 8);
LAYOUT_OFFSET(struct console_frame, contents, 16);
LAYOUT_OFFSET(struct console_frame, run, 80);
LAYOUT_SIZE(struct console_frame, 88);

_Static_assert(__builtin_offsetof(struct console_frame, run) + sizeof(uint32_t) == CONSOLE_FRAME_BYTES, "what is sent");

/** The check sum that a frame has to have. Bit by bit: a console is slower, and hv has no table. Pure. */
static inline uint32_t console_crc32c(const struct console_frame *frame)
{
	const uint8_t *bytes = (const uint8_t *)frame;
	uint32_t crc = ~0u;

	for (unsigned i = sizeof(frame->crc32c); i < CONSOLE_FRAME_BYTES; i++) {
		crc ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78u & -(crc & 1));
	}
	return ~crc;
}

/** The character of base64 (RFC 4648) for @p value, 0 to 63. Pure. */
static inline char console_character(unsigned value)
{
	if (value < 26)
		return (char)('A' + value);
	if (value < 52)
		return (char)('a' + value - 26);
	if (value < 62)
		return (char)('0' + value - 52);
	return value == 62 ? '+' : '/';
}

/** Sets the frame's check sum, and writes its line, without a line break, with the string's end. */
static inline void console_encode(struct console_frame *frame, char line[CONSOLE_LINE_BYTES])
{
	const uint8_t *bytes = (const uint8_t *)frame;
	unsigned to = CONSOLE_BEGIN_BYTES;

	frame->crc32c = console_crc32c(frame);
	for (unsigned i = 0; i < CONSOLE_BEGIN_BYTES; i++)
		line[i] = CONSOLE_BEGIN[i];
	for (unsigned i = 0; i < CONSOLE_FRAME_BYTES; i += 3) {
		unsigned group = (unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 | bytes[i + 2];

		for (unsigned shift = 24; shift;)
			line[to++] = console_character(group >> (shift -= 6) & 0x3f);
	}
	line[to++] = '>';
	line[to] = '\0';
}

#endif
