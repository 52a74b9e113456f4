/* Sends the data that events need: track descriptors, interned names and strings, and the state of each hart's packet
 * sequence. After a gap the state of the sequence is sent again, because a reader must not use packets from before the
 * loss. */
#include "trace/convert/pf.h"

#include <stdlib.h>

#include "trace/convert/hash.h"

/* The uuids of tracks are small numbers, so that they take few bytes as varints. Most tracks of the first 127 harts take
 * two bytes. 0 is PF_DEFAULT_TRACK. */
#define UUID_HARTS_PER_BLOCK 128
#define UUID_BLOCK (UUID_HARTS_PER_BLOCK * (PF_TRACKS + 1)) /* + 1: each hart also has a group track */
#define UUID_ROOT (1ull << 32)
#define UUID_RUN (UUID_ROOT + 1)
#define UUID_PHASES (UUID_ROOT + 2)

/* The order of the tracks below the root track. The phases come first (rank 0), then the run, then the harts. */
#define RANK_RUN 1u
#define RANK_HARTS 2u

#define STRINGS_MOST 1000000 /* a sequence interns at most this many strings; others are written into each packet */

static const char *const annotation_names[PF_ANNOTATIONS] = {
	[PF_MEPC] = "mepc",
	[PF_INSTRUCTION] = "instruction",
	[PF_MTVAL] = "mtval",
	[PF_ACCESSED] = "mtval",
	[PF_CYCLES] = "cycles",
	[PF_OUTCOME] = "outcome",
	[PF_MODULE_NAME] = "module",
	[PF_SLOTS] = "slots",
	[PF_EID] = "eid",
	[PF_FID] = "fid",
	[PF_A0] = "a0",
	[PF_A1] = "a1",
	[PF_A2] = "a2",
	[PF_A3] = "a3",
	[PF_A4] = "a4",
	[PF_A5] = "a5",
	[PF_ERROR] = "error",
	[PF_ENTRY] = "entry",
	[PF_CONFIG] = "config",
	[PF_PAYLOAD_CONFIG] = "payload",
	[PF_ADDRESS] = "address",
	[PF_VALUE] = "value",
	[PF_LARGE_VALUE] = "large_value",
	[PF_JOINED] = "joined",
	[PF_BUILD_ID] = "build_id",
	[PF_CONFIGURATION] = "configuration",
	[PF_TIMEBASE] = "timebase_hz",
	[PF_HARTS] = "harts",
	[PF_CONDITION] = "condition",
	[PF_HART] = "hart",
	[PF_SEQUENCE] = "sequence",
};

static const char *const categories[] = {
	[PF_CATEGORY_EXIT] = "exit",   [PF_CATEGORY_DETAIL] = "detail",   [PF_CATEGORY_LOST] = "lost",
	[PF_CATEGORY_PHASE] = "phase", [PF_CATEGORY_TRIGGER] = "trigger",
};

static const char *const correlations[PF_CORRELATIONS] = {
	[PF_LIKE_FIRMWARE] = "in the virtual machine mode that hv emulates",
	[PF_LIKE_PAYLOAD] = "in supervisor or user mode",
	[PF_LIKE_ASLEEP] = "waiting for an interrupt",
	[PF_LIKE_SHUTDOWN] = "power-off",
};

static const char *const track_names[PF_TRACKS] = {
	[PF_WORLD] = "world",
	[PF_EXITS] = "exits",
	[PF_ECALLS] = "ecalls",
	[PF_INTERRUPTS] = "interrupts",
	[PF_IPI] = "ipi",
	[PF_WFI] = "wfi",
	[PF_PMP] = "pmp",
	[PF_MARKS] = "marks",
	[PF_EXIT_RATE] = "exits/s",
	[PF_HV_SHARE] = "time in hv",
	[PF_LOST] = "lost",
	[PF_RING_FILL] = "ring fill",
	[PF_COUNTER_GROUP] = "counters",
};

/* The unit of each counter track. It is NULL if the track is not a counter. */
static const char *const counter_units[PF_TRACKS] = {
	[PF_EXIT_RATE] = "exits/s",
	[PF_HV_SHARE] = "%",
	[PF_LOST] = "slots",
	[PF_RING_FILL] = "slots",
	[PF_COUNTER... PF_COUNTER_GROUP - 1] = "",
};

static uint64_t track_uuid(uint32_t hart, unsigned track)
{
	return 1 + hart % UUID_HARTS_PER_BLOCK + track * UUID_HARTS_PER_BLOCK +
	       (uint64_t)(hart / UUID_HARTS_PER_BLOCK) * UUID_BLOCK;
}

static uint64_t hart_uuid(uint32_t hart)
{
	return track_uuid(hart, PF_TRACKS);
}

/** Finds a name in the hash table. The table always has free entries, because its size is twice the maximum number of
 * names.
 * @return the name's entry; if the table does not contain the name, the free entry for it */
static uint16_t *find_name(struct pftrace *pf, const char *text)
{
	uint16_t *entry = &pf->name_table[hash_text(text) % (2 * PF_NAMES)];
	while (*entry && strcmp(pf->names[*entry], text) != 0)
		entry = entry == &pf->name_table[2 * PF_NAMES - 1] ? pf->name_table : entry + 1;
	return entry;
}

unsigned pf_name(struct pftrace *pf, const char *text)
{
	uint16_t *entry = find_name(pf, text);
	if (*entry)
		return *entry;
	if (pf->name_count == PF_NAMES)
		return PF_NAMES - 1;
	if (pf->name_count == PF_NAMES - 1) /* the last entry is used for all names for which there is no room */
		text = "other";
	pf->names[pf->name_count] = strdup(text);
	if (!pf->names[pf->name_count]) {
		error_keep(&pf->output->failure, error_no_memory());
		return PF_NAME_NONE;
	}
	*entry = (uint16_t)pf->name_count;
	return pf->name_count++;
}

unsigned pf_name_of_guest(struct pftrace *pf, const char *text)
{
	return pf->name_count < PF_NAMES_FREE ? pf_name(pf, text) : *find_name(pf, text);
}

unsigned pf_make_exit_name(struct pftrace *pf, unsigned kind)
{
	char text[NAMES_BYTES];

	pf->kind_names[kind] = (uint16_t)pf_name(pf, names_kind(text, kind));
	return pf->kind_names[kind];
}

static uint8_t *put_entry(uint8_t *at, unsigned field, uint64_t iid, const char *text, size_t length)
{
	uint8_t *entry = proto_open(at, field);
	at = proto_uint(entry, PERFETTO_ENTRY_IID, iid);
	return proto_close(entry, proto_bytes(at, PERFETTO_ENTRY_TEXT, text, length));
}

/** Writes a packet that interns one string. */
static void send_entry(struct pftrace *pf, struct pf_lane *lane, unsigned field, uint64_t iid, const char *text,
		       size_t length)
{
	uint8_t *packet = proto_open(pf->output->at, PERFETTO_TRACE_PACKET);
	uint8_t *at = proto_uint(packet, PERFETTO_PACKET_SEQUENCE_ID, lane->sequence);
	uint8_t *interned = proto_open(at, PERFETTO_PACKET_INTERNED_DATA);
	at = proto_close(interned, put_entry(interned, field, iid, text, length));
	pf->output->at = proto_close(packet, at);
	pf->account.packets++;
}

void pf_send_name(struct pftrace *pf, struct pf_lane *lane, unsigned iid)
{
	lane->sent[iid / 64] |= 1ull << iid % 64;
	send_entry(pf, lane, PERFETTO_INTERNED_NAMES, iid, pf->names[iid], strlen(pf->names[iid]));
}

void pf_need_fields(struct pftrace *pf, struct pf_lane *lane, unsigned event)
{
	const struct schema_event *list = timeline_event_fields(pf->timeline, event);

	if (!lane->cleared)
		pf_clear(pf, lane);
	if (lane->fields_sent[event / 64] >> event % 64 & 1)
		return;
	lane->fields_sent[event / 64] |= 1ull << event % 64;
	for (unsigned i = 0; i < list->fields; i++)
		send_entry(pf, lane, PERFETTO_INTERNED_ANNOTATIONS, pf_field_name(event, i), list->field[i].name,
			   strlen(list->field[i].name));
}

static uint8_t *put_clock(uint8_t *at, unsigned id, uint64_t time, bool incremental)
{
	uint8_t *clock = proto_open(at, PERFETTO_SNAPSHOT_CLOCK);
	at = proto_uint(clock, PERFETTO_CLOCK_ID, id);
	at = proto_uint(at, PERFETTO_CLOCK_TIMESTAMP, time);
	if (incremental)
		at = proto_uint(at, PERFETTO_CLOCK_INCREMENTAL, 1);
	return proto_close(clock, at);
}

/* Writes a snapshot of the sequence's clock. Every snapshot sets this clock and the trace's clock to 0. The trace processor
 * requires that the trace's clock is never smaller in later snapshots, but the harts' sequences are not interleaved in the order of
 * time. */
static uint8_t *put_snapshot(const struct pftrace *pf, uint8_t *at)
{
	uint8_t *snapshot = proto_open(at, PERFETTO_PACKET_CLOCK_SNAPSHOT);
	at = put_clock(snapshot, pf_clock(pf), 0, false);
	at = put_clock(at, PERFETTO_CLOCK_SEQUENCE, 0, true);
	if (pf->options.joined)
		at = proto_uint(at, PERFETTO_SNAPSHOT_PRIMARY, PERFETTO_CLOCK_TSC);
	return proto_close(snapshot, at);
}

void pf_relate_boottime(struct pftrace *pf)
{
	/* The trace processor ignores a clock at 0, and a time cannot be negative. */
	int64_t before = pf->options.boottime_ns, boottime = before < 0 ? 1 - before : 1;
	uint8_t *packet = proto_open(pf->output->at, PERFETTO_TRACE_PACKET);
	uint8_t *snapshot = proto_open(packet, PERFETTO_PACKET_CLOCK_SNAPSHOT);
	uint8_t *at = put_clock(snapshot, PERFETTO_CLOCK_TSC, (uint64_t)(boottime + before), false);
	at = put_clock(at, PERFETTO_CLOCK_BOOTTIME, (uint64_t)boottime, false);
	at = proto_uint(at, PERFETTO_SNAPSHOT_PRIMARY, PERFETTO_CLOCK_TSC);
	pf->output->at = proto_close(packet, proto_close(snapshot, at));
	pf->account.packets++;
}

/* Writes the sequence's defaults. Because of them, packets need no clock id, and events on the track of exits need no
 * track uuid. */
static uint8_t *put_defaults(uint8_t *at, uint64_t track_uuid)
{
	uint8_t *defaults = proto_open(at, PERFETTO_PACKET_DEFAULTS);
	uint8_t *event = proto_open(defaults, PERFETTO_DEFAULTS_TRACK_EVENT);
	at = proto_close(event, proto_uint(event, PERFETTO_EVENT_DEFAULTS_TRACK, track_uuid));
	return proto_close(defaults, proto_uint(at, PERFETTO_DEFAULTS_CLOCK_ID, PERFETTO_CLOCK_SEQUENCE));
}

static uint8_t *put_constant_names(uint8_t *at)
{
	uint8_t *interned = proto_open(at, PERFETTO_PACKET_INTERNED_DATA);
	at = interned;
	for (unsigned i = 1; i < sizeof(categories) / sizeof(categories[0]); i++)
		at = put_entry(at, PERFETTO_INTERNED_CATEGORIES, i, categories[i], strlen(categories[i]));
	for (unsigned i = 1; i < PF_ANNOTATIONS; i++)
		at = put_entry(at, PERFETTO_INTERNED_ANNOTATIONS, i, annotation_names[i], strlen(annotation_names[i]));
	for (unsigned i = 1; i < PF_CORRELATIONS; i++)
		at = put_entry(at, PERFETTO_INTERNED_CORRELATIONS, i, correlations[i], strlen(correlations[i]));
	return proto_close(interned, at);
}

void pf_clear(struct pftrace *pf, struct pf_lane *lane)
{
	uint8_t *packet = proto_open(pf->output->at, PERFETTO_TRACE_PACKET);
	uint8_t *at = proto_uint(packet, PERFETTO_PACKET_SEQUENCE_ID, lane->sequence);
	at = proto_uint(at, PERFETTO_PACKET_SEQUENCE_FLAGS, PERFETTO_STATE_CLEARED);
	if (lane->dropped)
		at = proto_uint(at, PERFETTO_PACKET_PREVIOUS_DROPPED, 1);
	else
		at = proto_uint(at, PERFETTO_PACKET_FIRST_ON_SEQUENCE, 1);
	at = put_snapshot(pf, at);
	at = put_defaults(at, track_uuid(lane->hart, PF_EXITS));
	at = put_constant_names(at);
	pf->output->at = proto_close(packet, at);
	pf->account.packets++;
	memset(lane->sent, 0, sizeof(lane->sent));
	memset(lane->fields_sent, 0, sizeof(lane->fields_sent));
	memset(lane->strings, 0, sizeof(lane->strings));
	lane->next_string = 1;
	lane->clock = 0;
	lane->dropped = false;
	lane->cleared = true;
}

struct descriptor {
	uint64_t uuid, parent;   /* parent is 0 if the track has no parent */
	const char *name, *unit; /* unit is NULL if the track is not a counter, and "" for a counter without a unit */
	unsigned rank;
	bool ordered; /* the UI sorts the child tracks by their rank */
};

static void declare(struct pftrace *pf, const struct descriptor *track)
{
	output_room(pf->output);
	uint8_t *packet = proto_open(pf->output->at, PERFETTO_TRACE_PACKET);
	uint8_t *descriptor = proto_open(packet, PERFETTO_PACKET_TRACK_DESCRIPTOR);
	uint8_t *at = proto_uint(descriptor, PERFETTO_TRACK_UUID, track->uuid);
	at = proto_string(at, PERFETTO_TRACK_NAME, track->name);
	if (track->parent)
		at = proto_uint(at, PERFETTO_TRACK_PARENT, track->parent);
	if (track->unit) {
		uint8_t *counter = proto_open(at, PERFETTO_TRACK_COUNTER);
		at = counter;
		if (*track->unit)
			at = proto_string(at, PERFETTO_COUNTER_UNIT_NAME, track->unit);
		at = proto_close(counter, at);
	}
	if (track->ordered)
		at = proto_uint(at, PERFETTO_TRACK_CHILD_ORDERING, PERFETTO_ORDER_EXPLICIT);
	at = proto_uint(at, PERFETTO_TRACK_RANK, track->rank);
	/* Without this field, the trace processor merges sibling tracks that have the same name, and their slices nest
	 * wrongly. */
	at = proto_uint(at, PERFETTO_TRACK_MERGING, PERFETTO_MERGE_NONE);
	at = proto_close(descriptor, at);
	pf->output->at = proto_close(packet, at);
	pf->account.packets++;
	pf->account.tracks++;
}

uint64_t pf_track(struct pftrace *pf, struct pf_lane *lane, unsigned track, const char *name)
{
	uint64_t uuid = track_uuid(lane->hart, track);
	/* Only tracks with events are declared, because the UI would otherwise show hundreds of empty tracks. */
	if (lane->declared[track / 64] >> track % 64 & 1)
		return uuid;
	lane->declared[track / 64] |= 1ull << track % 64;
	bool grouped = track >= PF_LOST && track < PF_COUNTER_GROUP;
	struct descriptor descriptor = { .uuid = uuid,
					 .parent = grouped ? pf_track(pf, lane, PF_COUNTER_GROUP, NULL)
							   : hart_uuid(lane->hart),
					 .name = name ? name : track_names[track],
					 .unit = counter_units[track],
					 .rank = track,
					 .ordered = track == PF_COUNTER_GROUP };
	declare(pf, &descriptor);
	return uuid;
}

uint64_t pf_module_track(struct pftrace *pf, struct pf_lane *lane, unsigned module)
{
	unsigned track = PF_MODULE + (module < PF_MODULES ? module : PF_MODULES - 1);
	char text[NAMES_BYTES];

	if (lane->declared[track / 64] >> track % 64 & 1)
		return track_uuid(lane->hart, track);
	return pf_track(pf, lane, track, names_module(text, pf->timeline->machine.config, module));
}

static void declare_hart(struct pftrace *pf, struct pf_lane *lane)
{
	/* The names of two tracks contain the hart, because the UI shows a pinned track without its group. */
	char name[32], world[48], exits[48];
	snprintf(name, sizeof(name), "hart %02llu", (unsigned long long)pf->timeline->machine.hart_ids[lane->hart]);
	snprintf(world, sizeof(world), "%s, %s", track_names[PF_WORLD], name);
	snprintf(exits, sizeof(exits), "%s, %s", track_names[PF_EXITS], name);
	struct descriptor group = { .uuid = hart_uuid(lane->hart),
				    .parent = UUID_ROOT,
				    .name = name,
				    .rank = RANK_HARTS + lane->hart,
				    .ordered = true };
	if (!pf->account.tracks) {
		struct descriptor root = { .uuid = UUID_ROOT, .name = "hartscope", .ordered = true };
		struct descriptor run = { .uuid = UUID_RUN, .parent = UUID_ROOT, .name = "run", .rank = RANK_RUN };
		declare(pf, &root);
		declare(pf, &run);
	}
	declare(pf, &group);
	lane->world_uuid = pf_track(pf, lane, PF_WORLD, world);
	(void)pf_track(pf, lane, PF_EXITS, exits);
}

struct pf_lane *pf_lane(struct pftrace *pf, uint32_t hart, int64_t ns)
{
	if (pf->lanes[hart])
		return pf->lanes[hart];
	struct pf_lane *lane = calloc(1, sizeof(*lane));
	if (!lane) {
		error_keep(&pf->output->failure, error_no_memory());
		return &pf->spare;
	}
	bool first = !pf->account.tracks;
	pf->lanes[hart] = lane;
	lane->hart = hart;
	lane->sequence = hart + 1;
	lane->world = -1;
	lane->world_from = lane->window = ns;
	declare_hart(pf, lane);
	if (first)
		pf_describe_run(pf, lane, ns);
	return lane;
}

void pf_describe_run(struct pftrace *pf, struct pf_lane *lane, int64_t ns)
{
	const struct timeline_machine *machine = &pf->timeline->machine;
	unsigned name = pf_name(pf, "run");
	pf_need_name(pf, lane, name);
	bool window = pf_has_window(pf);
	struct pf_event event = pf_begin(pf, lane, ns, window ? PERFETTO_TYPE_BEGIN : PERFETTO_TYPE_INSTANT, UUID_RUN);
	pf_add_name(&event, name);
	pf_add_text(&event, PF_BUILD_ID, machine->build_id, strlen(machine->build_id));
	pf_add_number(&event, PF_HARTS, PERFETTO_ANNOTATION_UINT, machine->head.harts);
	pf_add_number(&event, PF_TIMEBASE, PERFETTO_ANNOTATION_UINT, machine->head.timebase_hz);
	if (*machine->config)
		pf_add_text(&event, PF_CONFIGURATION, machine->config, strlen(machine->config));
	pf_commit(pf, event);
	pf->run = lane;
	pf->account.instants += !window;
	pf->account.slices += window;
}

uint64_t pf_declare_phases(struct pftrace *pf)
{
	declare(pf, &(struct descriptor){ .uuid = UUID_PHASES, .parent = UUID_ROOT, .name = "phases" });
	return UUID_PHASES;
}

void pf_end_run(struct pftrace *pf, int64_t ns)
{
	if (pf->run && pf_has_window(pf))
		pf_end_slice(pf, pf->run, ns, UUID_RUN);
}

/** Writes "0x" and hexadecimal digits, without a terminating 0. If this function called sprintf, a conversion would
 * take a tenth longer.
 * @return the position after the last digit */
static char *put_hex(char *at, uint64_t value)
{
	unsigned bits = 64u - (unsigned)__builtin_clzll(value | 1), digits = (bits + 3) / 4;

	*at++ = '0';
	*at++ = 'x';
	for (unsigned i = digits; i > 0; i--)
		*at++ = "0123456789abcdef"[value >> 4 * (i - 1) & 15];
	return at;
}

const char *pf_text(struct pftrace *pf, enum pf_annotation kind, uint64_t value, size_t *length)
{
	const struct symbols *symbols = kind == PF_MEPC ? pf->options.symbols : NULL;
	uint64_t offset;
	const char *function = symbols ? symbols_find(symbols, value, &offset) : NULL;
	const char *device = kind == PF_ACCESSED ? registers_find(&pf->timeline->registers, value) : NULL;
	char *at = pf->text;
	if (kind == PF_LARGE_VALUE)
		at += sprintf(at, "%llu", (unsigned long long)value);
	else
		at = put_hex(at, value);
	if (function)
		at += sprintf(at, " %s+0x%llx", function, (unsigned long long)offset);
	if (device)
		at += sprintf(at, " %s", device);
	*length = (size_t)(at - pf->text);
	return pf->text;
}

uint32_t pf_intern(struct pftrace *pf, struct pf_lane *lane, enum pf_annotation kind, uint64_t value)
{
	uint64_t hash = (value + (uint64_t)kind) * 0x9e3779b97f4a7c15ull;
	enum pf_string_class class = kind == PF_MEPC || kind == PF_INSTRUCTION ? PF_CODE : PF_DATA;
	struct pf_string *string = &lane->strings[class][hash >> 54 & (PF_STRINGS - 1)];
	/* If a string occurs only once, the trace is smaller when the string is not interned. */
	if (string->value != value || string->kind != (uint8_t)kind) {
		*string = (struct pf_string){ .value = value, .kind = (uint8_t)kind };
		return 0;
	}
	if (!string->iid && lane->next_string < STRINGS_MOST) {
		size_t length;
		const char *text = pf_text(pf, kind, value, &length);
		string->iid = lane->next_string++;
		send_entry(pf, lane, PERFETTO_INTERNED_STRINGS, string->iid, text, length);
	}
	return string->iid;
}
