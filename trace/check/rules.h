/* Applies the rules that every correct trace keeps (rules.def), to each record and to the totals of each hart.
 * Called by hstrace check. Knows nothing about files, nor about how a broken rule is reported. */
#ifndef TRACE_CHECK_RULES_H
#define TRACE_CHECK_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/check/overview.h"
#include "trace/dump/record.h"
#include "trace/error/error.h"

enum rule {
#define RULE(NAME, name, text) RULE_##NAME,
#include "trace/check/rules.def"
	RULES
};

extern const char *const rule_name[RULES];
extern const char *const rule_text[RULES];

/** Called when a rule is broken. @param record the record that breaks it; null if the totals of a hart do */
typedef void rule_broken(enum rule rule, uint32_t hart, const struct trace_record *record, void *context);

/** What is known about a hart after its last record. */
struct rule_hart {
	uint64_t time, exit_end; /* mcycle at the last record, and at the end of the last exit */
	uint64_t mtime;          /* of the last SYNC record */
	uint64_t flow;           /* 1 + the flow id of the last interrupt received */
	int world;               /* -1: unknown, as after a gap or where the event mask may have changed */
	int asleep;              /* whether it sleeps; -1: unknown */
	uint64_t exits[2][64];   /* by world and cause, as in struct hartscope_counters */
};

/** Starts as zeros, except `partial`, `broken` and `context`, which the caller sets. */
struct rules {
	bool partial; /* chunks may be missing, because the dump is damaged */
	rule_broken *broken;
	void *context;
	uint64_t count[RULES]; /* how often each was broken */
	uint32_t harts;
	struct rule_hart *hart;
};

/** Applies the rules to a hart's next record, even an inferred LOST record. @return ERROR_MEMORY if memory ran out */
enum error rules_record(struct rules *rules, const struct overview *overview,
			const struct trace_record *record) MUST_CHECK;

/** Called after the last record. Applies the rules to the totals of each hart. */
void rules_finish(struct rules *rules, const struct overview *overview);

/** How often any rule was broken. */
uint64_t rules_total(const struct rules *rules);

/** Frees what was allocated. */
void rules_release(struct rules *rules);

#endif
