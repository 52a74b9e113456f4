/* The names of events and causes, as users type and read them.
 * Called by the subcommands. Pure: uses only the trace's lists of names.
 * Must not know the device. */
#ifndef HSCTL_EVENTS_H
#define HSCTL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/nearest.h"

#define EVENTS_NAME_BYTES 64

/** Parses a mask: a number, "all", or names of events with commas between them ("exit,ipi_send").
 * @param mask     gets one bit for each event
 * @param unknown  gets the first unknown name if false is returned; long names are cut
 * @return whether @p text is a mask */
bool events_parse_mask(const char *text, uint64_t *mask, char unknown[EVENTS_NAME_BYTES]);

/** Offers each name that events_parse_mask() accepts to @p search, which finds the one that the user probably meant. */
void events_offer(struct nearest *search);

/** Copies the name of a cause to @p name. @param index  an index of hartscope_stat.exits_by_cause, 0 to 63 */
void events_cause_name(unsigned int index, char name[EVENTS_NAME_BYTES]);

#endif
