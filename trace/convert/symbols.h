/* Finds the function that contains an address. The functions come from ELF files and from lists of symbols.
 * The output formats and the statistics use it for program counters. Knows nothing of traces. */
#ifndef TRACE_CONVERT_SYMBOLS_H
#define TRACE_CONVERT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

struct symbols;

/** Reads the functions of one or more files. Each file is a 64-bit little-endian ELF file, or a list of symbols as text
 * (System.map, /proc/kallsyms, or the output of nm). The function recognises the type of a file by its contents. A file
 * may also be a pipe.
 * @param symbols receives the table, for symbols_close(); NULL after an error
 * @param paths the files, separated by commas. Write FILE@ADDRESS for an ELF file that was not loaded at the addresses
 *              in its headers; ADDRESS is the address of its first loaded segment
 * @return ERROR_SYSTEM or ERROR_DATA if a file cannot be read or has no symbols, or ERROR_MEMORY; the message begins
 * with the file's path */
enum error symbols_read(struct symbols **symbols, const char *paths) MUST_CHECK;

/** Finds the function that contains @p address.
 * @param offset receives the distance from the function's start to @p address
 * @return the function's full name in UTF-8, escaped by escape_name() so that different names stay different; NULL if
 * no function contains the address */
const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *offset);

/** Returns the number of symbols in the table. @p symbols may be NULL. */
size_t symbols_count(const struct symbols *symbols);

/** Finds the function that contains @p address.
 * @param place receives the function's number, below symbols_count()
 * @return false if no function contains the address */
bool symbols_place(const struct symbols *symbols, uint64_t address, size_t *place);

/** Returns the name of the function with the number @p place. symbols_find() returns the same name. */
const char *symbols_name(const struct symbols *symbols, size_t place);

/** Returns the address at which the function with the number @p place begins. */
uint64_t symbols_start(const struct symbols *symbols, size_t place);

/** Returns the length of the longest name in bytes. @p symbols may be NULL. */
size_t symbols_longest(const struct symbols *symbols);

/** Frees the table. @p symbols may be NULL. */
void symbols_close(struct symbols *symbols);

#endif
