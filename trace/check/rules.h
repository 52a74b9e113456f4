/* The rules that every right trace keeps (rules.def), applied record by record, and to each hart's totals.
 * Called by hstrace check. Knows nothing of files, nor of how a broken rule is told. */
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

/** Called where a rule is broken. @param record the record at which that shows; null for a hart's totals */
typedef void rule_broken(enum rule rule, uint32_t hart, const struct trace_record *record, void *context);

/** What is known of a hart where the last record was. */
struct rule_hart {
	uint64_t time, exit_end, mtime;
	uint64_t flow;         /* 1 + the last received */
	int world;             /* -1: not known, as after a gap, or where the mask may have changed */
	int asleep;            /* likewise */
	uint64_t exits[2][64]; /* as struct hartscope_counters */
};

/** Starts as zeros with `broken` and `context` set, and `partial`. */
struct rules {
	bool partial; /* chunks may be missing, as of a damaged dump */
	rule_broken *broken;
	void *context;
	uint64_t count[RULES]; /* how often each was broken */
	uint32_t harts;
	struct rule_hart *hart;
};

/** Applies the rules to the next record; inferred LOST records too. */
enum error rules_record(struct rules *rules, const struct overview *overview,
			const struct trace_record *record) MUST_CHECK;

/** Applies the rules to what each hart has come to, after the last record. */
void rules_finish(struct rules *rules, const struct overview *overview);

/** Rules broken in all. */
uint64_t rules_total(const struct rules *rules);

void rules_release(struct rules *rules);

#endif
