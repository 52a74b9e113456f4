// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Distributes the trace to several readers, as fanout.h describes.
 * In overwrite mode, each fetch calls hv's function READ with the position of the reader. In discard mode, a READ tells
 * hv that all slots before its position may be overwritten. So the driver reads each slot only once, into a window, and
 * the readers copy the slots from the window. */
#include "fanout.h"

#define WINDOW_SLOTS 4096 /* size of a window; a fast reader is never further ahead of a slow one than this */

/** In discard mode, the slots of a hart that were last read from hv. They stay in the window until all readers have got
 * them. */
struct window {
	struct trace_slot *slots;
	uint64_t first, count; /* sequence number of the first slot, and number of slots */
	bool more;             /* whether hv has further slots that did not fit into the window */
};

struct hartscope_info fanout_info;

/* The mutex protects all variables below. */
static DEFINE_MUTEX(lock);
static LIST_HEAD(readers);
static struct window *windows;
static void *scratch; /* the page into which hv copies slots before they are put into a window */
static uint64_t mode;

unsigned int fanout_harts(void)
{
	return (unsigned int)min_t(uint64_t, fanout_info.harts, ARRAY_SIZE(fanout_info.hart_ids));
}

static void free_windows(void)
{
	for (unsigned int hart = 0; windows && hart < fanout_harts(); hart++)
		kvfree(windows[hart].slots);
	kfree(windows);
	windows = NULL;
	free_page((unsigned long)scratch);
}

static int make_windows(void)
{
	scratch = (void *)get_zeroed_page(GFP_KERNEL);
	windows = kcalloc(fanout_harts(), sizeof(*windows), GFP_KERNEL);
	bool good = scratch && windows;
	for (unsigned int hart = 0; good && hart < fanout_harts(); hart++) {
		windows[hart].slots = kvcalloc(WINDOW_SLOTS, TRACE_SLOT_BYTES, GFP_KERNEL);
		good = windows[hart].slots;
	}
	if (good)
		return 0;
	free_windows();
	return -ENOMEM;
}

uint64_t fanout_most(void)
{
	uint64_t ring = fanout_info.slots_per_hart;
	return READ_ONCE(mode) == HARTSCOPE_MODE_DISCARD ? min_t(uint64_t, WINDOW_SLOTS, ring) : ring;
}

static void learn_mode(void)
{
	struct hartscope_control control = { 0 };
	if (monitor_control(&control) == 0)
		mode = control.mode;
}

int fanout_start(void)
{
	if (monitor_info(&fanout_info) != 0) {
		pr_err("hartscope: no hartscope monitor answers below this kernel\n");
		return -ENODEV;
	}
	if (fanout_info.abi_version != HARTSCOPE_ABI_VERSION) {
		pr_err("hartscope: the monitor's ABI has version %llu, this driver's is %d\n",
		       (unsigned long long)fanout_info.abi_version, HARTSCOPE_ABI_VERSION);
		return -ENODEV;
	}
	learn_mode();
	return make_windows();
}

void fanout_stop(void)
{
	free_windows();
}

struct fanout_reader *fanout_open(void)
{
	struct fanout_reader *reader;
	reader = kzalloc(struct_size(reader, position, fanout_harts()), GFP_KERNEL);
	if (!reader)
		return NULL;
	INIT_LIST_HEAD(&reader->link);
	reader->page = (void *)get_zeroed_page(GFP_KERNEL);
	if (reader->page)
		return reader;
	kfree(reader);
	return NULL;
}

void fanout_close(struct fanout_reader *reader)
{
	mutex_lock(&lock);
	list_del(&reader->link);
	mutex_unlock(&lock);
	free_page((unsigned long)reader->page);
	kfree(reader);
}

static uint64_t window_end(const struct window *window)
{
	return window->first + window->count;
}

static bool all_have_had(unsigned int hart)
{
	const struct fanout_reader *reader;
	list_for_each_entry (reader, &readers, link)
		if (reader->position[hart].next < window_end(&windows[hart]))
			return false;
	return true;
}

/** Calls monitor_read(). If the hart has not been started, returns no slots and no error,
 * although hv returns an error: such a hart has no ring yet. */
static int read_ring(unsigned int hart, uint64_t sequence, void *page, struct monitor_slots *slots)
{
	int error = monitor_read(fanout_info.hart_ids[hart], sequence, page, slots);
	if (error != -EINVAL || sequence)
		return error;
	*slots = (struct monitor_slots){ .bytes = page };
	return 0;
}

/** Replaces the slots in a window by the next slots from hv. Reading the next slots tells hv that it may overwrite the
 * old ones. */
static int refill(unsigned int hart)
{
	struct window *window = &windows[hart];
	window->first = window_end(window);
	window->count = 0;
	do {
		struct monitor_slots got;
		int error = read_ring(hart, window_end(window), scratch, &got);
		if (error)
			return window->count ? 0 : error;
		/* If there is a gap, another program has changed the mode, and this change has erased the rings. A
		 * window must not have gaps, so the slots before the gap are dropped as well. */
		if (got.first != window_end(window))
			*window = (struct window){ .slots = window->slots, .first = got.first };
		memcpy(window->slots + window->count, got.bytes, TRACE_SLOT_BYTES * got.count);
		window->count += got.count;
		window->more = got.more;
	} while (window->more && window->count + MONITOR_READ_SLOTS <= WINDOW_SLOTS);
	return 0;
}

static int fetch_from_window(struct fanout_reader *reader, unsigned int hart, struct monitor_slots *slots)
{
	struct window *window = &windows[hart];
	uint64_t *next = &reader->position[hart].next;
	*next = max(*next, window->first);
	int error = all_have_had(hart) ? refill(hart) : 0;
	if (error)
		return error;

	*next = max(*next, window->first);
	uint64_t left = window_end(window) > *next ? window_end(window) - *next : 0;
	slots->first = *next;
	slots->count = min_t(uint64_t, left, MONITOR_READ_SLOTS);
	slots->more = slots->count && (slots->count < left || window->more);
	slots->bytes = memcpy(reader->page, window->slots + (left ? *next - window->first : 0),
			      TRACE_SLOT_BYTES * slots->count);
	return 0;
}

static int fetch(struct fanout_reader *reader, unsigned int hart, struct monitor_slots *slots)
{
	mutex_lock(&lock);
	if (list_empty(&reader->link))
		list_add(&reader->link, &readers);
	bool shared = mode == HARTSCOPE_MODE_DISCARD;
	int error = shared ? fetch_from_window(reader, hart, slots) : 0;
	mutex_unlock(&lock);
	if (shared)
		return error;
	return read_ring(hart, reader->position[hart].next, reader->page, slots);
}

static void leave_out(struct monitor_slots *slots, uint64_t before)
{
	uint64_t unwanted = before > slots->first ? min(before - slots->first, slots->count) : 0;
	slots->first += unwanted;
	slots->count -= unwanted;
	slots->bytes += TRACE_SLOT_BYTES * unwanted;
}

int fanout_fetch(struct fanout_reader *reader, unsigned int hart, struct monitor_slots *slots, uint64_t *lost)
{
	struct fanout_position *position = &reader->position[hart];
	bool all_unwanted;
	do {
		int error = fetch(reader, hart, slots);
		if (error)
			return error;
		position->next = slots->first + slots->count;
		all_unwanted = slots->count && position->next <= position->skip_to;
	} while (all_unwanted);

	leave_out(slots, position->skip_to);
	*lost = slots->count ? slots->first - position->end : 0;
	if (slots->count)
		position->end = slots->first + slots->count;
	return 0;
}

void fanout_drop(struct fanout_reader *reader, unsigned int hart, const struct monitor_slots *slots, uint64_t lost)
{
	reader->position[hart].end = slots->first - lost;
}

/** Gets the sequence number of the next slot that a hart will write. Slots that hv discards get no sequence number. */
static int written(unsigned int hart, uint64_t *sequence)
{
	struct hartscope_stat *stat = kmalloc(sizeof(*stat), GFP_KERNEL);
	if (!stat)
		return -ENOMEM;
	int error = monitor_stat(fanout_info.hart_ids[hart], stat);
	if (!error)
		*sequence = stat->emitted - stat->discarded;
	kfree(stat);
	return error;
}

int fanout_skip(struct fanout_reader *reader)
{
	bool discards = READ_ONCE(mode) == HARTSCOPE_MODE_DISCARD;
	for (unsigned int hart = 0; hart < fanout_harts(); hart++) {
		struct fanout_position *position = &reader->position[hart];
		int error = written(hart, &position->skip_to);
		if (error)
			return error;
		if (!discards)
			position->next = max(position->next, position->skip_to);
	}
	return 0;
}

/** Empties all windows. Called after the mode has changed. The change erased hv's rings, so the slots in the windows
 * are older than the change. */
static void forget_windows(void)
{
	for (unsigned int hart = 0; hart < fanout_harts(); hart++) {
		uint64_t end = 0;
		const struct fanout_reader *reader;
		list_for_each_entry (reader, &readers, link)
			end = max(end, reader->position[hart].next);
		windows[hart].first = end;
		windows[hart].count = 0;
	}
}

int fanout_control(struct hartscope_control *control)
{
	bool sets_mode = control->which & HARTSCOPE_CTRL_SET_MODE;
	uint64_t wanted = control->mode;
	mutex_lock(&lock);
	int error = monitor_control(control);
	if (!error)
		mode = sets_mode ? wanted : control->mode;
	if (!error && sets_mode && wanted != control->mode)
		forget_windows();
	mutex_unlock(&lock);
	return error;
}
