/* Finds the phases of a run. Module boot_counter writes two records when a phase begins: first a MODULE record with the
 * time, and right after it a COUNTER record with an id that names the phase. The MODULE record alone is not enough: it
 * contains only the number of the phase's event. The name of that event is in hv's configuration, and a dump may lack
 * the configuration. */
#include "trace/dump/phases.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "abi/hartscope.h"
#include "trace/format/event_fields.h"

#define NS_PER_SECOND 1000000000u

static const struct counter_name {
	uint32_t id;
	const char *name;
} counters[] = {
#define COUNTER(id, name) { id, #name },
#include "trace/format/counters.def"
};

static const char counter_prefix[] = "boot_exits_";
static const char line_prefix[] = "phase ";

static bool is_printable(const char *name, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (name[i] < ' ' || name[i] > '~')
			return false;
	return true;
}

static bool is_known(const struct phases *phases, const char *name, size_t bytes)
{
	for (unsigned i = 0; i < phases->count; i++)
		if (strlen(phases->phase[i].name) == bytes && memcmp(phases->phase[i].name, name, bytes) == 0)
			return true;
	return false;
}

enum error phases_add(struct phases *phases, const char *name, size_t bytes, uint64_t mtime)
{
	unsigned place = phases->count;

	if (bytes == 0 || bytes >= PHASES_NAME_BYTES || !is_printable(name, bytes))
		return error_set(ERROR_DATA, "the name of a phase must have 1 to 31 printable ASCII characters");
	if (is_known(phases, name, bytes))
		return ERROR_NONE;
	if (phases->count == PHASES_MOST)
		return error_set(ERROR_DATA, "there are more than 64 phases");
	for (; place > 0 && phases->phase[place - 1].mtime > mtime; place--)
		phases->phase[place] = phases->phase[place - 1];
	phases->phase[place] = (struct phase){ .mtime = mtime };
	memcpy(phases->phase[place].name, name, bytes);
	phases->count++;
	return ERROR_NONE;
}

/** @return the name of the phase that counter id @p counter belongs to; NULL if it is not an id of boot_counter */
static const char *phase_of(uint64_t counter)
{
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (counters[i].id == (uint32_t)counter &&
		    strncmp(counters[i].name, counter_prefix, sizeof(counter_prefix) - 1) == 0)
			return counters[i].name + sizeof(counter_prefix) - 1;
	return NULL;
}

void phases_take_record(struct phases *phases, uint32_t hart, unsigned id, uint64_t word0, uint64_t word1)
{
	if (hart != 0 || (id != TRACE_MODULE && id != TRACE_COUNTER))
		return;
	if (id == TRACE_MODULE) {
		struct trace_module module = trace_module_unpack((const uint64_t[]){ word0, word1 }, 1);

		phases->number = module.event;
		phases->mtime = module.value;
		phases->stamped = true;
		return;
	}

	const char *name = phases->stamped ? phase_of(word0) : NULL;

	/* phases_add() cannot fail here: counters.def defines only three phases, and their names are short. */
	if (name && (uint32_t)word0 == HARTSCOPE_COUNTER_BOOT + phases->number)
		IGNORE_ERROR(phases_add(phases, name, strlen(name), phases->mtime));
	phases->stamped = false;
}

/** Reads a line and adds its phase. The word "phase " at the line's beginning is already removed, so @p line is "MTIME
 * NAME". */
static enum error take_line(struct phases *phases, const char *line, size_t bytes)
{
	uint64_t mtime = 0;
	size_t at = 0;

	for (; at < bytes && line[at] >= '0' && line[at] <= '9'; at++) {
		unsigned digit = (unsigned)(line[at] - '0');

		if (mtime > (UINT64_MAX - digit) / 10)
			return error_set(ERROR_DATA, "the time of a phase needs more than 64 bits");
		mtime = 10 * mtime + digit;
	}
	if (at == 0 || at == bytes || line[at] != ' ')
		return error_set(ERROR_DATA, "a phase needs MTIME NAME");
	return phases_add(phases, line + at + 1, bytes - at - 1, mtime);
}

enum error phases_take_text(struct phases *phases, const char *text, size_t bytes)
{
	const char *end = text + bytes, *next;
	struct error_kept first = { 0 };

	for (const char *line = text; line < end; line = next) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((stop ? stop : end) - line), prefix = sizeof(line_prefix) - 1;

		next = stop ? stop + 1 : end;
		if (length >= prefix && memcmp(line, line_prefix, prefix) == 0)
			error_keep(&first, take_line(phases, line + prefix, length - prefix));
	}
	return error_again(&first);
}

size_t phases_text(const struct phases *phases, char text[PHASES_TEXT_BYTES])
{
	size_t length = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < phases->count; i++)
		length += (size_t)snprintf(text + length, PHASES_TEXT_BYTES - length, "%s%" PRIu64 " %s\n", line_prefix,
					   phases->phase[i].mtime, phases->phase[i].name);
	return length;
}

int64_t phases_ns(uint64_t mtime, uint64_t timebase_hz)
{
	unsigned __int128 ns = (unsigned __int128)mtime * NS_PER_SECOND / timebase_hz;

	return ns < INT64_MAX ? (int64_t)ns : INT64_MAX;
}
