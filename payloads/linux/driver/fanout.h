/* The trace's way from hv to any number of readers.
 * Called by the device's files, a reader's calls one at a time. Knows hv through monitor.h; knows nothing of user space.
 *
 * In overwrite mode each reader reads hv's rings for itself: they keep what was written, and a slow reader loses what was
 * overwritten. In discard mode hv has one consumer, which is this driver: it holds the last slots of each hart as a window,
 * and asks for the next, which acknowledges these, once every reader has had them. So all readers get the same slots, and
 * the slowest decides when hv has room again. */
#ifndef HARTSCOPE_DRIVER_FANOUT_H
#define HARTSCOPE_DRIVER_FANOUT_H

#include <fanout_kernel.h>

#include "monitor.h"

/** Where a reader is in one hart's trace; sequence numbers. */
struct fanout_position {
	uint64_t next;    /* what it asks for */
	uint64_t end;     /* one after the last slot that it was given */
	uint64_t skip_to; /* what is before this is not wanted */
};

/** One reader. Its owner sees to it that only one call uses it at a time. */
struct fanout_reader {
	struct list_head link; /* in the list of those for whom windows wait; empty before the first fetch */
	void *page;
	struct fanout_position position[];
};

/** The machine, as hv described it when the module was loaded. */
extern struct hartscope_info fanout_info;

/** Asks hv who it is and makes room for its harts.
 * @return 0; -ENODEV if there is no hv, or one with another ABI; -ENOMEM */
int fanout_start(void);
void fanout_stop(void);

/** Harts of the machine. */
unsigned int fanout_harts(void);

/** Slots of one hart that a reader may find when it comes late. */
uint64_t fanout_most(void);

/** A reader that begins with the oldest slots there are; NULL if there is no memory. */
struct fanout_reader *fanout_open(void);
void fanout_close(struct fanout_reader *reader);

/** Gives a reader the next slots of a hart, at most MONITOR_READ_SLOTS.
 * @param lost   slots between those that it was given last and these
 * @param slots  valid until the reader's next call; none if there is nothing new, or others are to read first
 * @return 0, or an error of ecall() */
int fanout_fetch(struct fanout_reader *reader, unsigned int hart, struct monitor_slots *slots, uint64_t *lost);

/** What was fetched last of a hart has not come to its reader: it counts as lost before what is fetched next. */
void fanout_drop(struct fanout_reader *reader, unsigned int hart, const struct monitor_slots *slots, uint64_t lost);

/** Lets a reader go on with what is written from now on. @return 0, or an error of ecall() */
int fanout_skip(struct fanout_reader *reader);

/** monitor_control(), and what a change of mode means for readers. */
int fanout_control(struct hartscope_control *control);

#endif
