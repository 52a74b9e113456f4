/* The parts of the Perfetto converter among themselves: a hart's sequence of packets, its state, and how events begin.
 * Used by pf*.c alone. Knows nothing of dump files. */
#ifndef TRACE_CONVERT_PF_H
#define TRACE_CONVERT_PF_H

#include "trace/convert/names.h"
#include "trace/convert/perfetto_fields.h"
#include "trace/convert/pftrace.h"
#include "trace/convert/proto.h"

#define PF_NAMES 4096      /* different names of events */
#define PF_NAMES_FREE 2048 /* of those, how many marks and modules may have; the rest of theirs is written out */
#define PF_STRINGS 1024    /* of each class, strings that a hart remembers; a power of two */
#define PF_COUNTERS 192    /* counter tracks of a hart, at most */
#define PF_MODULES 32
#define PF_EVENTS 32 /* tracks of events that have no track of their own here, at most; the last is for all the rest */

/** A hart's tracks, in the order in which they are shown. */
enum pf_track {
	PF_WORLD,
	PF_EXITS,
	PF_ECALLS,
	PF_INTERRUPTS,
	PF_IPI,
	PF_WFI,
	PF_PMP,
	PF_MARKS,
	PF_MODULE,                           /* and one for each module */
	PF_EVENT = PF_MODULE + PF_MODULES,   /* and one for each event that is only known by the list of events */
	PF_EXIT_RATE = PF_EVENT + PF_EVENTS, /* counters from here on */
	PF_HV_SHARE,
	PF_LOST, /* from here on in the group of counters */
	PF_RING_FILL,
	PF_COUNTER,                                  /* and one for each counter of the modules */
	PF_COUNTER_GROUP = PF_COUNTER + PF_COUNTERS, /* which hides them until it is opened */
	PF_TRACKS
};

/** Names of events that do not come from the trace. Their iids are these numbers. */
enum pf_name {
	PF_NAME_NONE,
	PF_NAME_HV,
	PF_NAME_FIRMWARE,
	PF_NAME_PAYLOAD,
	PF_NAME_LOST,
	PF_NAME_WFI,
	PF_NAME_IPI_RECV,
	PF_NAME_PMP,
	PF_NAME_IN_FLIGHT,
	PF_NAME_WFI_IN_FLIGHT,
	PF_NAME_ASLEEP,
	PF_NAME_FIRST_FREE
};

enum pf_category { PF_NO_CATEGORY, PF_CATEGORY_EXIT, PF_CATEGORY_DETAIL, PF_CATEGORY_LOST, PF_CATEGORY_PHASE };

/** Perfetto's UI computes a slice's colour from its name, or from its correlation id if it has one. The slices that need a colour
 * of their own have these ids; their texts are chosen for the colours (analysis/style.py has the same, with a test). They cost 3
 * bytes a slice, so that what comes with each exit, `hv`, has the colour of its name. */
enum pf_correlation {
	PF_NO_CORRELATION,
	PF_LIKE_FIRMWARE,
	PF_LIKE_PAYLOAD,
	PF_LIKE_ASLEEP,
	PF_LIKE_SHUTDOWN,
	PF_CORRELATIONS
};

/** Names of annotations; all are sent whenever a sequence's state begins. Perfetto keeps numbers as signed 64 bits, and shows
 * those from 2^63 on as negative ones: addresses and registers are strings, always, so that each name has one type. Values of
 * marks and modules, with which people compute, are numbers; one that is too large has another name. */
enum pf_annotation {
	PF_MEPC = 1,
	PF_INSTRUCTION,
	PF_MTVAL,
	PF_CYCLES,
	PF_OUTCOME,
	PF_MODULE_NAME,
	PF_SLOTS,
	PF_EID,
	PF_FID,
	PF_A0,
	PF_A1,
	PF_ERROR,
	PF_ENTRY,
	PF_CONFIG,
	PF_ADDRESS,
	PF_VALUE,
	PF_LARGE_VALUE,
	PF_JOINED,
	PF_BUILD_ID,
	PF_CONFIGURATION,
	PF_TIMEBASE,
	PF_HARTS,
	PF_ANNOTATIONS
};

/** Strings forget each other only within a class: values that come but once must not cost the program counters. */
enum pf_string_class { PF_CODE, PF_DATA, PF_STRING_CLASSES };

struct pf_string {
	uint64_t value;
	uint32_t iid; /* 0: seen once, not yet interned */
	uint8_t kind; /* enum pf_annotation; 0: free */
};

struct pf_exit {
	int64_t start, end, asleep; /* asleep: how much of it */
	uint64_t spent;
	struct trace_exit fields;
	uint8_t extra;
	bool outside; /* it ended before the window, and is only kept for the call that it began with */
	bool cut;     /* it ends after the window */
	bool late;    /* its record comes before the window, its end does not */
};

struct pf_ecall {
	int64_t ns;
	struct trace_ecall fields;
	unsigned function; /* names_sbi_function() of them */
	uint8_t extra;
	bool outside; /* its record comes before the window */
};

/** A hart's sequence and state. Times in ns. */
struct pf_lane {
	int64_t clock;     /* of the last packet: packets tell their distance from it */
	uint32_t sequence; /* trusted_packet_sequence_id */
	uint32_t hart;
	uint64_t exits_uuid;
	bool started, cleared, dropped; /* dropped: the next packet follows a gap */
	bool entered;                   /* the state at the window's start has been written */
	bool behind;                    /* an exit after the window has been seen */
	bool over;                      /* everything has been closed at the window's end */

	int world;        /* that the hart is in; -1 if no exit told of it yet */
	bool wfi;         /* a slice is open */
	uint64_t wfi_pc;  /* of the sleep that lasts into the window */
	int64_t wfi_from; /* the hart has been in its wfi since then, and that is not drawn on the world track */
	bool slept;       /* in the exit that is to come: */
	int64_t asleep_from, asleep_to;
	bool held;          /* `exit` waits for the record of its ecall, for its name */
	bool returned;      /* `ecall` waits for the record of the exit in which it was written */
	int64_t world_from; /* since when it is in its world, if that is not known yet */
	int64_t floor;      /* the next exit does not start before this */
	int64_t last;       /* of its last event */
	int64_t in_flight;  /* start of an exit that never ended; 0 if there is none */
	struct pf_exit exit;
	struct pf_ecall ecall;

	int64_t window; /* start of the time that rates are computed for */
	uint64_t window_exits;
	int64_t window_hv;
	uint64_t lost;

	uint64_t declared[(PF_TRACKS + 63) / 64];
	uint32_t counter_ids[PF_COUNTERS];
	unsigned counters;
	uint64_t sent[PF_NAMES / 64];
	uint64_t fields_sent[SCHEMA_EVENTS / 64]; /* by event: the names of its fields */
	int64_t event_end[PF_EVENTS];             /* where the last slice on these tracks ended */
	uint32_t next_string;
	struct pf_string strings[PF_STRING_CLASSES][PF_STRINGS];
};

/** An interrupt from harts to a hart; all 0: none. */
struct pf_flow {
	uint64_t id;
	int64_t sent;   /* when the last of them was */
	int64_t ns;     /* when it was received, ... */
	uint32_t hart;  /* ... and by which */
	uint32_t sends; /* that have an arrow; more than 2048 have not */
	bool received;
};

#define PF_FLOWS (1u << 18)

struct pftrace {
	struct output *output;
	struct pftrace_options options;
	const struct timeline *timeline;
	int64_t from, to;       /* the window: nothing is written before `from`, nor after `to` */
	struct pf_lane *run;    /* on whose sequence the run was described */
	struct pf_lane **lanes; /* by hart; NULL until a hart's first event */
	uint32_t harts;
	struct pftrace_account account;
	uint16_t kind_names[NAMES_KINDS];         /* iid of each kind of exit; 0 if it has none yet */
	uint16_t call_names[NAMES_SBI_FUNCTIONS]; /* likewise of each function of the SBI */
	uint16_t target_names[TIMELINE_HARTS];    /* likewise of IPIs to each hart */
	uint8_t event_places[SCHEMA_EVENTS];      /* 1 + place of its track, by event; 0 if it has none yet */
	unsigned events;                          /* such places that are taken */
	char *names[PF_NAMES];                    /* by iid */
	char *text;                               /* PF_TEXT bytes, and the longest name of a function */
	unsigned name_count;
	uint16_t name_table[2 * PF_NAMES]; /* iids, by a hash of the name; 0: free */
	struct pf_flow flows[PF_FLOWS];
	struct pf_lane spare; /* of harts for which memory ran out: what is written then is dropped */
};

/* ---- pf_state.c ---- */

/** The hart's lane, made and declared at its first event. @return NULL if there is no such hart */
struct pf_lane *pf_lane(struct pftrace *pf, uint32_t hart, int64_t ns);

/** The iid of @p text as the name of an event; the names of a trace are few. After PF_NAMES of them, "other". */
unsigned pf_name(struct pftrace *pf, const char *text);
/** The same for names that guests choose. 0 if there is no room for another: it is to be written out. */
unsigned pf_name_of_guest(struct pftrace *pf, const char *text);
unsigned pf_name_exit(struct pftrace *pf, unsigned kind);

/** Sends the state of a sequence that has none: defaults, clock, categories and annotation names. */
void pf_clear(struct pftrace *pf, struct pf_lane *lane);

/** Sends the name @p iid on the lane's sequence. */
void pf_send_name(struct pftrace *pf, struct pf_lane *lane, unsigned iid);

/** The iid of the name of field @p index of an event, as an annotation. */
static inline unsigned pf_field_name(unsigned event, unsigned index)
{
	return PF_ANNOTATIONS + event * SCHEMA_FIELDS + index;
}

/** Sends the names of all fields of an event on the lane's sequence, by the list of events, if they have not been sent. */
void pf_need_fields(struct pftrace *pf, struct pf_lane *lane, unsigned event);

/** uuid of a track, which is declared with the name @p name (NULL: its own) at its first use. */
uint64_t pf_track(struct pftrace *pf, struct pf_lane *lane, unsigned track, const char *name);

/** The iid of a string that stands for @p value; it is interned when it comes for the second time.
 * @return 0 if it is to be written out */
uint32_t pf_intern(struct pftrace *pf, struct pf_lane *lane, enum pf_annotation kind, uint64_t value);

/** The text of a value: of a program counter with its function, of an mtval with the device's register at this address, if known.
 * @p length bytes, until the next call. */
#define PF_TEXT (64 + REGISTERS_NAME_BYTES) /* bytes of it beside the function's name */
const char *pf_text(struct pftrace *pf, enum pf_annotation kind, uint64_t value, size_t *length);

/** A track of the machine's own, not of a hart: an instant with what is known of the run. */
void pf_describe_run(struct pftrace *pf, struct pf_lane *lane, int64_t ns);
/** Declares the track of phases, which is the machine's, too. @return its uuid */
uint64_t pf_declare_phases(struct pftrace *pf);
/** With a window, the run is a slice as long as the window, so that the trace is as long, too. This ends it. */
void pf_end_run(struct pftrace *pf, int64_t ns);

static inline bool pf_has_window(const struct pftrace *pf)
{
	return pf->from > 0 || pf->to < INT64_MAX;
}

/* ---- pftrace.c ---- */

/** Whether pf_listed() writes an event, since there is nothing here that knows more of it. */
bool pf_is_listed(const struct pftrace *pf, unsigned event);

/** Begins a slice of sleep. @p pc: where the hart waits; NULL if that is not known */
void pf_begin_wfi(struct pftrace *pf, struct pf_lane *lane, int64_t ns, const uint64_t *pc);

/* ---- pf_window.c ---- */

/** Takes a record or a gap from before the window. Writes nothing, but updates the hart's state for the window's start. */
void pf_before(struct pftrace *pf, const struct timeline_event *event);
void pf_gap_before(struct pftrace *pf, const struct timeline_gap *gap);
/** Writes the hart's state at the window's start, if that has not been done. Called before anything else of the hart is written. */
void pf_enter(struct pftrace *pf, struct pf_lane *lane);
/** Takes a record from after the window. Writes the part of it that lies in the window, and closes the hart's tracks. */
void pf_behind(struct pftrace *pf, const struct timeline_event *event);
/** Ends everything that is open on a hart's tracks at @p ns. Nothing is written for the hart after that. */
void pf_close_lane(struct pftrace *pf, struct pf_lane *lane, int64_t ns);

/* ---- pf_exit.c ---- */

/** Writes an exit, or the part of it that lies in the window. @return false if nothing of it does */
bool pf_exit(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Takes an exit before the window: remembers the world that it returned to, and the call that it began with. */
void pf_exit_before(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
void pf_ecall(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Remembers that a call returned, at @p ns. */
void pf_return(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event, int64_t ns);
/** Forgets the exit that waits for its call, and the call that waits for its exit: they are no part of the trace. */
void pf_forget_call(struct pftrace *pf, struct pf_lane *lane);
void pf_begin_world(struct pftrace *pf, struct pf_lane *lane, int64_t ns, int world);
void pf_gap(struct pftrace *pf, struct pf_lane *lane, const struct timeline_gap *gap);
/** Writes what waits for its name: nothing more comes. */
void pf_settle(struct pftrace *pf, struct pf_lane *lane);
/** Tells the last rates: to @p end, or to the begin of an exit that never ended, and of that. */
void pf_finish_rates(struct pftrace *pf, struct pf_lane *lane, int64_t end);
/** Notes the sleep of the exit whose record is to come. */
void pf_note_sleep(struct pf_lane *lane, int64_t from, int64_t to);
/** The slice of an exit that never ended, to @p end; the hart is in hv from there on, or asleep there. */
void pf_in_flight(struct pftrace *pf, struct pf_lane *lane, int64_t end);
/** Ends the slices that are open, at @p ns. */
void pf_end(struct pftrace *pf, struct pf_lane *lane, int64_t ns);

/* ---- pf_phase.c ---- */

/** Writes the phases of the run, as far as they lie in the window; the last one ends at @p end. Called once, when all are known. */
void pf_write_phases(struct pftrace *pf, int64_t end);

/* ---- pf_event.c ---- */

/** Writes an event that is only known by the list of events, or the part of it that lies before the window's end. @return false if
 * none does */
bool pf_listed(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *record);

/* ---- pf_flow.c ---- */

void pf_send(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Remembers a receive, which is written when all its sends are known. */
void pf_receive(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Writes the receives that wait: nothing more comes. */
void pf_end_flows(struct pftrace *pf);

/* ---- packets ---- */

static inline void pf_need_name(struct pftrace *pf, struct pf_lane *lane, unsigned iid)
{
	if (!lane->cleared)
		pf_clear(pf, lane);
	if (!(lane->sent[iid / 64] >> iid % 64 & 1))
		pf_send_name(pf, lane, iid);
}

/** A packet and its event, being written. */
struct pf_event {
	uint8_t *packet, *event, *at;
};

/** Begins an event at @p ns. @p track_uuid 0: the sequence's own, that of worlds. Room must have been made, and names that it
 * refers to must have been sent. */
static inline struct pf_event pf_begin(struct pftrace *pf, struct pf_lane *lane, int64_t ns, unsigned type,
				       uint64_t track_uuid)
{
	if (!lane->cleared)
		pf_clear(pf, lane);
	struct pf_event event;
	event.packet = event.at = proto_open(pf->output->at, PERFETTO_TRACE_PACKET);
	if (ns >= lane->clock) {
		event.at = proto_uint(event.at, PERFETTO_PACKET_TIMESTAMP, (uint64_t)(ns - lane->clock));
		lane->clock = ns;
	} else {
		event.at = proto_uint(event.at, PERFETTO_PACKET_TIMESTAMP, (uint64_t)ns);
		event.at = proto_uint(event.at, PERFETTO_PACKET_CLOCK_ID, PERFETTO_CLOCK_BOOTTIME);
	}
	if (ns < pf->account.first_ns)
		pf->account.first_ns = ns;
	if (ns > pf->account.last_ns)
		pf->account.last_ns = ns;
	pf->account.packets++;
	event.at = proto_uint(event.at, PERFETTO_PACKET_SEQUENCE_ID, lane->sequence);
	event.event = event.at = proto_open(event.at, PERFETTO_PACKET_TRACK_EVENT);
	event.at = proto_uint(event.at, PERFETTO_EVENT_TYPE, type);
	if (track_uuid)
		event.at = proto_uint(event.at, PERFETTO_EVENT_TRACK, track_uuid);
	return event;
}

static inline void pf_commit(struct pftrace *pf, struct pf_event event)
{
	event.at = proto_close(event.event, event.at);
	pf->output->at = proto_close(event.packet, event.at);
}

static inline void pf_add_name(struct pf_event *event, unsigned iid)
{
	event->at = proto_uint(event->at, PERFETTO_EVENT_NAME_IID, iid);
}

static inline void pf_add_correlation(struct pf_event *event, enum pf_correlation correlation)
{
	if (correlation)
		event->at = proto_uint(event->at, PERFETTO_EVENT_CORRELATION_IID, (unsigned)correlation);
}

static inline void pf_add_long_name(struct pf_event *event, const char *text)
{
	event->at = proto_string(event->at, PERFETTO_EVENT_NAME, text);
}

static inline void pf_add_category(struct pf_event *event, enum pf_category category)
{
	event->at = proto_uint(event->at, PERFETTO_EVENT_CATEGORY_IIDS, (unsigned)category);
}

/** An annotation with a number. @p name: enum pf_annotation, or of pf_field_name(); @p field: PERFETTO_ANNOTATION_UINT, _INT or
 * _POINTER. */
static inline void pf_add_number(struct pf_event *event, unsigned name, unsigned field, uint64_t value)
{
	uint8_t *content = proto_open(event->at, PERFETTO_EVENT_ANNOTATION);
	uint8_t *at = proto_uint(content, PERFETTO_ANNOTATION_NAME_IID, name);
	event->at = proto_close(content, proto_uint(at, field, value));
}

static inline void pf_add_text(struct pf_event *event, unsigned name, const char *text, size_t length)
{
	uint8_t *content = proto_open(event->at, PERFETTO_EVENT_ANNOTATION);
	uint8_t *at = proto_uint(content, PERFETTO_ANNOTATION_NAME_IID, name);
	event->at = proto_close(content, proto_bytes(at, PERFETTO_ANNOTATION_STRING, text, length));
}

/** A value as a string, for which pf_intern gave @p iid. */
static inline void pf_add_string(struct pftrace *pf, struct pf_event *event, enum pf_annotation name, uint64_t value,
				 uint32_t iid)
{
	if (iid) {
		pf_add_number(event, name, PERFETTO_ANNOTATION_STRING_IID, iid);
		return;
	}
	size_t length;
	const char *text = pf_text(pf, name, value, &length);
	pf_add_text(event, name, text, length);
}

/** A number of a field that is too large for an annotation with a number: a text, with a name of its own, "large_" before the field's. */
static inline void pf_add_large(struct pf_event *event, const char *field, const char *text)
{
	char name[sizeof("large_") + SCHEMA_NAME_BYTES];
	uint8_t *content = proto_open(event->at, PERFETTO_EVENT_ANNOTATION);

	(void)snprintf(name, sizeof(name), "large_%s", field);
	event->at = proto_string(content, PERFETTO_ANNOTATION_NAME, name);
	event->at = proto_close(content, proto_string(event->at, PERFETTO_ANNOTATION_STRING, text));
}

/** A count, which no run can make too large for an annotation with a number: of damaged dumps the largest that is one. */
static inline void pf_add_count(struct pf_event *event, enum pf_annotation name, uint64_t value)
{
	pf_add_number(event, name, PERFETTO_ANNOTATION_UINT, value < INT64_MAX ? value : INT64_MAX);
}

/** The value of a counter. Perfetto computes with doubles; only as one can it be given a number from 2^63 on. */
static inline void pf_add_counter(struct pf_event *event, uint64_t value)
{
	double rounded = (double)value;
	uint64_t bits;
	memcpy(&bits, &rounded, sizeof(bits));
	if (value <= INT64_MAX)
		event->at = proto_uint(event->at, PERFETTO_EVENT_COUNTER, value);
	else
		event->at = proto_fixed64(event->at, PERFETTO_EVENT_COUNTER_DOUBLE, bits);
}

/** The end of the newest slice of a track. */
static inline void pf_end_slice(struct pftrace *pf, struct pf_lane *lane, int64_t ns, uint64_t track_uuid)
{
	pf_commit(pf, pf_begin(pf, lane, ns, PERFETTO_TYPE_END, track_uuid));
}

#endif
