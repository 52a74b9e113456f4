/* Functions of ELF files by address: what a program counter in a trace belongs to.
 * Used by the output formats and by stat --folded. Knows nothing of traces. */
#ifndef TRACE_CONVERT_SYMBOLS_H
#define TRACE_CONVERT_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbols;

/** Reads the functions of the 64-bit little-endian ELF files that @p paths names, separated by commas. A file whose name is
 * followed by @ADDRESS was moved: its first loaded segment lies there.
 * @param error receives what is wrong, with the file's name
 * @return NULL if a file cannot be read or has no symbols */
struct symbols *symbols_read(const char *paths, char *error, size_t error_bytes);

/** The function that @p address lies in, and how far in. @return NULL if none does */
const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *offset);

void symbols_close(struct symbols *symbols);

#endif
