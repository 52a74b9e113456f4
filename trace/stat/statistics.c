/* Counts each exit when its record arrives. The exit is added to the row of its cause, hart, module or function. There
 * is one exception: if the firmware answers the SBI call that an exit made, this exit is counted later. hv writes an
 * ECALL record when the call returns, and only this record shows the SBI function. */
#include "trace/stat/statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/convert/escape.h"
#include "trace/convert/hash.h"

/* If the key is the function, the first WORLDS rows are for exits that come from no known function: one row per
 * world. */
#define WORLDS 2

const char *const statistics_owners[STATISTICS_OWNERS] = {
	[STATISTICS_HV] = "hv",         [STATISTICS_FIRMWARE] = "firmware", [STATISTICS_PAYLOAD] = "payload",
	[STATISTICS_ASLEEP] = "asleep", [STATISTICS_UNKNOWN] = "unknown",
};

bool statistics_key_read(const char *word, enum statistics_key *key)
{
	static const char *const words[] = { "cause", "hart", "module", "function" };
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			*key = (enum statistics_key)i;
			return true;
		}
	return false;
}

/** Returns the maximum number of rows for a machine with @p harts harts. */
static unsigned count_rows(const struct statistics *statistics, uint32_t harts)
{
	switch (statistics->key) {
	case STATISTICS_CAUSE:
		return NAMES_KINDS;
	case STATISTICS_HART:
		return harts;
	case STATISTICS_MODULE:
		return NAMES_MODULES;
	case STATISTICS_FUNCTION:
		return WORLDS + (unsigned)symbols_count(statistics->symbols);
	}
	return 0;
}

static enum error take_machine(void *self, const struct timeline *timeline)
{
	struct statistics *statistics = self;
	uint32_t harts = timeline->machine.head.harts;
	unsigned rows = count_rows(statistics, harts);

	statistics->timeline = timeline;
	statistics->first_ns = INT64_MAX;
	statistics->rows = calloc(rows, sizeof(statistics->rows[0]));
	statistics->harts = calloc(harts, sizeof(statistics->harts[0]));
	statistics->calls = calloc(harts, sizeof(statistics->calls[0]));
	/* There must be room for the longest name of a function, which is escaped again, and for the names of the world
	 * and of the kind of exit. */
	statistics->path = malloc(ESCAPE_FACTOR * symbols_longest(statistics->symbols) + 3 * NAMES_BYTES);
	if (!statistics->rows || !statistics->harts || !statistics->calls || !statistics->path)
		return error_no_memory();
	statistics->row_count = rows;
	statistics->hart_count = harts;
	return ERROR_NONE;
}

static void name_row(const struct statistics *statistics, struct statistics_row *row, unsigned place)
{
	switch (statistics->key) {
	case STATISTICS_CAUSE:
		names_cause(row->name, names_kind_cause(place));
		names_kind_detail(row->detail, place);
		return;
	case STATISTICS_HART:
		snprintf(row->name, sizeof(row->name), "hart %llu",
			 (unsigned long long)statistics->timeline->machine.hart_ids[place]);
		return;
	case STATISTICS_MODULE:
		names_module(row->name, statistics->timeline->machine.config, place);
		return;
	case STATISTICS_FUNCTION:
		if (place < WORLDS)
			snprintf(row->name, sizeof(row->name), "%s, no function", names_world(place));
		else
			snprintf(row->name, sizeof(row->name), "%s", symbols_name(statistics->symbols, place - WORLDS));
	}
}

static struct histogram *find_row(struct statistics *statistics, unsigned place)
{
	if (!statistics->rows[place]) {
		statistics->rows[place] = calloc(1, sizeof(*statistics->rows[place]));
		if (!statistics->rows[place]) {
			error_keep(&statistics->failure, error_no_memory());
			return &statistics->spare.cycles;
		}
		name_row(statistics, statistics->rows[place], place);
	}
	return &statistics->rows[place]->cycles;
}

/* ---- call paths ---- */

/** Finds a path in the hash table. The table must have at least one free place.
 * @return the path's place; if the table does not contain the path, the free place for it */
static struct statistics_path *find_path(const struct statistics *statistics, const char *text)
{
	size_t place = hash_text(text) & (statistics->path_capacity - 1);

	while (statistics->paths[place].text && strcmp(statistics->paths[place].text, text) != 0)
		place = (place + 1) & (statistics->path_capacity - 1);
	return &statistics->paths[place];
}

static enum error grow_paths(struct statistics *statistics)
{
	struct statistics_path *old = statistics->paths;
	size_t capacity = statistics->path_capacity, larger = capacity ? 2 * capacity : 256;
	struct statistics_path *paths = calloc(larger, sizeof(*paths));

	if (!paths)
		return error_no_memory();
	statistics->paths = paths;
	statistics->path_capacity = larger;
	for (size_t i = 0; i < capacity; i++)
		if (old[i].text)
			*find_path(statistics, old[i].text) = old[i];
	free(old);
	return ERROR_NONE;
}

static enum error add_path(struct statistics *statistics, const char *text, uint64_t cycles)
{
	if (2 * statistics->path_count >= statistics->path_capacity)
		RETURN_IF_ERROR(grow_paths(statistics));

	struct statistics_path *path = find_path(statistics, text);

	if (!path->text) {
		path->text = strdup(text);
		if (!path->text)
			return error_no_memory();
		statistics->path_count++;
	}
	path->cycles += cycles;
	return ERROR_NONE;
}

static void fold(struct statistics *statistics, const struct statistics_exit *exit, unsigned kind)
{
	char *text = statistics->path, *at = text, name[NAMES_BYTES];
	const char *function = NULL;
	uint64_t offset;
	if (exit->extra && statistics->symbols)
		function = symbols_find(statistics->symbols, exit->fields.pc, &offset);
	at += sprintf(at, "%s;", names_world((unsigned)exit->fields.before));
	if (function)
		at += escape_more(at, function, ";");
	else if (exit->extra)
		at += sprintf(at, "0x%llx", (unsigned long long)exit->fields.pc);
	else
		at += sprintf(at, "?");
	at += sprintf(at, ";%s", names_cause(name, names_kind_cause(kind)));
	if (*names_kind_detail(name, kind))
		(void)sprintf(at, ";%s", name);
	error_keep(&statistics->failure, add_path(statistics, text, exit->cycles));
}

/* ---- records ---- */

static unsigned cause_of(const struct statistics_exit *exit)
{
	return (unsigned)exit->fields.cause;
}

/** Returns the index of the row in which an exit of @p hart is counted. */
static unsigned find_place(const struct statistics *statistics, uint32_t hart, const struct statistics_exit *exit,
			   unsigned kind)
{
	size_t function;
	switch (statistics->key) {
	case STATISTICS_CAUSE:
		return kind;
	case STATISTICS_HART:
		return hart;
	case STATISTICS_MODULE:
		return (unsigned)exit->fields.module;
	case STATISTICS_FUNCTION:
		if (exit->extra && statistics->symbols &&
		    symbols_place(statistics->symbols, exit->fields.pc, &function))
			return WORLDS + (unsigned)function;
		return (unsigned)exit->fields.before & 1;
	}
	return 0;
}

/** Counts an exit of @p hart as @p kind. */
static void count_exit(struct statistics *statistics, uint32_t hart, const struct statistics_exit *exit, unsigned kind)
{
	if (statistics->cause && !names_kind_is(kind, statistics->cause))
		return;
	histogram_add(find_row(statistics, find_place(statistics, hart, exit, kind)), exit->cycles);
	histogram_add(&statistics->total.cycles, exit->cycles);
	statistics->saturated += exit->saturated;
	if (statistics->folded)
		fold(statistics, exit, kind);
}

/** If an exit waits for its SBI call to return, counts this exit as an exit of the kind @p kind. */
static void count_call(struct statistics *statistics, uint32_t hart, unsigned kind)
{
	struct statistics_call *call = &statistics->calls[hart];
	if (call->called)
		count_exit(statistics, hart, &call->exit, kind);
	call->called = false;
}

/** Stores an exit that made an SBI call, so that the exit is counted when the call returns. If an earlier exit is still
 * stored, this earlier exit is counted under its cause alone. */
static void wait_for_return(struct statistics *statistics, uint32_t hart, const struct statistics_exit *exit)
{
	struct statistics_call *call = &statistics->calls[hart];
	count_call(statistics, hart, cause_of(&call->exit));
	call->exit = *exit;
	call->called = true;
}

/** Adds the time from the end of the previous exit to the end of this exit to the hart's sums: the time of the guest,
 * the time in hv and the time asleep. */
static void share(struct statistics *statistics, const struct timeline_event *event, unsigned world)
{
	uint64_t *cycles = statistics->harts[event->hart].cycles;
	cycles[event->guest_known ? STATISTICS_FIRMWARE + world : STATISTICS_UNKNOWN] += event->guest;
	cycles[STATISTICS_HV] += event->spent;
	cycles[STATISTICS_ASLEEP] += event->slept;
	statistics->observing += event->observing;
}

static void take_exit(struct statistics *statistics, const struct timeline_event *event)
{
	struct statistics_exit exit = { .fields = trace_exit_of(event->slot, event->extra),
					.cycles = event->spent - event->observing,
					.extra = event->extra,
					.saturated = event->saturated };
	struct statistics_call *call = &statistics->calls[event->hart];
	/* A damaged dump can contain a world other than 0 and 1, so only the lowest bit is used. */
	unsigned cause = cause_of(&exit), world = exit.fields.before & 1;
	statistics->harts[event->hart].exits[world][names_cause_index(cause)]++;
	share(statistics, event, world);
	bool returned = call->returned;
	call->returned = false;
	if (names_is_call(cause) && !returned && exit.fields.outcome == TRACE_FORWARDED) {
		wait_for_return(statistics, event->hart, &exit);
		return;
	}
	unsigned kind = names_exit_kind(cause, exit.fields.value, &statistics->timeline->registers);
	if (returned && names_is_call(cause))
		kind = names_sbi_kind(cause, call->function);
	count_exit(statistics, event->hart, &exit, kind);
}

static void take_return(struct statistics *statistics, const struct timeline_event *event)
{
	struct statistics_call *call = &statistics->calls[event->hart];
	struct trace_ecall ecall = trace_ecall_of(event->slot, event->extra);
	call->function = names_sbi_function(ecall.eid, ecall.fid);
	call->returned = !call->called;
	count_call(statistics, event->hart, names_sbi_kind(cause_of(&call->exit), call->function));
}

static void take_event(void *self, const struct timeline_event *event)
{
	struct statistics *statistics = self;
	struct statistics_hart *hart = &statistics->harts[event->hart];
	hart->slots += 1u + event->extra;
	hart->started = true;
	if (event->ns < statistics->first_ns)
		statistics->first_ns = event->ns;
	if (event->ns > statistics->last_ns)
		statistics->last_ns = event->ns;
	if (event->meaning == TRACE_EXIT)
		take_exit(statistics, event);
	else if (event->meaning == TRACE_ECALL)
		take_return(statistics, event);
}

enum error statistics_finish(struct statistics *statistics)
{
	for (uint32_t hart = 0; hart < statistics->hart_count; hart++)
		count_call(statistics, hart, cause_of(&statistics->calls[hart].exit));
	return error_again(&statistics->failure);
}

static void take_gap(void *self, const struct timeline_gap *gap)
{
	struct statistics *statistics = self;
	statistics->harts[gap->hart].lost += gap->slots;
	count_call(statistics, gap->hart, cause_of(&statistics->calls[gap->hart].exit));
	statistics->calls[gap->hart].returned = false;
}

static void take_statistics(void *self, const struct dump_statistics *counted)
{
	struct statistics *statistics = self;
	statistics->harts[counted->hart].counted = *counted;
	statistics->harts[counted->hart].has_counted = true;
}

struct timeline_sink statistics_sink(struct statistics *statistics)
{
	return (struct timeline_sink){ .machine = take_machine,
				       .event = take_event,
				       .gap = take_gap,
				       .statistics = take_statistics,
				       .failure = &statistics->failure,
				       .self = statistics };
}

enum statistics_verdict statistics_reconcile(const struct statistics *statistics, uint32_t hart, int *world,
					     unsigned *index)
{
	const struct statistics_hart *own = &statistics->harts[hart];
	uint64_t counted = 0;
	/* If slots were lost or were left in the ring, hv has counted exits whose records the dump does not contain. */
	bool whole = !own->lost && own->counted.read + own->counted.lost == own->counted.emitted;
	for (unsigned i = 0; i < 2 * 64; i++)
		counted += own->counted.exits[i / 64][i % 64];
	if (!own->has_counted || !counted)
		return STATISTICS_NOT_COUNTED;
	for (unsigned i = 0; i < 2 * 64; i++) {
		*world = (int)(i / 64);
		*index = i % 64;
		uint64_t seen = own->exits[*world][*index], all = own->counted.exits[*world][*index];
		if (seen > all || (seen < all && whole))
			return STATISTICS_DIFFER;
	}
	return whole ? STATISTICS_AGREE : STATISTICS_INCOMPLETE;
}

static int by_time(const void *left, const void *right)
{
	const struct statistics_row *a = *(const struct statistics_row *const *)left;
	const struct statistics_row *b = *(const struct statistics_row *const *)right;
	if (a->cycles.sum != b->cycles.sum)
		return a->cycles.sum > b->cycles.sum ? -1 : 1;
	int order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->detail, b->detail);
}

unsigned statistics_sort(const struct statistics *statistics, const struct statistics_row **sorted)
{
	unsigned count = 0;
	for (unsigned i = 0; i < statistics->row_count; i++)
		if (statistics->rows[i])
			sorted[count++] = statistics->rows[i];
	qsort(sorted, count, sizeof(sorted[0]), by_time);
	return count;
}

void statistics_close(struct statistics *statistics)
{
	for (unsigned i = 0; i < statistics->row_count; i++)
		free(statistics->rows[i]);
	for (size_t i = 0; i < statistics->path_capacity; i++)
		free(statistics->paths[i].text);
	free(statistics->rows);
	free(statistics->harts);
	free(statistics->calls);
	free(statistics->paths);
	free(statistics->path);
}
