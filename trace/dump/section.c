/* Checks that the chunks of a dump agree with each other. When salvaging, chunks may be missing. So the order of chunks
 * and the totals are not checked, and gaps between a hart's slots are allowed. */
#include "trace/dump/section.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/dump/reader.h"

bool section_known(uint32_t type)
{
	return type == DUMP_MACHINE || type == DUMP_SCHEMA || type == DUMP_RING || type == DUMP_STATISTICS ||
	       type == DUMP_PHASES || type == DUMP_END;
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

static enum error has_length(const struct dump_chunk *chunk, uint64_t expected)
{
	if (chunk->length == expected)
		return ERROR_NONE;
	return error_set(ERROR_DATA, "the chunk has %u bytes, but its contents need %" PRIu64, chunk->length, expected);
}

/** Finds the state of hart @p index. If the machine chunk is missing, this function first makes a list of DUMP_HARTS
 * harts. */
static enum error find_hart(struct dump_sections *sections, uint32_t index, struct section_hart **hart)
{
	if (!sections->hart) {
		sections->harts = DUMP_HARTS;
		sections->hart = calloc(DUMP_HARTS, sizeof(*sections->hart));
	}
	if (!sections->hart)
		return error_no_memory();
	if (index >= sections->harts)
		return error_set(ERROR_DATA, "there is no hart index %u: the machine has %u harts", index,
				 sections->harts);
	*hart = &sections->hart[index];
	return ERROR_NONE;
}

static enum error accept_machine(struct dump_sections *sections, const struct dump_chunk *chunk,
				 const struct dump_machine *machine)
{
	if (sections->machine)
		return error_set(ERROR_DATA, "the dump already has a machine");
	if (chunk->length < sizeof(*machine))
		return error_set(ERROR_DATA, "the chunk has %u bytes, but needs at least %zu", chunk->length,
				 sizeof(*machine));
	RETURN_IF_ERROR(
		has_length(chunk, sizeof(*machine) + machine->harts * sizeof(uint64_t) + machine->config_bytes));
	if (machine->harts == 0)
		return error_set(ERROR_DATA, "the machine has no harts");
	if (machine->harts > DUMP_HARTS)
		return error_set(ERROR_DATA, "the machine has %u harts; this tool reads at most %u", machine->harts,
				 DUMP_HARTS);
	sections->machine = true;
	if (sections->hart) {
		/* When salvaging, RING chunks may come before the machine chunk. Their harts already have a state,
		 * which is kept. */
		sections->harts = DUMP_HARTS;
		return ERROR_NONE;
	}
	sections->harts = machine->harts;
	sections->hart = calloc(machine->harts, sizeof(*sections->hart));
	return sections->hart ? ERROR_NONE : error_set(ERROR_MEMORY, "no memory for %u harts", machine->harts);
}

static enum error accept_schema(struct dump_sections *sections)
{
	if (sections->schema)
		return error_set(ERROR_DATA, "the dump already has a schema");
	sections->schema = true;
	return ERROR_NONE;
}

/** Checks that the slots of a RING chunk continue where the hart's previous chunk ended. */
static enum error follows(const struct dump_sections *sections, const struct section_hart *hart,
			  const struct dump_ring *ring)
{
	uint64_t from = ring->first - ring->lost;

	if (ring->lost > ring->first || ring->first + ring->count < ring->first)
		return error_set(ERROR_DATA, "hart %u: impossible sequence numbers: first %" PRIu64 ", lost %" PRIu64,
				 ring->hart, ring->first, ring->lost);
	if (!hart->begun || from == hart->next || (sections->salvage && from > hart->next))
		return ERROR_NONE;
	return error_set(ERROR_DATA,
			 "hart %u: the slots continue at %" PRIu64 ", but the hart's previous chunk ended at %" PRIu64,
			 ring->hart, from, hart->next);
}

static enum error accept_ring(struct dump_sections *sections, const struct dump_chunk *chunk,
			      const struct dump_ring *ring)
{
	struct section_hart *hart;

	if (chunk->length < sizeof(*ring))
		return error_set(ERROR_DATA, "the chunk has %u bytes, but needs at least %zu", chunk->length,
				 sizeof(*ring));
	RETURN_IF_ERROR(has_length(chunk, sizeof(*ring) + (uint64_t)ring->count * TRACE_SLOT_BYTES));
	RETURN_IF_ERROR(find_hart(sections, ring->hart, &hart));
	RETURN_IF_ERROR(follows(sections, hart, ring));
	hart->begun = true;
	hart->next = ring->first + ring->count;
	sections->slots += ring->count;
	return ERROR_NONE;
}

static enum error accept_statistics(struct dump_sections *sections, const struct dump_chunk *chunk,
				    const struct dump_statistics *statistics)
{
	struct section_hart *hart;

	/* Statistics of an older dump lack the last field. */
	if (chunk->length != DUMP_STATISTICS_LEAST)
		RETURN_IF_ERROR(has_length(chunk, sizeof(*statistics)));
	RETURN_IF_ERROR(find_hart(sections, statistics->hart, &hart));
	if (hart->statistics)
		return error_set(ERROR_DATA, "the dump already has statistics of hart %u", statistics->hart);
	hart->statistics = true;
	return ERROR_NONE;
}

static enum error accept_end(struct dump_sections *sections, const struct dump_chunk *chunk, const struct dump_end *end)
{
	RETURN_IF_ERROR(has_length(chunk, sizeof(*end)));
	sections->end = true;
	if (sections->salvage || (end->slots == sections->slots && end->chunks == sections->chunks))
		return ERROR_NONE;
	return error_set(ERROR_DATA,
			 "the recorder wrote %" PRIu64 " slots in %" PRIu64 " chunks, but the file has %" PRIu64
			 " slots in %" PRIu64 " chunks",
			 end->slots, end->chunks, sections->slots, sections->chunks);
}

/** Checks that a chunk of this type may come next. */
static enum error in_order(const struct dump_sections *sections, uint32_t type)
{
	if (sections->salvage)
		return ERROR_NONE;
	if (sections->end)
		return error_set(ERROR_DATA, "a chunk follows the end chunk");
	if (!sections->machine)
		return type == DUMP_MACHINE ? ERROR_NONE : error_set(ERROR_DATA, "the first chunk must be the machine");
	if (!sections->schema)
		return type == DUMP_SCHEMA ? ERROR_NONE : error_set(ERROR_DATA, "the second chunk must be the schema");
	return ERROR_NONE;
}

static enum error accept_contents(struct dump_sections *sections, const struct dump_chunk *chunk, const void *payload)
{
	switch (chunk->type) {
	case DUMP_MACHINE:
		return accept_machine(sections, chunk, payload);
	case DUMP_SCHEMA:
		return accept_schema(sections);
	case DUMP_RING:
		return accept_ring(sections, chunk, payload);
	case DUMP_STATISTICS:
		return accept_statistics(sections, chunk, payload);
	case DUMP_END:
		return accept_end(sections, chunk, payload);
	}
	return ERROR_NONE;
}

enum error section_accept(struct dump_sections *sections, const struct dump_chunk *chunk, const void *payload)
{
	if (section_known(chunk->type) && chunk->version != DUMP_VERSION)
		return error_set(ERROR_DATA, "the section has version %u; this tool reads version %u", chunk->version,
				 DUMP_VERSION);
	RETURN_IF_ERROR(in_order(sections, chunk->type));
	RETURN_IF_ERROR(accept_contents(sections, chunk, payload));
	sections->chunks++;
	return ERROR_NONE;
}

void section_release(struct dump_sections *sections)
{
	free(sections->hart);
	sections->hart = NULL;
}
