/* Lists of a hart's exits. One list comes from the trace and one from QEMU's log, and the two lists are compared.
 * Filled by expected.c and recorded.c.
 * Must not know logs or dumps. */
#ifndef TRACE_ORACLE_EXITS_H
#define TRACE_ORACLE_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

/** An exit, and the place of the exit in the log or in the trace. */
struct oracle_exit {
	uint64_t pc;
	uint64_t value; /* mtval; for cause 2 (illegal instruction) the instruction word */
	uint64_t place; /* the line number in the log (from 1), or the record's sequence number; not compared */
	uint8_t cause;  /* bit 7 is set for an interrupt */
	uint8_t before; /* enum trace_world: the world (firmware or payload) that trapped */
	uint8_t after;  /* enum trace_world: the world to which hv returned */
};

/** A hart's exits, in order. A structure of zeros is an empty list. */
struct exit_list {
	struct oracle_exit *exit;
	size_t count, room;
};

/** Appends a copy of @p exit. @return ERROR_MEMORY if memory is exhausted */
enum error exit_list_add(struct exit_list *list, const struct oracle_exit *exit) MUST_CHECK;

/** Frees the memory of a list. The list is empty afterwards. */
void exit_list_release(struct exit_list *list);

/** @return whether two exits are the same. Their places are not compared. Pure. */
bool exit_is_same(const struct oracle_exit *a, const struct oracle_exit *b);

#endif
