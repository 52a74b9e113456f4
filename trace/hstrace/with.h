/* Appends another Perfetto trace to the one that `hstrace convert` writes (--with).
 * Used by convert.c. Knows nothing of what the packets contain. */
#ifndef TRACE_HSTRACE_WITH_H
#define TRACE_HSTRACE_WITH_H

#include "trace/convert/output.h"
#include "trace/error/error.h"

/** Copies all packets of a Perfetto trace to the output.
 * @param path the trace; it may be compressed with gzip or zstd
 * @return ERROR_SYSTEM if the file cannot be read; ERROR_DATA if it is no Perfetto trace, or was cut */
enum error with_append(struct output *output, const char *path) MUST_CHECK;

#endif
