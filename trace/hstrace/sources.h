/* The dumps that become one: the machine of each, and which harts of the merged dump its harts are.
 * Called by hstrace merge. Knows nothing of slots and times. */
#ifndef TRACE_HSTRACE_SOURCES_H
#define TRACE_HSTRACE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/writer.h"
#include "trace/elf/hv_elf.h"
#include "trace/error/error.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/schemas.h"

/** One of the dumps. */
struct source {
	struct dump_machine machine;
	uint64_t *ids;
	char *config;
	uint32_t first_hart; /* of the merged dump: that of its hart 0 */
	bool added;          /* its harts are its own, not those of a dump before */
};

/** All of them, as the options have them. */
struct sources {
	const char *command;
	const struct options *options;
	struct source source[OPTIONS_FILES];
	uint32_t harts; /* of the merged dump: at most TIMELINE_HARTS, which other commands read */
	uint64_t *ids;  /* of these */
	struct schemas schemas;
};

/** Reads what the dumps begin with.
 * @param sources zeros, but for command and options; to be released also after an error
 * @param apart   each is a run of its own: none has harts of another */
enum error sources_read(struct sources *sources, bool apart) MUST_CHECK;

/** Writes machine and schema of the merged dump.
 * @param hv has the configuration if no dump has it, and events that the recorders did not know; both may be null */
enum error sources_write_head(struct sources *sources, const struct hv_elf *hv, struct dump_writer *writer) MUST_CHECK;

/** The first dump that has hart @p index of the merged one. */
unsigned sources_find(const struct sources *sources, uint32_t index);

void sources_release(struct sources *sources);

#endif
