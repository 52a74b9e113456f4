/* Declares the entry points of hstrace's subcommands, the exit codes, and functions for messages to the user. All
 * subcommands use these functions.
 * Included by main.c and by each subcommand's file. Knows nothing about dumps. */
#ifndef TRACE_HSTRACE_COMMAND_H
#define TRACE_HSTRACE_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "trace/error/error.h"

/** The exit codes of hstrace. */
enum command_result {
	COMMAND_GOOD,
	COMMAND_BAD,  /* the data is wrong, a check failed, or a file could not be read or written */
	COMMAND_USAGE /* the arguments on the command line are wrong */
};

/** A subcommand. @p argv[0] is "hstrace NAME"; the other elements are the arguments of the subcommand.
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

/** Prepares the process for a command. Call it once, before the command. After this call, argp ends the process with
 * COMMAND_USAGE if arguments are wrong. The function also makes sure that stdin, stdout and stderr are open. */
void command_prepare(void);

/** Parses the arguments of a command. @p chosen is the input of the command's parser, and receives the values of the
 * arguments. If an argument is wrong, the program ends with COMMAND_USAGE. @return ERROR_MEMORY if memory ran out */
enum error command_parse(const struct argp *parser, int argc, char **argv, void *chosen) MUST_CHECK;

/** Writes "COMMAND: MESSAGE" and a line break to stderr. @p command: argv[0] of the subcommand. @return COMMAND_BAD */
int command_complain(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Writes @p bytes of @p text as a JSON string, with quotes. A byte that is not part of valid UTF-8 becomes \xHH. */
void command_json_string(FILE *out, const char *text, size_t bytes);

/** Flushes stdout. If something could not be written, prints a message.
 * @return COMMAND_BAD if something could not be written, otherwise COMMAND_GOOD */
int command_flush(const char *command);

/** Ends a command. Prints the thread's error message, unless @p error is ERROR_NONE. Then flushes stdout.
 * @return COMMAND_GOOD if there was no error and all output to stdout was written, otherwise COMMAND_BAD */
int command_end(const char *command, enum error error);

#endif
