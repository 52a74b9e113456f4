/* The parts of hstrace live that deal with recordings that stop themselves: what it prints about triggers and limits.
 * Called by live.c. It does not read the guest's memory. */
#ifndef TRACE_HSTRACE_LIVE_WATCH_H
#define TRACE_HSTRACE_LIVE_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "trace/elf/hv_elf.h"
#include "trace/hstrace/live_options.h"
#include "trace/live/recorder.h"
#include "trace/trigger/watch.h"

/** A recording that stops itself. All zeros if the recording has no trigger and no maximum size. */
struct live_watch {
	struct watch watch;
	struct recorder_sink sink;
	bool used;            /* the recording has a trigger or a maximum size */
	bool reported;        /* the message about the trigger has been printed */
	uint64_t taken;       /* watch.taken when it changed last */
	uint64_t quiet_since; /* host's time in ns of that change */
};

/** Checks the triggers before the guest is there.
 * @param image hv's ELF file, which may have a list of events
 * @return ERROR_OPTION if a trigger is wrong; ERROR_MEMORY */
enum error live_watch_check(const struct live_options *chosen, const struct hv_elf *image) MUST_CHECK;

/** Starts to watch a recording that has just begun. Call live_watch_close() even after an error.
 * @param config hv's configuration; null if it is not known */
enum error live_watch_open(struct live_watch *live, const struct live_options *chosen, struct recorder *recorder,
			   const char *config) MUST_CHECK;

/** Called after each poll of the rings. When a trigger has fired, makes the dump visible and prints a message.
 * @param now the host's time in ns
 * @param out where to print; null to print nothing
 * @return the first error of the recording */
enum error live_watch_poll(struct live_watch *live, struct recorder *recorder, uint64_t now, FILE *out) MUST_CHECK;

/** Returns whether the recording may end. */
bool live_watch_is_over(const struct live_watch *live, uint64_t now);

/** Returns whether no trigger has fired although the user has asked for one. Then the dump is not kept. */
bool live_watch_is_idle(const struct live_watch *live);

/** Returns how many slots of a hart are not in the dump because they are outside of what the user asked for. */
uint64_t live_watch_left_out(const struct live_watch *live, uint32_t hart);

/** Prints what the dump at @p path has, at the end of the recording. */
void live_watch_summarize(const struct live_watch *live, FILE *out, const char *path);

/** Prints the members "trigger" and "full" of the JSON summary. */
void live_watch_json(const struct live_watch *live, FILE *out);

void live_watch_close(struct live_watch *live);

#endif
