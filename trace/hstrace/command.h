/* What the subcommands of hstrace share: their entry points, exit codes, and how they speak.
 * Included by main.c and each command's file. Knows nothing of dumps. */
#ifndef TRACE_HSTRACE_COMMAND_H
#define TRACE_HSTRACE_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "trace/error/error.h"

/** Exit codes. */
enum command_result {
	COMMAND_GOOD,
	COMMAND_BAD,  /* the data is wrong, or a check of it failed */
	COMMAND_USAGE /* the options are wrong */
};

/** A subcommand: @p argv[0] is "hstrace NAME", the rest are its own arguments. @return enum command_result */
typedef int command_function(int argc, char **argv);

command_function command_extract;
command_function command_info;
command_function command_check;
command_function command_convert;
command_function command_stat;
command_function command_merge;
command_function command_diff;
command_function command_live;

/** Makes argp end a command with COMMAND_USAGE; to be called once before any. */
void command_prepare(void);

/** Reads the arguments of a command into @p chosen, the input of its parser. Wrong ones end the program with COMMAND_USAGE. */
enum error command_parse(const struct argp *parser, int argc, char **argv, void *chosen) MUST_CHECK;

/** Writes "COMMAND: what is wrong" to stderr. @p command: argv[0] of the subcommand. @return COMMAND_BAD */
int command_complain(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Writes text as a JSON string, with its quotes. Bytes that are no UTF-8 become \xHH in it. */
void command_json_string(FILE *out, const char *text, size_t bytes);

/** Sees that all of stdout was written. @return COMMAND_GOOD, or COMMAND_BAD after a complaint */
int command_flush(const char *command);

/** Ends a command: complains of @p error, if it is one, with the thread's message, and sees that all of stdout was written.
 * @return COMMAND_GOOD if all is well */
int command_end(const char *command, enum error error);

#endif
