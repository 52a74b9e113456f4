/* Names of events and causes, as people give and read them.
 * Called by the subcommands. Pure: knows the trace's lists of names, and nothing of the device. */
#ifndef HSCTL_EVENTS_H
#define HSCTL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/dump/nearest.h"

#define EVENTS_NAME_BYTES 64

/** Reads a mask: a number, "all", or names of events with commas between them ("exit,ipi_send").
 * @param unknown  the first name that is none, of at most EVENTS_NAME_BYTES bytes, if false is returned */
bool events_parse_mask(const char *text, uint64_t *mask, char unknown[EVENTS_NAME_BYTES]);

/** Offers @p search each name that events_parse_mask() takes. */
void events_offer(struct nearest *search);

/** Name of a cause. @param index  of hartscope_stat.exits_by_cause: 0-63 */
void events_cause_name(unsigned int index, char name[EVENTS_NAME_BYTES]);

#endif
