/* The common parts of hsctl's subcommands: the signature of their functions, their exit codes, and how they print
 * messages.
 * Included by main.c and by each file NAME.c that implements command_NAME. Must not know what a subcommand does. */
#ifndef HSCTL_COMMAND_H
#define HSCTL_COMMAND_H

#include <argp.h>

#include "trace/error/error.h"

enum command_exit {
	COMMAND_GOOD,
	COMMAND_FAILED,
	COMMAND_USAGE,
	COMMAND_NOT_RUN = 127 /* `hsctl record` could not start its COMMAND */
};

/** A subcommand. @param argv  the arguments; argv[0] is "hsctl NAME". @return the exit code */
typedef int command_function(int argc, char **argv);

command_function command_stat, command_record, command_send, command_mark, command_top;

/** Parses the arguments of a subcommand. Ends the program if they are wrong, or if memory ran out.
 * @param flags   the flags for argp_parse()
 * @param chosen  the subcommand's options, which @p parser sets */
void command_parse(const struct argp *parser, unsigned int flags, int argc, char **argv, void *chosen);

/** Prints "hsctl: " and a message to stderr. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Flushes stdout. @return ERROR_SYSTEM if not all of the output could be written */
enum error command_flush(void) MUST_CHECK;

/** Ends a subcommand. Prints the message of @p error, unless it is ERROR_NONE. @return the exit code */
int command_end(enum error error);

#endif
