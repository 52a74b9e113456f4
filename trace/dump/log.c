/* Finds frames in a log. A window slides over the log's characters. Where the window has "<hst:" or ">", the search
 * tries to decode the base64 after or before that place. It tries the text as it stands, the text without the
 * characters that are not base64, the text without one run of characters in its middle, and the text without a prefix
 * on each of its lines. The check sum decides which of these is a frame. */
#include "trace/dump/log.h"

#include <string.h>
#include <strings.h>

#include "trace/dump/crc32c.h"

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

/** Does the same as console_crc32c(), but faster. */
static uint32_t frame_crc32c(const struct console_frame *frame)
{
	return crc32c(0, &frame->type, CONSOLE_FRAME_BYTES - offsetof(struct console_frame, type));
}

/** Whether the frame's type and count are possible. Even garbage has the right check sum once in 2^32 tries. */
static bool plausible(const struct console_frame *frame)
{
	bool slots = frame->type == CONSOLE_SLOTS;

	return frame->type >= CONSOLE_MACHINE && frame->type <= CONSOLE_END &&
	       (slots ? frame->count >= 1 && frame->count <= CONSOLE_SLOTS_EACH : frame->count == 0);
}

/** Decodes CONSOLE_TEXT_BYTES characters: @p left of them from @p first, the rest from @p second.
 * @return whether they are base64, and a frame with a correct check sum */
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

/** Decodes @p length characters of @p text without one run of characters in their middle. The length of that run is
 * known, but its place is not: each place is tried where the characters before and after it are base64.
 * @return whether they are a frame */
static bool decode_cut(const char *text, size_t length, struct console_frame *frame)
{
	if (length < CONSOLE_TEXT_BYTES)
		return false;

	size_t cut = length - CONSOLE_TEXT_BYTES, tail = 0;
	size_t head = run_length(text, CONSOLE_TEXT_BYTES);

	while (tail < CONSOLE_TEXT_BYTES && value_of(text[length - 1 - tail]) >= 0)
		tail++;
	for (size_t left = CONSOLE_TEXT_BYTES - tail; left <= head; left++)
		if (decode(text, left, text + left + cut, frame))
			return true;
	return false;
}

/** Decodes @p length characters of @p text without those that are not base64, and without the first @p prefix
 * characters of each line except the first line. @return whether they are a frame */
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

/** Decodes a frame that a terminal wrapped, if a program then put a prefix, such as the time, before each of its lines.
 * All prefixes must have the same length. @return whether @p length characters of @p text are such a frame */
static bool decode_prefixed(const char *text, size_t length, struct console_frame *frame)
{
	size_t breaks = 0, returns = 0;

	for (size_t i = 0; i < length; i++) {
		breaks += text[i] == '\n';
		returns += text[i] == '\r';
	}
	if (!breaks || length < CONSOLE_TEXT_BYTES + breaks + returns)
		return false;

	size_t others = length - CONSOLE_TEXT_BYTES - breaks - returns;

	return others && others % breaks == 0 && decode_packed(text, length, others / breaks, frame);
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

/** Counts how a frame without a right check sum may have been damaged: cut at the end of a line, or with its letters
 * changed to one case. @param text what follows "<hst:", @p room characters */
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
	size_t room = search->used - at - CONSOLE_BEGIN_BYTES, from = CONSOLE_TEXT_BYTES;
	struct console_frame frame;

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

		if (decode_packed(text, length, 0, &frame) || decode_cut(text, length, &frame) ||
		    decode_prefixed(text, length, &frame)) {
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

/** Looks for a frame after the "hst:" that ends at @p at. Some programs remove < and >. */
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

/** Searches the window, which is full, and then moves it on. The last characters stay in it, because a frame that
 * begins there may continue in the next ones. */
static void slide(struct log_search *search)
{
	size_t done = search->used - MARGIN, keep = done - CONSOLE_TEXT_BYTES;

	search_window(search, search->offset ? CONSOLE_TEXT_BYTES : 0, done);
	search->used -= keep;
	memmove(search->window, search->window + keep, search->used);
	memmove(search->place, search->place + keep, search->used * sizeof(search->place[0]));
	search->offset += keep;
}

/** Adds plain text to the window, and searches the window whenever it is full. plain.c calls it. */
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
