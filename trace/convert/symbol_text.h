/* Reads lists of symbols as text: the kernel's System.map, /proc/kallsyms, and the output of nm. Each line has an
 * address, a letter for the symbol's type, and a name. /proc/kallsyms adds the name of a kernel module in brackets.
 * Used by symbols.c. Knows nothing of files. */
#ifndef TRACE_CONVERT_SYMBOL_TEXT_H
#define TRACE_CONVERT_SYMBOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

#define SYMBOL_TEXT_NAME_BYTES 8192 /* the kernel's names have at most 511 bytes; those of nm may be longer */

/** One line of a list of symbols. */
struct symbol_line {
	uint64_t address;
	char type;
	char name[SYMBOL_TEXT_NAME_BYTES]; /* followed by the kernel module, if there is one: "function [module]" */
};

/** Reads a line of a list. @p length is its length in bytes without the line break.
 * @return ERROR_DATA if the line does not consist of an address, a letter and a name */
enum error symbol_line_read(const char *line, size_t length, struct symbol_line *symbol) MUST_CHECK;

/** Returns whether the symbol is a function. A function's type is t, T, w or W, and its name is neither a mapping
 * symbol ($x) nor a local label (.L1). Pure. */
bool symbol_line_is_function(const struct symbol_line *symbol);

/** symbol_text_read() calls this for each function. If the call returns an error, symbol_text_read() stops. */
typedef enum error symbol_text_visit(void *self, uint64_t address, const char *name);

/** Reads a list and passes each function to @p visit, in the order of the lines.
 * @return ERROR_DATA if a line is wrong (the message contains its number), or if there is no function; otherwise the
 * result of @p visit */
enum error symbol_text_read(const char *text, size_t size, symbol_text_visit *visit, void *self) MUST_CHECK;

#endif
