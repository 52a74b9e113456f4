/* Finds frames in a log. A window slides over the log's characters. Where the window has "<hst:" or ">", the search
 * tries to decode the base64 text after "<hst:" or before ">". It tries four forms of the text: the unchanged text, the
 * text without the characters that are not base64, the text without one run of characters in its middle, and the text
 * without a prefix on each of its lines. A form is a frame if its check sum is right. */
#include "trace/dump/log.h"

#include <string.h>
#include <strings.h>

#include "trace/dump/crc32c.h"
#include "trace/dump/frame_sum.h"

/** For each "<hst:", at most this many ">" are tried as the end of the frame. */
#define ENDS 16

/** A frame has at most this many characters in the log, from "<hst:" to ">". A frame that begins closer to the end of
 * the window may extend beyond the window, so the search stops there, and continues when the window has moved. */
#define MARGIN (CONSOLE_BEGIN_BYTES + CONSOLE_TEXT_BYTES + 1 + LOG_REACH)

static int8_t values[256]; /* the value of each base64 character, 0 to 63; -1 for other characters */

static void __attribute__((constructor)) fill_values(void)
{
	memset(values, -1, sizeof(values));
	for (unsigned value = 0; value < 64; value++)
		values[(uint8_t)console_character(value)] = (int8_t)value;
}

static int value_of(char character)
{
	return values[(uint8_t)character];
}

/** Returns the same check sum as console_crc32c(), but computes it faster. */
static uint32_t frame_crc32c(const struct console_frame *frame)
{
	return crc32c(0, &frame->type, CONSOLE_FRAME_BYTES - offsetof(struct console_frame, type));
}

/** Whether the frame's type and count are possible. The check sum alone is not enough: one in 2^32 garbage texts has a
 * right one. */
static bool plausible(const struct console_frame *frame)
{
	bool slots = frame->type == CONSOLE_SLOTS;

	return frame->type >= CONSOLE_MACHINE && frame->type <= CONSOLE_END &&
	       (slots ? frame->count >= 1 && frame->count <= CONSOLE_SLOTS_EACH : frame->count == 0);
}

/** Decodes CONSOLE_TEXT_BYTES characters. The first @p left of them are at @p first, and the rest are at @p second.
 * @return whether the characters are base64 and stand for a frame with a right check sum */
static bool decode(const char *first, size_t left, const char *second, struct console_frame *frame)
{
	uint8_t *bytes = (uint8_t *)frame;

	*frame = (struct console_frame){ 0 };
	for (size_t i = 0; i < CONSOLE_TEXT_BYTES; i += 4) {
		int group = 0;

		for (size_t j = i; j < i + 4; j++)
			group = group * 64 | value_of(j < left ? first[j] : second[j - left]);
		if (group < 0)
			return false;
		*bytes++ = (uint8_t)(group >> 16);
		*bytes++ = (uint8_t)(group >> 8);
		*bytes++ = (uint8_t)group;
	}
	return frame->crc32c == frame_crc32c(frame) && plausible(frame);
}

/** @return the number of base64 characters that @p text begins with, at most @p limit */
static size_t run_length(const char *text, size_t limit)
{
	size_t length = 0;

	while (length < limit && value_of(text[length]) >= 0)
		length++;
	return length;
}

/** The base64 characters that the text after a "<hst:" begins with. */
struct head {
	size_t length;
	uint32_t sum[CONSOLE_TEXT_BYTES + 1]; /* of so many characters (frame_sum.h) */
};

static void make_head(struct head *head, const char *text)
{
	head->length = run_length(text, CONSOLE_TEXT_BYTES);
	head->sum[0] = frame_sum_begin;
	for (size_t i = 0; i < head->length; i++)
		head->sum[i + 1] = head->sum[i] ^ frame_sum_part(i, (unsigned)value_of(text[i]));
}

/** Decodes @p length characters of @p text without one run of characters in their middle. The length of that run is
 * known, but its place is not. So every place is tried at which the characters before and after the run are base64.
 * @param length at least CONSOLE_TEXT_BYTES
 * @return whether the other characters are a frame */
static bool decode_cut(const char *text, size_t length, const struct head *head, struct console_frame *frame)
{
	/* The run ends at second[left], if `left` characters of the frame come before it. */
	const char *second = text + (length - CONSOLE_TEXT_BYTES);
	uint32_t after = 0; /* the sum of the characters that come after it */

	for (size_t left = CONSOLE_TEXT_BYTES;; left--) {
		if (left <= head->length && head->sum[left] == after && decode(text, left, second + left, frame))
			return true;
		if (left == 0 || value_of(second[left - 1]) < 0)
			return false;
		after ^= frame_sum_part(left - 1, (unsigned)value_of(second[left - 1]));
	}
}

/** How many characters of some kinds are between a "<hst:" and a ">". */
struct kinds {
	size_t base64, breaks, returns;
};

static void add_kinds(struct kinds *kinds, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		kinds->base64 += value_of(text[i]) >= 0;
		kinds->breaks += text[i] == '\n';
		kinds->returns += text[i] == '\r';
	}
}

/** Decodes @p length characters of @p text. It leaves out all characters that are not base64, and the first @p prefix
 * characters of each line except the first line. @return whether the remaining characters are a frame */
static bool decode_packed(const char *text, size_t length, size_t prefix, struct console_frame *frame)
{
	char packed[CONSOLE_TEXT_BYTES];
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			i += prefix;
		if (i >= length || value_of(text[i]) < 0)
			continue;
		if (used == sizeof(packed))
			return false;
		packed[used++] = text[i];
	}
	return used == sizeof(packed) && decode(packed, used, NULL, frame);
}

/** Decodes a frame that a terminal wrapped over several lines, and in which a program then put a prefix, such as the
 * time, before each line. All prefixes must have the same length. @return whether the @p length characters of @p text
 * are such a frame */
static bool decode_prefixed(const char *text, size_t length, const struct kinds *kinds, struct console_frame *frame)
{
	size_t needed = CONSOLE_TEXT_BYTES + kinds->breaks + kinds->returns;

	if (!kinds->breaks || length <= needed || (length - needed) % kinds->breaks)
		return false;
	return decode_packed(text, length, (length - needed) / kinds->breaks, frame);
}

static void take(struct log_search *search, const struct console_frame *frame, size_t begin, size_t end, bool repaired)
{
	search->taken = search->offset + end;
	if (memcmp(frame, &search->last, sizeof(*frame)) == 0)
		return; /* this frame was already found by its "<hst:", and is now found again by its ">" */
	search->last = *frame;
	search->frames++;
	search->repaired += repaired;
	search->found(frame, search->place[begin], search->context);
}

/** Called for a frame whose check sum is wrong. Counts the frame as cut if it ends too early at the end of a line, or
 * as recased if all its letters have the same case. @param text the @p room characters after "<hst:" */
static void note_damage(struct log_nature *nature, const char *text, size_t room)
{
	size_t length = run_length(text, room < CONSOLE_TEXT_BYTES ? room : CONSOLE_TEXT_BYTES);
	bool ends = length < room && (text[length] == '\n' || text[length] == '\r');
	unsigned upper = 0, lower = 0;

	for (size_t i = 0; i < length; i++) {
		upper += text[i] >= 'A' && text[i] <= 'Z';
		lower += text[i] >= 'a' && text[i] <= 'z';
	}
	if (length == CONSOLE_TEXT_BYTES && (!upper || !lower))
		nature->recased++;
	if (length == CONSOLE_TEXT_BYTES || !ends)
		return;
	nature->cut++;
	if (length + CONSOLE_BEGIN_BYTES > nature->cut_at)
		nature->cut_at = length + CONSOLE_BEGIN_BYTES;
}

/** Looks for a frame that begins with the "<hst:" at @p at. */
static void try_begin(struct log_search *search, size_t at)
{
	const char *text = search->window + at + CONSOLE_BEGIN_BYTES;
	size_t room = search->used - at - CONSOLE_BEGIN_BYTES, from = CONSOLE_TEXT_BYTES, counted = 0;
	struct console_frame frame;
	struct kinds kinds = { 0 };
	struct head head;

	room = room < CONSOLE_TEXT_BYTES + 1 + LOG_REACH ? room : CONSOLE_TEXT_BYTES + 1 + LOG_REACH;
	if (room >= CONSOLE_TEXT_BYTES && decode(text, CONSOLE_TEXT_BYTES, NULL, &frame)) {
		bool whole = room > CONSOLE_TEXT_BYTES && text[CONSOLE_TEXT_BYTES] == '>';

		take(search, &frame, at, at + CONSOLE_BEGIN_BYTES + CONSOLE_TEXT_BYTES, !whole);
		return;
	}
	for (unsigned tries = 0; tries < ENDS && from < room; tries++) {
		const char *end = memchr(text + from, '>', room - from);

		if (!end)
			break;

		size_t length = (size_t)(end - text);

		if (tries == 0)
			make_head(&head, text);
		add_kinds(&kinds, text + counted, length - counted);
		counted = length;
		if ((kinds.base64 == CONSOLE_TEXT_BYTES && decode_packed(text, length, 0, &frame)) ||
		    decode_cut(text, length, &head, &frame) || decode_prefixed(text, length, &kinds, &frame)) {
			/* The text that was cut out may contain another frame, so the search goes on after "<hst:". */
			take(search, &frame, at, at + CONSOLE_BEGIN_BYTES, true);
			return;
		}
		from = length + 1;
	}
	if (search->damaged++ == 0)
		search->first_damaged = search->place[at];
	note_damage(&search->nature, text, room);
}

/** Looks for a frame after the "hst:" that ends at @p at. It need not stand between < and >, because some programs
 * remove these. */
static void try_mention(struct log_search *search, size_t at)
{
	const char *text = search->window + at;
	struct console_frame frame;

	if (at > CONSOLE_BEGIN_BYTES - 1 && text[-CONSOLE_BEGIN_BYTES] == '<')
		return;
	if (search->used - at >= CONSOLE_TEXT_BYTES && decode(text, CONSOLE_TEXT_BYTES, NULL, &frame))
		take(search, &frame, at, at + CONSOLE_TEXT_BYTES, true);
	else
		search->nature.mentions++;
}

/** Looks for a frame that ends with the ">" at @p at, in case its "<hst:" is damaged. */
static void try_end(struct log_search *search, size_t at)
{
	struct console_frame frame;

	if (at < CONSOLE_TEXT_BYTES || search->offset + at - CONSOLE_TEXT_BYTES < search->taken)
		return;
	if (decode(search->window + at - CONSOLE_TEXT_BYTES, CONSOLE_TEXT_BYTES, NULL, &frame))
		take(search, &frame, at - CONSOLE_TEXT_BYTES, at, true);
}

static bool is_mention(const struct log_search *search, size_t at)
{
	return at >= CONSOLE_BEGIN_BYTES - 2 && strncasecmp(search->window + at - 3, "hst", 3) == 0;
}

/** Searches the window for frames, from @p from up to @p limit. */
static void search_window(struct log_search *search, size_t from, size_t limit)
{
	for (size_t at = from; at < limit; at++) {
		char character = search->window[at];

		if (character == '>')
			try_end(search, at);
		else if (character == ':' && is_mention(search, at))
			try_mention(search, at + 1);
		else if (character == '<' && search->used - at >= CONSOLE_BEGIN_BYTES &&
			 memcmp(search->window + at, CONSOLE_BEGIN, CONSOLE_BEGIN_BYTES) == 0)
			try_begin(search, at);
	}
}

/** Searches the full window, and then moves it forward. The last characters stay in the window, because a frame that
 * begins among them may continue in the characters that come next. */
static void slide(struct log_search *search)
{
	size_t done = search->used - MARGIN, keep = done - CONSOLE_TEXT_BYTES;

	search_window(search, search->offset ? CONSOLE_TEXT_BYTES : 0, done);
	search->used -= keep;
	memmove(search->window, search->window + keep, search->used);
	memmove(search->place, search->place + keep, search->used * sizeof(search->place[0]));
	search->offset += keep;
}

/** Adds plain text to the window, and searches the window whenever it is full. plain.c calls this function. */
static void add_characters(const char *text, size_t count, uint64_t place, void *context)
{
	struct log_search *search = context;

	while (count) {
		size_t room = sizeof(search->window) - search->used, some = count < room ? count : room;

		memcpy(search->window + search->used, text, some);
		for (size_t i = 0; i < some; i++)
			search->place[search->used + i] = place + i;
		search->used += some;
		text += some;
		place += some;
		count -= some;
		if (search->used == sizeof(search->window))
			slide(search);
	}
}

/** Counts the bytes of the log, and keeps the first LOG_FIRST_BYTES of them. */
static void note_bytes(struct log_nature *nature, const char *log, size_t bytes)
{
	for (size_t i = 0; i < bytes && nature->bytes + i < LOG_FIRST_BYTES; i++)
		nature->first[nature->bytes + i] = (uint8_t)log[i];
	nature->bytes += bytes;
}

void log_search(struct log_search *search, const char *log, size_t bytes)
{
	note_bytes(&search->nature, log, bytes);
	search->plain.take = add_characters;
	search->plain.context = search;
	plain_bytes(&search->plain, log, bytes);
}

void log_search_end(struct log_search *search)
{
	search->plain.take = add_characters;
	search->plain.context = search;
	plain_end(&search->plain);
	search_window(search, search->offset ? CONSOLE_TEXT_BYTES : 0, search->used);
	search->offset += search->used;
	search->used = 0;
}
