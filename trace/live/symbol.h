/* Finds the address of a symbol in an ELF file.
 * Called by hstrace live to find hv's directory. It knows nothing about hv. */
#ifndef TRACE_LIVE_SYMBOL_H
#define TRACE_LIVE_SYMBOL_H

#include <stdint.h>

#include "trace/error/error.h"

/** Finds symbol @p name in the 64-bit ELF file @p path.
 * @param base    the address at which the first segment of the file is loaded; NULL if that is the address for which
 *                the file is linked
 * @param address receives the symbol's address, which is never 0
 * @return ERROR_DATA if the file has no such symbol */
enum error symbol_address(const char *path, const char *name, const uint64_t *base, uint64_t *address) MUST_CHECK;

#endif
