/* Finds names in the trace's lists of events and causes. The lists are included from the .def files. */
#include "payloads/linux/hsctl/events.h"

#include <stdio.h>
#include <string.h>

#include "trace/dump/number.h"
#include "trace/format/slot.h"

const char *const events_worlds[HARTSCOPE_WORLDS] = { "firmware", "payload" };

static const struct {
	const char *name;
	unsigned int id;
} events[] = {
#define EVENT(id, NAME, name, ext) { #name, id },
#include "trace/format/events.def"
};

static bool find_event(const char *name, size_t length, uint64_t *mask)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strlen(events[i].name) == length && memcmp(events[i].name, name, length) == 0) {
			*mask |= TRACE_BIT(events[i].id);
			return events[i].id != TRACE_EXT;
		}
	return false;
}

bool events_parse_mask(const char *text, uint64_t *mask, char unknown[EVENTS_NAME_BYTES])
{
	*mask = TRACE_MASK_ALL;
	if (strcmp(text, "all") == 0 || number_read(text, mask))
		return true;
	*mask = 0;
	while (true) {
		size_t length = strcspn(text, ",");

		if (!find_event(text, length, mask)) {
			(void)snprintf(unknown, EVENTS_NAME_BYTES, "%.*s", (int)length, text);
			return false;
		}
		if (text[length] == '\0')
			return true;
		text += length + 1;
	}
}

void events_offer(struct nearest *search)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i].id != TRACE_EXT)
			nearest_offer(search, events[i].name);
}

void events_cause_name(unsigned int index, char name[EVENTS_NAME_BYTES])
{
	static const char *const names[256] = {
#define CAUSE(number, name) [number] = #name,
#include "abi/causes.def"
	};
	bool interrupt = index >= HARTSCOPE_CAUSE_INTERRUPT;
	unsigned int code = interrupt ? index - HARTSCOPE_CAUSE_INTERRUPT : index;
	const char *known = names[(interrupt ? TRACE_CAUSE_INTERRUPT : 0) + code];

	if (known)
		(void)snprintf(name, EVENTS_NAME_BYTES, "%s", known);
	else
		(void)snprintf(name, EVENTS_NAME_BYTES, "%s_%u", interrupt ? "interrupt" : "exception", code);
}
