/* The address of a symbol in an ELF file.
 * Called by hstrace live to find hv's directory. Knows nothing of hv. */
#ifndef TRACE_LIVE_SYMBOL_H
#define TRACE_LIVE_SYMBOL_H

#include <stdint.h>

#include "trace/error/error.h"

/** Finds the @p address of symbol @p name in the 64-bit ELF file @p path. It is not 0 if there is no error.
 * @param base where the first loaded segment of the file lies; NULL: where the file says */
enum error symbol_address(const char *path, const char *name, const uint64_t *base, uint64_t *address) MUST_CHECK;

#endif
