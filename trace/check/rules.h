/* Applies the rules in rules.def to each record and to the totals of each hart. Every correct trace keeps these rules.
 * Called by hstrace check. Knows nothing about files, and does not decide how a broken rule is reported. */
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

/** Called when a rule is broken.
 * @param record the record that breaks the rule; null if the totals of a hart break it */
typedef void rule_broken(enum rule rule, uint32_t hart, const struct trace_record *record, void *context);

/** The state of a hart after its last record, as far as it is known. */
struct rule_hart {
	uint64_t time, exit_end; /* mcycle at the last record, and at the end of the last exit */
	uint64_t mtime;          /* mtime in the last SYNC record */
	uint64_t flow;           /* 1 + the flow id of the last interrupt that the hart received */
	int world;               /* -1 if the world is unknown, for example after a gap */
	int asleep;              /* 1 if the hart sleeps, 0 if it does not, -1 if this is unknown */
	uint64_t exits[2][64];   /* number of exits by world and cause, as in struct hartscope_counters */
};

/** The state of the check. The caller sets `partial`, `broken` and `context`, and sets all other members to 0. */
struct rules {
	bool partial; /* chunks may be missing, because the dump is damaged */
	rule_broken *broken;
	void *context;
	uint64_t count[RULES]; /* how often each rule was broken */
	uint32_t harts;
	struct rule_hart *hart;
};

/** Applies the rules to a hart's next record. Inferred LOST records must be passed to this function, too.
 * @return ERROR_MEMORY if memory ran out */
enum error rules_record(struct rules *rules, const struct overview *overview,
			const struct trace_record *record) MUST_CHECK;

/** Called after the last record. Applies the rules to the totals of each hart. */
void rules_finish(struct rules *rules, const struct overview *overview);

/** Returns how often rules were broken. This is the sum for all rules. */
uint64_t rules_total(const struct rules *rules);

/** Frees all memory of the check. */
void rules_release(struct rules *rules);

#endif
