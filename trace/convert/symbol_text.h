/* Lists of symbols as text: the kernel's System.map, /proc/kallsyms, and what nm prints. A line is an address, a letter for the
 * symbol's type, and a name; /proc/kallsyms adds the module's name in brackets.
 * Used by symbols.c. Knows nothing of files. */
#ifndef TRACE_CONVERT_SYMBOL_TEXT_H
#define TRACE_CONVERT_SYMBOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOL_TEXT_NAME_BYTES 8192 /* the kernel's names have at most 511; nm prints any */

/** A line. */
struct symbol_line {
	uint64_t address;
	char type;
	char name[SYMBOL_TEXT_NAME_BYTES]; /* with the module's, as the kernel prints it: "function [module]" */
};

/** Reads a line of @p length bytes, without its line break. @return NULL, or what is wrong with it. Pure. */
const char *symbol_line_read(const char *line, size_t length, struct symbol_line *symbol);

/** Whether the symbol is a function: of types t, T, w and W those that are no mapping symbols ($x) or local labels (.L1). Pure. */
bool symbol_line_is_function(const struct symbol_line *symbol);

/** Receives a function. @return false to stop */
typedef bool symbol_text_visit(void *self, uint64_t address, const char *name);

/** Reads a whole text and gives each of its functions to @p visit, in the order of its lines.
 * @param error receives what is wrong, with the line's number
 * @return whether all of the text could be read, it has a function, and @p visit never said false */
bool symbol_text_read(const char *text, size_t size, symbol_text_visit *visit, void *self, char *error,
		      size_t error_bytes);

#endif
