/* Functions by address, of ELF files and of lists of symbols: what a program counter in a trace belongs to.
 * Used by the output formats and by stat --folded. Knows nothing of traces. */
#ifndef TRACE_CONVERT_SYMBOLS_H
#define TRACE_CONVERT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

struct symbols;

/** Reads the functions of the files that @p paths names, separated by commas: 64-bit little-endian ELF files, and lists of
 * symbols as text (System.map, /proc/kallsyms, nm), told apart by what they contain; pipes will do. An ELF file whose name is
 * followed by @ADDRESS was moved: its first loaded segment lies there.
 * @param symbols to be given to symbols_close(); null after an error
 * @return ERROR_SYSTEM or ERROR_DATA if a file cannot be read or has no symbols; the message begins with its name */
enum error symbols_read(struct symbols **symbols, const char *paths) MUST_CHECK;

/** The function that @p address lies in, and how far in. @return its whole name as escape_name() writes it: UTF-8, and two
 * names that differ in the file differ here; NULL if there is none */
const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *offset);

/** How many symbols there are. @p symbols may be NULL. */
size_t symbols_count(const struct symbols *symbols);

/** The place of the function that @p address lies in, below symbols_count(). @return whether it lies in one */
bool symbols_place(const struct symbols *symbols, uint64_t address, size_t *place);

/** The name of the function at @p place, as symbols_find() returns it. */
const char *symbols_name(const struct symbols *symbols, size_t place);

/** Length of the longest name. @p symbols may be NULL. */
size_t symbols_longest(const struct symbols *symbols);

/** Frees them. @p symbols may be NULL. */
void symbols_close(struct symbols *symbols);

#endif
