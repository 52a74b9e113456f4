/* The options of hstrace live.
 * hstrace live parses these options before it does anything else. Knows nothing about guests and recordings. */
#ifndef TRACE_HSTRACE_LIVE_OPTIONS_H
#define TRACE_HSTRACE_LIVE_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/hstrace/options.h"
#include "trace/trigger/watch.h"

#define LIVE_TRIGGERS 16 /* at most this many --trigger */

struct live_options {
	struct options options; /* FILE 0 is the memory file, so that a user cannot choose the memory file as OUT */
	const char *memory;     /* path of the memory file */
	uint64_t base;          /* physical address of the memory's first byte */
	uint64_t interval;      /* microseconds between two polls */
	uint64_t wait;          /* seconds to wait for each boot; UINT64_MAX to wait without a limit */
	uint64_t hv;            /* the address at which hv was loaded; valid if `hv_given` is true */
	bool follow;            /* --follow was given, with or without "reboots" */
	bool reboots;           /* --follow=reboots was given */
	bool consume, hv_given;
	struct watch_options watch;         /* its member `trigger` is not set */
	const char *trigger[LIVE_TRIGGERS]; /* the texts of all --trigger; their number is watch.triggers */
	bool window_given;                  /* --before, --after or --buffer was given */
	int64_t time;                       /* nanoseconds to record; INT64_MAX for no limit */
};

/** The child parsers of `live_parser`. The command sets options.children to this array before parsing. */
extern const struct argp_child live_children[];

/** The parser of the command. The parser's input is a struct live_options. In it, the caller sets `base`, `interval`,
 * `wait`, `time` and `watch` to their defaults before parsing. */
extern const struct argp live_parser;

/** The defaults of the options about triggers and sizes. */
#define LIVE_WATCH_DEFAULTS                                                                                            \
	((struct watch_options){                                                                                       \
		.before_ns = 1000000000, .after_ns = 1000000000, .hold_bytes = 64 << 20, .most_bytes = UINT64_MAX })

#endif
