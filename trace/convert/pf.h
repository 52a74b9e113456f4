/* The files of the Perfetto converter share this header. It declares the state of the conversion, the state of each
 * hart (struct pf_lane), and inline functions that write packets.
 * Used only by pf*.c. Knows nothing of dump files.
 *
 * Each hart has one packet sequence. Names and repeated strings are interned: the sequence contains the text once,
 * together with a number (the iid), and later packets contain only the number. */
#ifndef TRACE_CONVERT_PF_H
#define TRACE_CONVERT_PF_H

#include "trace/convert/names.h"
#include "trace/convert/perfetto_fields.h"
#include "trace/convert/pf_flow.h"
#include "trace/convert/pf_names.h"
#include "trace/convert/pftrace.h"
#include "trace/convert/proto.h"

#define PF_NAMES 4096      /* at most this many event names are interned */
#define PF_NAMES_FREE 2048 /* once this many names are interned, names from guests and modules are not interned */
#define PF_STRINGS 1024    /* a hart remembers this many strings of each class; must be a power of two */
#define PF_COUNTERS 192    /* a hart has at most this many counter tracks */
#define PF_MODULES 32      /* number of tracks for modules; all further modules share the last track */
#define PF_EVENTS 32 /* number of tracks for events that only the schema describes; further events share the last */

/** A hart's tracks, in the UI's order. */
enum pf_track {
	PF_WORLD,
	PF_EXITS,
	PF_ECALLS,
	PF_INTERRUPTS,
	PF_IPI,
	PF_WFI,
	PF_PMP,
	PF_MARKS,
	PF_MODULE,                           /* the first of PF_MODULES tracks */
	PF_EVENT = PF_MODULE + PF_MODULES,   /* the first of PF_EVENTS tracks */
	PF_EXIT_RATE = PF_EVENT + PF_EVENTS, /* this and all later tracks are counters */
	PF_HV_SHARE,
	PF_LOST, /* this counter and all later ones are in the group PF_COUNTER_GROUP */
	PF_RING_FILL,
	PF_COUNTER,                                  /* the first of PF_COUNTERS tracks for the modules' counters */
	PF_COUNTER_GROUP = PF_COUNTER + PF_COUNTERS, /* the UI shows the counters in the group when a user opens it */
	PF_TRACKS
};

#define PF_DEFAULT_TRACK                                                                                               \
	0 /* stands for the uuid of the sequence's default track: PF_EXITS, which has the most events */

/** A new string can only replace a string of its own class. Otherwise data values, which mostly occur once, would
 * replace program counters, which occur often. */
enum pf_string_class { PF_CODE, PF_DATA, PF_STRING_CLASSES };

struct pf_string {
	uint64_t value;
	uint32_t iid; /* 0 if the string has occurred only once and is therefore not interned yet */
	uint8_t kind; /* enum pf_annotation; 0 if this entry is free */
};

struct pf_exit {
	int64_t start, end;
	int64_t asleep; /* how much of the time from start to end the hart slept */
	uint64_t spent; /* cycles in hv */
	struct trace_exit fields;
	uint64_t track; /* uuid of the track on which the exit's slice has begun */
	uint8_t extra;
	bool outside; /* the exit ended before the window, but it made an SBI call that has not returned yet */
	bool cut;     /* the exit ends after the window */
	bool late;    /* the time of the exit's record is before the window, but the exit ends in the window */
};

/** The ECALL_ARGS and ECALL_VALUE records of an SBI call. */
struct pf_rest {
	struct trace_ecall_args arguments;
	uint64_t value;
	uint8_t extra; /* number of EXT slots of the ECALL_ARGS record */
	bool has_arguments, has_value;
	bool arguments_outside, value_outside; /* the record's time is before the window */
};

struct pf_ecall {
	int64_t ns;
	struct trace_ecall fields;
	unsigned function; /* number of the SBI function, from names_sbi_function() */
	struct pf_rest rest;
	uint8_t extra;
	bool outside; /* the time of the ECALL record is before the window */
};

/** The packet sequence and the state of one hart. Times are in ns. */
struct pf_lane {
	int64_t clock;     /* time of the last packet; each packet contains the time since the previous packet */
	uint32_t sequence; /* trusted_packet_sequence_id */
	uint32_t hart;
	uint64_t world_uuid;
	bool cleared; /* the sequence's state has been sent */
	bool dropped; /* the next packet follows a gap */
	bool entered; /* the state at the window's start has been written */
	bool behind;  /* an exit that ends after the window has been found */
	bool over;    /* all tracks have been closed at the window's end */

	int world;        /* the hart's world; -1 while no exit has shown it */
	bool wfi;         /* a slice on the wfi track is open */
	uint64_t wfi_pc;  /* pc of a sleep that lasts into the window */
	int64_t wfi_from; /* when the hart fell asleep; INT64_MAX if the world track already shows the sleep */
	bool slept;       /* the hart slept in the exit that the next EXIT record reports */
	int64_t asleep_from, asleep_to; /* begin and end of that sleep; valid if `slept` is true */
	bool held;          /* `exit` is held back until its ECALL record arrives, which shows the exit's name */
	bool returned;      /* `ecall` waits for the EXIT record of the exit in which the call returned */
	int64_t world_from; /* when the hart entered its world; valid as long as the world's slice has not begun */
	int64_t floor;      /* the next exit starts at this time or later */
	int64_t last;       /* time of the hart's last event */
	int64_t in_flight;  /* start of an exit that never ended; 0 if there is none */
	struct pf_exit exit;
	struct pf_ecall ecall;
	struct pf_rest rest; /* records of the call whose ECALL record has not come yet */

	int64_t window; /* start of the period that the next values of the rates cover */
	uint64_t window_exits;
	int64_t window_hv;
	uint64_t lost;

	uint64_t declared[(PF_TRACKS + 63) / 64];
	uint32_t counter_ids[PF_COUNTERS];
	uint64_t counter_values[PF_COUNTERS]; /* the values that were written last */
	unsigned counters;
	uint64_t sent[PF_NAMES / 64];
	uint64_t fields_sent[SCHEMA_EVENTS / 64]; /* one bit per event: 1 if the names of its fields have been sent */
	int64_t event_end[PF_EVENTS];             /* end of the last slice on each of the tracks from PF_EVENT on */
	uint32_t next_string;
	struct pf_string strings[PF_STRING_CLASSES][PF_STRINGS];
};

struct pftrace {
	struct output *output;
	struct pftrace_options options;
	bool shows_hv; /* the world tracks have a slice for each exit, although the exits show when hv ran */
	const struct timeline *timeline;
	int64_t from, to;       /* the window: nothing is written with a time before `from` or after `to` */
	struct pf_lane *run;    /* the tracks of the whole run use the sequence of this lane */
	struct pf_lane **lanes; /* by hart index; NULL until the hart's first event */
	uint32_t harts;
	struct pftrace_account account;
	uint16_t kind_names[NAMES_KINDS];         /* iid of the name of each kind of exit; 0 if it has no iid yet */
	uint16_t call_names[NAMES_SBI_FUNCTIONS]; /* iid of the name of each SBI function; 0 if it has no iid yet */
	uint16_t target_names[DUMP_HARTS];        /* iid of the name for IPIs to each hart; 0 if it has no iid yet */
	uint8_t event_places[SCHEMA_EVENTS]; /* n if the event has track PF_EVENT + n - 1; 0 if it has no track yet */
	unsigned events;                     /* how many tracks from PF_EVENT on are in use */
	char *names[PF_NAMES];               /* the text of each name; the index is the name's iid */
	char *text;                          /* room for PF_TEXT bytes and the longest name of a function */
	unsigned name_count;
	uint16_t name_table[2 * PF_NAMES]; /* hash table (open addressing) from name to iid; 0 if the entry is free */
	struct pf_flows flows;
	struct pf_lane spare; /* used for every hart whose lane could not be allocated; the output is then discarded */
};

/* ---- pf_state.c ---- */

/** Returns the lane of @p hart, which the machine must have. The first call for a hart allocates the lane and declares
 * the hart's tracks. If memory runs out, the output keeps that error, and the result is the spare lane, which can be
 * used like any other.
 * @param ns time of the hart's first event */
struct pf_lane *pf_lane(struct pftrace *pf, uint32_t hart, int64_t ns);

/** Returns the iid of the event name @p text. When PF_NAMES names are in use, new names get the iid of "other". */
unsigned pf_name(struct pftrace *pf, const char *text);
/** Returns the iid of an event name that a guest or module chooses. There may be any number of such names.
 * @return 0 if there is no room for the name; the caller then writes the name itself into the packet */
unsigned pf_name_of_guest(struct pftrace *pf, const char *text);
/** Interns the name of the exits of @p kind. Called for the first exit of the kind. @return the iid of the name */
unsigned pf_make_exit_name(struct pftrace *pf, unsigned kind);

/** Returns the iid of the name of the exits of @p kind. */
static inline unsigned pf_name_exit(struct pftrace *pf, unsigned kind)
{
	return pf->kind_names[kind] ? pf->kind_names[kind] : pf_make_exit_name(pf, kind);
}

/** Returns the clock in which this trace has its times. */
static inline unsigned pf_clock(const struct pftrace *pf)
{
	return pf->options.joined ? PERFETTO_CLOCK_TSC : PERFETTO_CLOCK_BOOTTIME;
}

/** Writes a snapshot of the clock BOOTTIME of the trace that is appended, and of this trace's clock. */
void pf_relate_boottime(struct pftrace *pf);
/** Starts a sequence anew: forgets all interned strings, and sends defaults, clock, categories and annotation names. */
void pf_clear(struct pftrace *pf, struct pf_lane *lane);

/** Sends the text of the name @p iid on the lane's sequence. */
void pf_send_name(struct pftrace *pf, struct pf_lane *lane, unsigned iid);

/** Returns the iid of the annotation name for field @p index of an event that only the schema describes. */
static inline unsigned pf_field_name(unsigned event, unsigned index)
{
	return PF_ANNOTATIONS + event * SCHEMA_FIELDS + index;
}

/** Sends the names of all fields that the schema lists for an event, unless the lane's sequence already contains
 * them. */
void pf_need_fields(struct pftrace *pf, struct pf_lane *lane, unsigned event);

/** Returns the uuid of a track of the hart. The first call for a track declares the track.
 * @param track enum pf_track
 * @param name the track's name; NULL for the usual name of @p track */
uint64_t pf_track(struct pftrace *pf, struct pf_lane *lane, unsigned track, const char *name);

/** Returns the uuid of a module's track. It shows the module's events and the exits that the module took over. */
uint64_t pf_module_track(struct pftrace *pf, struct pf_lane *lane, unsigned module);

/** Returns the iid of the string for @p value. A string is interned when it occurs for the second time.
 * @return 0 if the string is not interned; the caller then writes the string itself into the packet */
uint32_t pf_intern(struct pftrace *pf, struct pf_lane *lane, enum pf_annotation kind, uint64_t value);

#define PF_TEXT (64 + REGISTERS_NAME_BYTES) /* bytes that pf_text may need in addition to the function's name */
/** Returns the text of a value. After a program counter, the text contains the function. After the address of an access
 * fault, it contains the device register at that address. A function or register that is not known is left out.
 * @param length receives the number of bytes; the text has no terminating 0
 * @return the text; it is valid until the next call */
const char *pf_text(struct pftrace *pf, enum pf_annotation kind, uint64_t value, size_t *length);

/** Writes the event that describes the run (build id, number of harts, configuration) on a track that belongs to no
 * hart. The event is an instant. With a window the event is a slice, so that the trace is as long as the window. */
void pf_describe_run(struct pftrace *pf, struct pf_lane *lane, int64_t ns);
/** Declares the track of phases, which belongs to no hart. @return the track's uuid */
uint64_t pf_declare_phases(struct pftrace *pf);
/** Ends the slice that pf_describe_run began. Does nothing if pf_describe_run wrote an instant. */
void pf_end_run(struct pftrace *pf, int64_t ns);

static inline bool pf_has_window(const struct pftrace *pf)
{
	return pf->from > 0 || pf->to < INT64_MAX;
}

/* ---- pftrace.c ---- */

/** Returns whether pf_listed() writes this event, because the converter has no special function for the event. */
bool pf_is_listed(const struct timeline_event *event);

/** Begins a slice of sleep on the wfi track.
 * @param pc address of the wfi instruction; NULL if it is not known */
void pf_begin_wfi(struct pftrace *pf, struct pf_lane *lane, int64_t ns, const uint64_t *pc);

/* ---- pf_window.c ---- */

/** Takes a record from before the window. Writes nothing, but updates the state that is written at the window's
 * start. */
void pf_before(struct pftrace *pf, const struct timeline_event *event);
/** Takes a gap that begins before the window, in the same way. */
void pf_gap_before(struct pftrace *pf, const struct timeline_gap *gap);
/** Writes the hart's state at the window's start, unless it has been written already. Call this function before writing
 * anything else for the hart. */
void pf_enter(struct pftrace *pf, struct pf_lane *lane);
/** Takes a record from after the window. If its exit, call or sleep began in the window, writes the part up to the
 * window's end. Then closes the hart's tracks. */
void pf_behind(struct pftrace *pf, const struct timeline_event *event);
/** Ends at @p ns every slice that is open on the hart's tracks. Nothing is written for the hart after that. */
void pf_close_lane(struct pftrace *pf, struct pf_lane *lane, int64_t ns);

/* ---- pf_exit.c ---- */

/** Writes an exit, or the part of it that lies in the window. @return false if no part lies in the window */
bool pf_exit(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Takes an exit before the window: remembers the world that it returned to, and the SBI call that it began. */
void pf_exit_before(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Takes an ECALL record in the window. The call is written when the next EXIT record arrives. */
void pf_ecall(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Keeps an ECALL_ARGS record until the ECALL record of the same call comes. */
void pf_keep_arguments(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Keeps an ECALL_VALUE record until the ECALL record of the same call comes. */
void pf_keep_value(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Counts the records that wait for an ECALL record as left out, because it is not in the trace. */
void pf_drop_rest(struct pftrace *pf, struct pf_lane *lane);
/** Counts the records of @p rest in @p account, which has an element for each event. */
void pf_count_rest(const struct pf_rest *rest, uint64_t *account);
/** Writes the call that has returned as a slice from @p start to its return. */
void pf_write_call(struct pftrace *pf, struct pf_lane *lane, int64_t start);
/** Remembers that the SBI call of an ECALL record returned at @p ns. */
void pf_return(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event, int64_t ns);
/** Drops the exit that waits for its ECALL record, and the call that waits for its EXIT record. The account counts both
 * records as outside of the window. */
void pf_forget_call(struct pftrace *pf, struct pf_lane *lane);
/** Begins the slice of a world on the world track. @param world 0 for the firmware, otherwise the payload */
void pf_begin_world(struct pftrace *pf, struct pf_lane *lane, int64_t ns, int world);
/** Writes a gap, and starts the hart's tracks anew after it. */
void pf_gap(struct pftrace *pf, struct pf_lane *lane, const struct timeline_gap *gap);
/** Writes the exit and the call that are still held back. Called when no later record can show their names. */
void pf_settle(struct pftrace *pf, struct pf_lane *lane);
/** Writes the last values of the rates, for the time up to @p end. If the last exit never ended, the time of this exit
 * gets separate values. */
void pf_finish_rates(struct pftrace *pf, struct pf_lane *lane, int64_t end);
/** Remembers that the hart slept from @p from to @p to. The sleep is drawn with the next EXIT record. */
void pf_note_sleep(struct pf_lane *lane, int64_t from, int64_t to);
/** Writes an exit that never ended. Its slice, and a slice of hv or sleep on the world track, last until @p end. */
void pf_in_flight(struct pftrace *pf, struct pf_lane *lane, int64_t end);
/** Ends at @p ns the slices that are open on the world and wfi tracks. */
void pf_end(struct pftrace *pf, struct pf_lane *lane, int64_t ns);

/* ---- pf_phase.c ---- */

/** Writes the phases of the run and the triggers, as far as they lie in the window. The last phase ends at @p end. Called once, at the
 * end of the dump, when all phases are known. */
void pf_write_phases(struct pftrace *pf, int64_t end);

/* ---- pf_event.c ---- */

/** Writes an event that only the schema describes, or the part of it that lies before the window's end.
 * @return false if no part lies before the window's end */
bool pf_listed(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *record);

/* ---- pf_flow.c ---- */

/** Writes an IPI_SEND record, with the start of its arrow. */
void pf_send(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Remembers an IPI_RECV record. The receive is written when all sends of the interrupt are known. */
void pf_receive(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event);
/** Writes the receives that are still remembered. Called once, at the end of the dump. */
void pf_end_flows(struct pftrace *pf);

/* ---- packets ---- */

static inline void pf_need_name(struct pftrace *pf, struct pf_lane *lane, unsigned iid)
{
	if (!lane->cleared)
		pf_clear(pf, lane);
	if (!(lane->sent[iid / 64] >> iid % 64 & 1))
		pf_send_name(pf, lane, iid);
}

/** A packet that is being written, and the event inside the packet. */
struct pf_event {
	uint8_t *packet, *event, *at;
};

/** Begins an event at @p ns; pf_commit ends it, and no other packet can be written until then. Before this call, call
 * output_room and send the names that the event uses.
 * @param type PERFETTO_TYPE_... @param track_uuid may be PF_DEFAULT_TRACK */
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
		event.at = proto_uint(event.at, PERFETTO_PACKET_CLOCK_ID, pf_clock(pf));
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

/** Adds an annotation with a number.
 * @param name enum pf_annotation, or a result of pf_field_name()
 * @param field how the number is stored: PERFETTO_ANNOTATION_UINT, _INT or _POINTER */
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

/** Adds a value as a string.
 * @param iid the result of pf_intern for the same value */
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

/** Adds a field with a number that is too large for a numeric annotation. The number becomes a string with the name
 * "large_" and the field's name. So an annotation whose name is only the field's name is always a number. */
static inline void pf_add_large(struct pf_event *event, const char *field, const char *text)
{
	char name[sizeof("large_") + SCHEMA_NAME_BYTES];
	uint8_t *content = proto_open(event->at, PERFETTO_EVENT_ANNOTATION);

	(void)snprintf(name, sizeof(name), "large_%s", field);
	event->at = proto_string(content, PERFETTO_ANNOTATION_NAME, name);
	event->at = proto_close(content, proto_string(event->at, PERFETTO_ANNOTATION_STRING, text));
}

/** Adds a count. A count of 2^63 or more can only come from a damaged dump. It is written as INT64_MAX. */
static inline void pf_add_count(struct pf_event *event, enum pf_annotation name, uint64_t value)
{
	pf_add_number(event, name, PERFETTO_ANNOTATION_UINT, value < INT64_MAX ? value : INT64_MAX);
}

/** Adds the value of a counter. From 2^63 on it is written as a double. Perfetto computes with doubles anyway. */
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

/** Ends the slice that began last on a track. The slice ends at @p ns. */
static inline void pf_end_slice(struct pftrace *pf, struct pf_lane *lane, int64_t ns, uint64_t track_uuid)
{
	pf_commit(pf, pf_begin(pf, lane, ns, PERFETTO_TYPE_END, track_uuid));
}

#endif
