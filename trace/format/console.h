/* The format of the trace as text on a console. hv prints the trace when it panics, and `hstrace extract` finds it in a
 * log.
 * Included by hv and by the extractor. Depends only on slots, and must not know how text is written to a console.
 *
 * hv prints frames. Each frame is one line, and all lines have the same length:
 *
 *     <hst:112 characters of base64>
 *
 * The base64 stands for CONSOLE_FRAME_BYTES bytes: a struct console_frame without the padding at its end. A dump
 * consists of these frames, which all have the same `run`:
 *
 *     1. CONSOLE_MACHINE, once
 *     2. for each hart that has been started: CONSOLE_HART, then the hart's slots with sequence numbers from `first` to
 *        `next` - 1, oldest first, up to CONSOLE_SLOTS_EACH in each CONSOLE_SLOTS frame
 *     3. CONSOLE_END, whose `sequence` is the number of frames before it
 *
 * The format survives other output in the same log:
 * - Each frame contains its hart and its sequence number, and has a check sum. If a frame is damaged, only the slots in
 *   this frame are lost.
 * - Another program may print into the middle of a frame, with or without line breaks. Since the length of a frame is
 *   fixed, the length of the inserted text is known. The extractor removes one run of characters of this length, at
 * each possible place in turn, until the check sum is right. It ignores blanks and line breaks everywhere, because
 * terminals wrap lines. It needs only one
 *   of "<hst:" and ">" to find a frame.
 * - The extractor knows exactly which slots are missing. It compares the slots with the hart's `first` and `next`. If
 *   the CONSOLE_HART frame is missing, it uses the sequence numbers before and after the gap. If there is no
 * CONSOLE_END, the dump was cut.
 * - If a log has several dumps, each of them has a different `run`.
 *
 * To print a frame, hv fills a struct console_frame and calls console_encode(). That takes about 7300 instructions,
 * which is less time than the console takes to print the line. The code has 244 bytes, and needs memory only for the
 * frame and for CONSOLE_LINE_BYTES bytes of text. */
#ifndef TRACE_FORMAT_CONSOLE_H
#define TRACE_FORMAT_CONSOLE_H

#include <stdint.h>

#include "abi/layout.h"
#include "trace/format/slot.h"

#define CONSOLE_BEGIN "<hst:"
#define CONSOLE_BEGIN_BYTES 5
#define CONSOLE_FRAME_BYTES 84
#define CONSOLE_TEXT_BYTES 112                                            /* characters of base64 */
#define CONSOLE_LINE_BYTES (CONSOLE_BEGIN_BYTES + CONSOLE_TEXT_BYTES + 2) /* with ">" and the zero at the end */
#define CONSOLE_SLOTS_EACH 4
#define CONSOLE_VERSION 1

enum console_type { CONSOLE_MACHINE = 1, CONSOLE_HART, CONSOLE_SLOTS, CONSOLE_END };

/** Contents of a CONSOLE_MACHINE frame. */
struct console_machine {
	uint64_t timebase_hz; /* ticks of mtime per second; 0 if not known */
	uint64_t slots;       /* number of slots in each ring */
	uint32_t harts;       /* number of harts; hart indexes are 0 to harts - 1 */
	uint32_t abi_version; /* HARTSCOPE_ABI_VERSION */
	uint32_t mode;        /* HARTSCOPE_MODE_... of the rings */
	uint32_t version;     /* CONSOLE_VERSION */
	uint8_t build_id[24]; /* 20 bytes, then zeros */
	uint64_t mtime;       /* physical address of the first hart's mtime; an older hv writes 0 */
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

/** Contents of a CONSOLE_HART frame. */
struct console_hart {
	uint64_t id;             /* hart id */
	uint64_t first, next;    /* sequence numbers of the first slot printed, and after the last one */
	uint64_t emitted;        /* slots that the hart produced: next + discarded */
	uint64_t discarded;      /* slots that were not written because the ring was full (discard mode) */
	uint64_t in_flight;      /* if the hart was in an exit: mcycle when the exit began; otherwise 0 */
	uint64_t msip, mtimecmp; /* physical addresses of the hart's CLINT registers; an older hv writes 0 */
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

/** A frame, little-endian. Its first CONSOLE_FRAME_BYTES are printed. Unused bytes are 0. */
struct console_frame {
	uint32_t crc32c;   /* check sum of the bytes that follow, up to CONSOLE_FRAME_BYTES */
	uint8_t type;      /* enum console_type */
	uint8_t count;     /* CONSOLE_SLOTS: number of slots in the frame, 1 to CONSOLE_SLOTS_EACH; others: 0 */
	uint16_t hart;     /* hart index; 0 in CONSOLE_MACHINE and CONSOLE_END */
	uint64_t sequence; /* CONSOLE_SLOTS: number of the first slot; CONSOLE_END: frames before it; others: 0 */
	union {
		struct trace_slot slot[CONSOLE_SLOTS_EACH];
		struct console_machine machine;
		struct console_hart hart_state;
		uint8_t bytes[64];
	} contents;
	uint32_t run; /* equal in all frames of a dump, different in the next dump; hv uses low bits of mtime */
};
LAYOUT_OFFSET(struct console_frame, crc32c, 0);
LAYOUT_OFFSET(struct console_frame, type, 4);
LAYOUT_OFFSET(struct console_frame, count, 5);
LAYOUT_OFFSET(struct console_frame, hart, 6);
LAYOUT_OFFSET(struct console_frame, sequence, 8);
LAYOUT_OFFSET(struct console_frame, contents, 16);
LAYOUT_OFFSET(struct console_frame, run, 80);
LAYOUT_SIZE(struct console_frame, 88);

_Static_assert(__builtin_offsetof(struct console_frame, run) + sizeof(uint32_t) == CONSOLE_FRAME_BYTES,
	       "run is the last field that is printed");

/** Computes the check sum of a frame. It works bit by bit, because hv has no memory to spare for a table, and the
 * console is slower anyway. Pure. */
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

/** Returns the base64 character (RFC 4648) of @p value, 0 to 63. Pure. */
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

/** Sets the check sum of @p frame, and writes the frame's line into @p line, with a zero at its end and no line
 * break. */
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
