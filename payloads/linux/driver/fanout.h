/* Distributes hv's trace to any number of readers.
 * Called by device.c, which makes only one call at a time for each reader. It calls hv through monitor.h, and must not
 * access user space.
 *
 * In overwrite mode, each reader reads hv's rings independently. The slots stay in a ring until hv overwrites them. A
 * slow reader loses the slots that were overwritten. In discard mode, hv has one consumer, and this driver is that
 * consumer. For each hart, the driver stores the slots that it read last in a window. It reads further slots only when
 * every reader has got all slots in the window, because this tells hv that the old slots may be overwritten. So all
 * readers get the same slots, and hv gets free room in a ring only when the slowest reader has read. */
#ifndef HARTSCOPE_DRIVER_FANOUT_H
#define HARTSCOPE_DRIVER_FANOUT_H

#include <fanout_kernel.h>

#include "monitor.h"

/** The position of a reader in the trace of one hart. All fields are sequence numbers of slots. */
struct fanout_position {
	uint64_t next;    /* the next slot to read */
	uint64_t end;     /* the slot after the last slot that the reader got */
	uint64_t skip_to; /* the first slot that the reader wants */
};

/** One reader. The caller must make sure that only one call uses it at a time. */
struct fanout_reader {
	struct list_head link; /* link in the list of readers that must get a window's slots before they are replaced */
	void *page;            /* the slots of the last fetch */
	struct fanout_position position[]; /* one element for each hart */
};

/** The machine, as hv described it when the module was loaded. */
extern struct hartscope_info fanout_info;

/** Asks hv to describe itself, and allocates memory for its harts. Must be called first.
 * @return 0; -ENODEV if there is no hv, or if hv has another ABI version; -ENOMEM */
int fanout_start(void);

/** Frees all memory. There must be no readers left. */
void fanout_stop(void);

/** @return the number of harts of the machine */
unsigned int fanout_harts(void);

/** @return the maximum number of slots of one hart that a reader can find in one pass, in the present mode */
uint64_t fanout_most(void);

/** Creates a reader. It starts with the oldest slots that exist. @return NULL if memory ran out */
struct fanout_reader *fanout_open(void);

/** Frees a reader. Other readers no longer wait for it. */
void fanout_close(struct fanout_reader *reader);

/** Fetches the next slots of a hart for a reader, at most MONITOR_READ_SLOTS. May sleep.
 * @param hart   index of the hart
 * @param slots  receives the slots, which are valid until the reader's next call. There are no slots if nothing is new,
 *               or if another reader must read first
 * @param lost   receives the number of slots that were lost between the reader's previous slot and the first of these
 *               slots
 * @return 0, or an error of ecall() */
int fanout_fetch(struct fanout_reader *reader, unsigned int hart, struct monitor_slots *slots, uint64_t *lost);

/** Reports that the slots of the last fetch did not reach user space. They will be reported as lost before the next
 * slots.
 * @param slots, lost  the values that fanout_fetch() returned */
void fanout_drop(struct fanout_reader *reader, unsigned int hart, const struct monitor_slots *slots, uint64_t lost);

/** Makes a reader skip all slots that have been written until now. They will be reported as lost.
 * @return 0, or an error of ecall() */
int fanout_skip(struct fanout_reader *reader);

/** Calls monitor_control(), and empties the windows if this has changed the mode. @return 0, or an error of ecall() */
int fanout_control(struct hartscope_control *control);

#endif
