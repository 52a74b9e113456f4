/* Lists of a hart's exits, as the trace tells of them and as QEMU's log does: what the comparison compares.
 * Filled by expected.c and recorded.c. Knows nothing of logs or dumps. */
#ifndef TRACE_ORACLE_EXITS_H
#define TRACE_ORACLE_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"

/** An exit. */
struct oracle_exit {
	uint64_t pc;
	uint64_t value; /* cause 2: the instruction's word; else mtval */
	uint64_t place; /* the log's line, from 1 on, or the sequence number of the record's header; not compared */
	uint8_t cause;  /* bit 7: interrupt */
	uint8_t before; /* enum trace_world */
	uint8_t after;
};

/** A hart's exits in their order. Starts as zeros. */
struct exit_list {
	struct oracle_exit *exit;
	size_t count, room;
};

/** Appends an exit. */
enum error exit_list_add(struct exit_list *list, const struct oracle_exit *exit) MUST_CHECK;

void exit_list_release(struct exit_list *list);

/** Whether two exits are the same, wherever they stand. Pure. */
bool exit_is_same(const struct oracle_exit *a, const struct oracle_exit *b);

#endif
