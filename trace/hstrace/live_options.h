/* The options of hstrace live.
 * Called by the command, which parses them first. Knows nothing about guests and recordings. */
#ifndef TRACE_HSTRACE_LIVE_OPTIONS_H
#define TRACE_HSTRACE_LIVE_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/hstrace/options.h"

struct live_options {
	struct options options; /* FILE 0 is the memory file, so that it is refused as OUT */
	const char *memory;     /* path of the memory file */
	uint64_t base;          /* physical address of the memory's first byte */
	uint64_t interval;      /* microseconds between two polls */
	uint64_t wait;          /* seconds to wait for each boot; UINT64_MAX: for ever */
	uint64_t hv;            /* the address at which hv was loaded, if hv_given */
	bool follow;            /* --follow was given, with or without "reboots" */
	bool reboots;           /* --follow=reboots was given */
	bool consume, hv_given;
};

/** The children of the parser. The command sets options.children to them before parsing. */
extern const struct argp_child live_children[];

/** The parser of the command. Its input is a struct live_options with the defaults of `base`, `interval` and `wait`. */
extern const struct argp live_parser;

#endif
