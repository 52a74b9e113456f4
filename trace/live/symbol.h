/* The address of a symbol in an ELF file.
 * Called by hstrace live to find hv's directory. Knows nothing of hv. */
#ifndef TRACE_LIVE_SYMBOL_H
#define TRACE_LIVE_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

/** @param base where the first loaded segment of the file lies; NULL: where the file says
 * @return the address of symbol @p name in the 64-bit ELF file @p path, or 0 with a message of at most @p error_bytes
 * bytes in @p error */
uint64_t symbol_address(const char *path, const char *name, const uint64_t *base, char *error, size_t error_bytes);

#endif
