/* The dumps to be merged: the machine of each, and the indexes that its harts get in the merged dump.
 * Called by hstrace merge. Knows nothing about slots and times. */
#ifndef TRACE_HSTRACE_SOURCES_H
#define TRACE_HSTRACE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/writer.h"
#include "trace/elf/hv_elf.h"
#include "trace/error/error.h"
#include "trace/hstrace/options.h"
#include "trace/hstrace/schemas.h"

/** One of the dumps to be merged. */
struct source {
	struct dump_machine machine;
	uint64_t *ids;
	char *config;
	uint32_t first_hart; /* the index that its hart 0 has in the merged dump */
	bool added; /* true: its harts are new in the merged dump; false: they are the harts of an earlier dump */
};

/** All dumps, in the order of the command line. */
struct sources {
	const char *command;
	const struct options *options;
	struct source source[OPTIONS_FILES];
	uint32_t harts; /* of the merged dump; at most TIMELINE_HARTS, since other commands read no more */
	uint64_t *ids;  /* hart ids of the merged dump */
	struct schemas schemas;
};

/** Reads the first chunks of all dumps.
 * @param sources zeros except `command` and `options`; the caller must release it, also after an error
 * @param apart   the dumps are different runs: no two of them share harts, even if they are of the same machine
 * @return ERROR_DATA if a dump has no machine or does not fit the others */
enum error sources_read(struct sources *sources, bool apart) MUST_CHECK;

/** Writes the machine and the schema of the merged dump.
 * @param hv provides the configuration if no dump has it, and events that the recorders did not know; both may be null
 * @return ERROR_OPTION if the configuration is taken from @p hv, but the dumps are of another build */
enum error sources_write_head(struct sources *sources, const struct hv_elf *hv, struct dump_writer *writer) MUST_CHECK;

/** The number of the first dump that has hart @p index of the merged dump. */
unsigned sources_find(const struct sources *sources, uint32_t index);

/** Frees what sources_read() allocated. */
void sources_release(struct sources *sources);

#endif
