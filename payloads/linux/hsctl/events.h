/* The names of events, causes and worlds, as users type and read them.
 * Called by the subcommands. All functions are pure, and use only the trace's lists of names. They must not know the
 * device. */
#ifndef HSCTL_EVENTS_H
#define HSCTL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "trace/dump/nearest.h"

#define EVENTS_NAME_BYTES 64

/** The names of the worlds. */
extern const char *const events_worlds[HARTSCOPE_WORLDS];

/** Parses a mask. It is a number, "all", or names of events with commas between them ("exit,ipi_send").
 * @param mask     receives the mask, with one bit for each event
 * @param unknown  receives the first unknown name if @p text is not a mask; long names are cut
 * @return whether @p text is a mask */
bool events_parse_mask(const char *text, uint64_t *mask, char unknown[EVENTS_NAME_BYTES]);

/** Offers each name that events_parse_mask() accepts to @p search. The search finds the name that the user probably
 * meant. */
void events_offer(struct nearest *search);

/** Copies the name of a cause to @p name. @param index  an index of hartscope_stat.exits_by_cause, 0 to 63 */
void events_cause_name(unsigned int index, char name[EVENTS_NAME_BYTES]);

#endif
