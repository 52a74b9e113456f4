/* Decides which slots of a recording become part of the dump. Until a trigger fires, the watch holds the newest slots in
 * memory. When a trigger fires, the watch writes them to the dump, and then writes the following slots until the time
 * after the trigger is over. Without triggers, it writes everything. With a maximum size, it stops before the dump would
 * become larger.
 * Called by the recorder as its sink, and by hstrace live. It knows nothing about the guest's memory. */
#ifndef TRACE_TRIGGER_WATCH_H
#define TRACE_TRIGGER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/convert/clock.h"
#include "trace/dump/moment.h"
#include "trace/dump/writer.h"
#include "trace/trigger/hold.h"
#include "trace/trigger/trigger.h"

struct watch_options {
	const char *const *trigger; /* the texts of the triggers; one of them must fire */
	unsigned triggers;          /* their number; 0 to write all slots */
	int64_t before_ns, after_ns;
	uint64_t hold_bytes; /* maximum size of the memory for slots before the trigger */
	uint64_t most_bytes; /* maximum size of the dump; UINT64_MAX for no limit */
};

/** Facts about the dump. They do not change during the recording. */
struct watch_facts {
	uint32_t harts;
	uint64_t timebase_hz;
	const struct dump_schema *schema;
	const struct register_names *registers;
	const char *config; /* hv's configuration as JSON; "" if it is not known */
};

struct watch_hart {
	struct clock clock;
	bool begun;                                    /* slots of the hart have come */
	bool timed;                                    /* a SYNC record has come, so that the clock works */
	bool started;                                  /* the hart's slots go directly to the dump, not into the hold */
	bool has_end;                                  /* `end` is valid */
	bool finished;                                 /* the hart's later slots do not become part of the dump */
	uint64_t next;                                 /* sequence number of the next slot that will come */
	int64_t last_ns;                               /* time of the last record */
	uint64_t entry, leave, observing;              /* as in struct timeline_lane */
	struct trace_slot carried[TRACE_RECORD_SLOTS]; /* the start of a record whose other slots have not come yet */
	size_t carries;
	uint64_t end;      /* sequence number after that of the last slot that the dump has, or reports as lost */
	uint64_t slots;    /* slots written to the dump */
	uint64_t lost;     /* slots that are missing between them, and the lost slots that LOST records report */
	uint64_t left_out; /* emitted slots that are not in the dump because they are outside of what was asked for */
};

struct watch {
	struct watch_options options;
	struct watch_facts facts;
	struct dump_writer *writer;
	struct trigger *trigger; /* options.triggers elements */
	struct watch_hart *hart;
	struct hold hold;
	struct trace_slot *joined; /* room for a chunk and a carried record */
	uint64_t end_bytes;        /* bytes that the dump still needs after the last slots */
	bool fired;                /* a trigger has fired, or there is none to wait for */
	bool full;                 /* the dump has reached its maximum size */
	int64_t first_ns, now_ns;  /* time of the first and of the latest record of all harts */
	int64_t settled_ns[2];     /* now_ns at the ends of the last two rounds */
	int64_t from_ns, to_ns;    /* what to write, after a trigger has fired */
	int64_t written_ns;        /* time of the latest record in the dump */
	uint64_t taken;            /* slots that have come; the caller notices by it whether a guest still writes */
	struct moment moment;      /* the trigger that fired */
	int64_t moment_ns;
	struct trace_slot record[TRACE_RECORD_SLOTS]; /* the record that fired it */
};

/** Starts a watch for one recording.
 * @param writer the dump, which already has its machine and its schema
 * @return ERROR_OPTION if a trigger is wrong, or if the memory or the maximum size is too small; ERROR_DATA if times
 * cannot be computed; ERROR_MEMORY. Call watch_close() even then */
enum error watch_open(struct watch *watch, struct dump_writer *writer, const struct watch_options *options,
		      const struct watch_facts *facts) MUST_CHECK;

/** Takes slots of a hart. See struct recorder_sink. @param self the watch */
enum error watch_take(void *self, uint32_t hart, uint64_t first, uint64_t lost, const struct trace_slot *slots,
		      size_t count) MUST_CHECK;

/** Ends a hart. See struct recorder_sink. @param self the watch */
enum error watch_finish(void *self, struct dump_statistics *statistics) MUST_CHECK;

/** Notes that the slots of all harts up to now have come. Records that come later are not much older than those that
 * came before, so the watch may drop old slots. */
void watch_round(struct watch *watch);

/** Returns whether the recording may end: the time after the trigger is over, or the dump has its maximum size. */
bool watch_is_over(const struct watch *watch);

/** Returns how many nanoseconds before the trigger the dump covers without a gap that the watch has caused.
 * @param reason receives why this is less than was asked for; null if it is not less */
int64_t watch_before(const struct watch *watch, const char **reason);

/** Returns how many nanoseconds after the trigger the dump covers. */
int64_t watch_after(const struct watch *watch);

/** Writes the record that fired the trigger as text: the name of its event, and its fields.
 * @param text room for @p bytes bytes
 * @return text */
char *watch_record(const struct watch *watch, char *text, size_t bytes);

void watch_close(struct watch *watch);

#endif
