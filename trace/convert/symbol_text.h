/* Lists of symbols as text: the kernel's System.map, /proc/kallsyms, and what nm prints. A line is an address, a letter for the
 * symbol's type, and a name; /proc/kallsyms adds the module's name in brackets.
 * Used by symbols.c. Knows nothing of files. */
#ifndef TRACE_CONVERT_SYMBOL_TEXT_H
#define TRACE_CONVERT_SYMBOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define SYMBOL_TEXT_NAME_BYTES 8192 /* the kernel's names have at most 511; nm prints any */

/** A line. */
struct symbol_line {
	uint64_t address;
	char type;
	char name[SYMBOL_TEXT_NAME_BYTES]; /* with the module's, as the kernel prints it: "function [module]" */
};

/** Reads a line of @p length bytes, without its line break. @return ERROR_DATA if it is wrong */
enum error symbol_line_read(const char *line, size_t length, struct symbol_line *symbol) MUST_CHECK;

/** Whether the symbol is a function: of types t, T, w and W those that are no mapping symbols ($x) or local labels (.L1). Pure. */
bool symbol_line_is_function(const struct symbol_line *symbol);

/** Receives a function. An error ends the reading. */
typedef enum error symbol_text_visit(void *self, uint64_t address, const char *name);

/** Reads a whole text and gives each of its functions to @p visit, in the order of its lines.
 * @return ERROR_DATA if a line is wrong, with its number, or if there is no function; or what @p visit returned */
enum error symbol_text_read(const char *text, size_t size, symbol_text_visit *visit, void *self) MUST_CHECK;

#endif
