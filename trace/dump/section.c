/* See section.h. */
#include "trace/dump/section.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/dump/reader.h"

#define TEXT_BYTES 256

/** Of a file without its machine chunk, harts up to here are believed. */
#define SALVAGED_HARTS 4096

bool section_known(uint32_t type)
{
	return type == DUMP_MACHINE || type == DUMP_SCHEMA || type == DUMP_RING || type == DUMP_STATISTICS ||
	       type == DUMP_PHASES || type == DUMP_END;
}

bool section_possible(const struct dump_chunk *chunk)
{
	return chunk->flags == 0 && chunk->length <= DUMP_CHUNK_BYTES;
}

const char *dump_section(uint32_t type, char *text)
{
	switch (type) {
	case DUMP_MACHINE:
		return strcpy(text, "machine");
	case DUMP_SCHEMA:
		return strcpy(text, "schema");
	case DUMP_RING:
		return strcpy(text, "ring");
	case DUMP_STATISTICS:
		return strcpy(text, "statistics");
	case DUMP_PHASES:
		return strcpy(text, "phases");
	case DUMP_END:
		return strcpy(text, "end");
	}
	for (unsigned i = 0; i < sizeof(type); i++) {
		char letter = (char)(type >> 8 * i);

		text[i] = letter > ' ' && letter < 0x7f ? letter : '?';
	}
	text[sizeof(type)] = '\0';
	return text;
}

static bool __attribute__((format(printf, 2, 3))) refuse(char *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, TEXT_BYTES, format, arguments);
	va_end(arguments);
	return false;
}

static bool has_length(const struct dump_chunk *chunk, uint64_t expected, char *text)
{
	if (chunk->length == expected)
		return true;
	return refuse(text, "the chunk has %u bytes, but its contents are %" PRIu64, chunk->length, expected);
}

/** State of a hart; null if the machine has no such hart. */
static struct section_hart *find_hart(struct dump_sections *sections, uint32_t hart, char *text)
{
	if (!sections->hart) {
		sections->harts = SALVAGED_HARTS;
		sections->hart = calloc(SALVAGED_HARTS, sizeof(*sections->hart));
	}
	if (sections->hart && hart < sections->harts)
		return &sections->hart[hart];
	(void)refuse(text, "hart index %u, but the machine has %u harts", hart, sections->harts);
	return NULL;
}

static bool accept_machine(struct dump_sections *sections, const struct dump_chunk *chunk,
			   const struct dump_machine *machine, char *text)
{
	if (sections->machine)
		return refuse(text, "a second machine");
	if (chunk->length < sizeof(*machine))
		return refuse(text, "the chunk has %u bytes, at least %zu expected", chunk->length, sizeof(*machine));
	if (!has_length(chunk, sizeof(*machine) + machine->harts * sizeof(uint64_t) + machine->config_bytes, text))
		return false;
	if (machine->harts == 0)
		return refuse(text, "a machine without harts");
	sections->machine = true;
	if (sections->hart) {
		sections->harts = SALVAGED_HARTS; /* ring chunks came first: what they named is kept */
		return true;
	}
	sections->harts = machine->harts;
	sections->hart = calloc(machine->harts, sizeof(*sections->hart));
	return sections->hart || refuse(text, "no memory for %u harts", machine->harts);
}

static bool accept_schema(struct dump_sections *sections, char *text)
{
	if (sections->schema)
		return refuse(text, "a second schema");
	sections->schema = true;
	return true;
}

static bool follows(const struct dump_sections *sections, const struct section_hart *hart, const struct dump_ring *ring,
		    char *text)
{
	uint64_t from = ring->first - ring->lost;

	if (ring->lost > ring->first || ring->first + ring->count < ring->first)
		return refuse(text, "hart %u: sequence numbers that cannot be: first %" PRIu64 ", lost %" PRIu64,
			      ring->hart, ring->first, ring->lost);
	if (!hart->begun || from == hart->next || (sections->salvage && from > hart->next))
		return true;
	return refuse(text, "hart %u: slots from %" PRIu64 " on, but those before ended at %" PRIu64, ring->hart, from,
		      hart->next);
}

static bool accept_ring(struct dump_sections *sections, const struct dump_chunk *chunk, const struct dump_ring *ring,
			char *text)
{
	if (chunk->length < sizeof(*ring))
		return refuse(text, "the chunk has %u bytes, at least %zu expected", chunk->length, sizeof(*ring));
	if (!has_length(chunk, sizeof(*ring) + (uint64_t)ring->count * TRACE_SLOT_BYTES, text))
		return false;

	struct section_hart *hart = find_hart(sections, ring->hart, text);

	if (!hart || !follows(sections, hart, ring, text))
		return false;
	hart->begun = true;
	hart->next = ring->first + ring->count;
	sections->slots += ring->count;
	return true;
}

static bool accept_statistics(struct dump_sections *sections, const struct dump_chunk *chunk,
			      const struct dump_statistics *statistics, char *text)
{
	if (chunk->length != DUMP_STATISTICS_LEAST && !has_length(chunk, sizeof(*statistics), text))
		return false;

	struct section_hart *hart = find_hart(sections, statistics->hart, text);

	if (!hart)
		return false;
	if (hart->statistics)
		return refuse(text, "second statistics of hart %u", statistics->hart);
	hart->statistics = true;
	return true;
}

static bool accept_end(struct dump_sections *sections, const struct dump_chunk *chunk, const struct dump_end *end,
		       char *text)
{
	if (!has_length(chunk, sizeof(*end), text))
		return false;
	sections->end = true;
	if (sections->salvage || (end->slots == sections->slots && end->chunks == sections->chunks))
		return true;
	return refuse(text,
		      "the recorder wrote %" PRIu64 " slots in %" PRIu64 " chunks, but %" PRIu64 " in %" PRIu64
		      " are here",
		      end->slots, end->chunks, sections->slots, sections->chunks);
}

static bool in_order(const struct dump_sections *sections, uint32_t type, char *text)
{
	if (sections->salvage)
		return true;
	if (sections->end)
		return refuse(text, "a chunk after the end");
	if (!sections->machine)
		return type == DUMP_MACHINE || refuse(text, "the first chunk must be the machine");
	if (!sections->schema)
		return type == DUMP_SCHEMA || refuse(text, "the second chunk must be the schema");
	return true;
}

static bool accept_contents(struct dump_sections *sections, const struct dump_chunk *chunk, const void *payload,
			    char *text)
{
	switch (chunk->type) {
	case DUMP_MACHINE:
		return accept_machine(sections, chunk, payload, text);
	case DUMP_SCHEMA:
		return accept_schema(sections, text);
	case DUMP_RING:
		return accept_ring(sections, chunk, payload, text);
	case DUMP_STATISTICS:
		return accept_statistics(sections, chunk, payload, text);
	case DUMP_END:
		return accept_end(sections, chunk, payload, text);
	}
	return true;
}

bool section_accept(struct dump_sections *sections, const struct dump_chunk *chunk, const void *payload, char *text)
{
	if (section_known(chunk->type) && chunk->version != DUMP_VERSION)
		return refuse(text, "version %u of this section; this tool reads version %u", chunk->version,
			      DUMP_VERSION);
	if (!in_order(sections, chunk->type, text) || !accept_contents(sections, chunk, payload, text))
		return false;
	sections->chunks++;
	return true;
}

void section_release(struct dump_sections *sections)
{
	free(sections->hart);
	sections->hart = NULL;
}
