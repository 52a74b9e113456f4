/* Reads the machines of the dumps that are merged, and decides which index each hart gets in the merged dump.
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

/** One of the dumps that are merged. */
struct source {
	struct dump_machine machine;
	uint64_t *ids;
	char *config;
	uint32_t first_hart; /* the index in the merged dump of this dump's hart 0 */
	/* True if this dump's harts are added to the merged dump. False if they are the same harts as those of an
	 * earlier dump. */
	bool added;
};

/** All dumps, in the order of the command line. */
struct sources {
	const char *command;
	const struct options *options;
	struct source source[OPTIONS_FILES];
	/* Number of harts in the merged dump. At most DUMP_HARTS, because other commands refuse dumps with more. */
	uint32_t harts;
	uint64_t *ids; /* the hart ids of the merged dump */
	struct schemas schemas;
};

/** Reads the first chunks of all dumps.
 * @param sources the caller sets `command` and `options`, and sets all other members to 0. The caller must release it,
 *                even after an error
 * @param apart   true if the dumps come from different runs. Each dump then gets new harts in the merged dump, even if
 * the dumps come from the same machine
 * @return ERROR_DATA if a dump does not describe its machine, or does not fit the other dumps */
enum error sources_read(struct sources *sources, bool apart) MUST_CHECK;

/** Writes the machine and the schema of the merged dump.
 * @param hv the contents of hv's ELF file. The configuration in it is used if no dump contains a configuration, and its
 *           events are added, because the recorders may not have known all events. Both may be null
 * @return ERROR_OPTION if the configuration in @p hv is used, but another build of hv wrote the dumps */
enum error sources_write_head(struct sources *sources, const struct hv_elf *hv, struct dump_writer *writer) MUST_CHECK;

/** Returns the number of the first dump that contains a certain hart. @p index is the hart's index in the merged
 * dump. */
unsigned sources_find(const struct sources *sources, uint32_t index);

/** Frees what sources_read() allocated. */
void sources_release(struct sources *sources);

#endif
