/* What the subcommands of hstrace share: their entry points, exit codes, and messages to the user.
 * Included by main.c and each command's file. Knows nothing about dumps. */
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
	COMMAND_BAD,  /* the data is wrong, a check failed, or a file cannot be read or written */
	COMMAND_USAGE /* the options are wrong */
};

/** A subcommand. @p argv[0] is "hstrace NAME"; the other words are the arguments of the subcommand.
 * @return enum command_result */
typedef int command_function(int argc, char **argv);

command_function command_extract;
command_function command_info;
command_function command_check;
command_function command_convert;
command_function command_stat;
command_function command_merge;
command_function command_diff;
command_function command_live;

/** Prepares the process for a command: argp ends it with COMMAND_USAGE after wrong arguments, and stdin, stdout and
 * stderr are open. Call it once, before the command. */
void command_prepare(void);

/** Parses the arguments of a command into @p chosen, the input of its parser. Wrong arguments end the program with
 * COMMAND_USAGE. @return ERROR_MEMORY if memory ran out */
enum error command_parse(const struct argp *parser, int argc, char **argv, void *chosen) MUST_CHECK;

/** Writes "COMMAND: MESSAGE" and a line break to stderr. @p command: argv[0] of the subcommand. @return COMMAND_BAD */
int command_complain(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Writes @p bytes of @p text as a JSON string, with quotes. A byte that is not part of valid UTF-8 becomes \xHH. */
void command_json_string(FILE *out, const char *text, size_t bytes);

/** Flushes stdout. @return COMMAND_GOOD; COMMAND_BAD after a message if something could not be written */
int command_flush(const char *command);

/** Ends a command: prints the thread's message unless @p error is ERROR_NONE, and flushes stdout.
 * @return COMMAND_GOOD if there was no error and all of stdout was written */
int command_end(const char *command, enum error error);

#endif
