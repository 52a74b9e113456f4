/* Distributes hv's trace to any number of readers.
 * Called by device.c; only one call at a time for each reader. Uses hv through monitor.h. Must not know user space.
 *
 * In overwrite mode each reader reads hv's rings independently. The slots stay there until hv overwrites them, and a
 * slow reader loses those that were overwritten. In discard mode hv has one consumer, which is this driver. It keeps a
 * window of each hart's latest slots, and asks hv for more only when every reader has got all slots in the window:
 * asking tells hv that the old ones may be overwritten. So all readers get the same slots, and the slowest one decides
 * when hv has room again. */
#ifndef HARTSCOPE_DRIVER_FANOUT_H
#define HARTSCOPE_DRIVER_FANOUT_H

#include <fanout_kernel.h>

#include "monitor.h"

/** The position of a reader in the trace of one hart, in sequence numbers of slots. */
struct fanout_position {
	uint64_t next;    /* the slot to ask for next */
	uint64_t end;     /* the slot after the last one that the reader got */
	uint64_t skip_to; /* the first slot that the reader wants */
};

/** One reader. The caller must make sure that only one call uses it at a time. */
struct fanout_reader {
	struct list_head link; /* in the list of readers for which windows wait; empty before the first fetch */
	void *page;            /* the slots of the last fetch */
	struct fanout_position position[]; /* one for each hart */
};

/** The machine, as hv described it when the module was loaded. */
extern struct hartscope_info fanout_info;

/** Asks hv to describe itself, and allocates memory for its harts. Must be called first.
 * @return 0; -ENODEV if there is no hv, or one with another ABI version; -ENOMEM */
int fanout_start(void);

/** Frees all memory. There must be no readers left. */
void fanout_stop(void);

/** @return the number of harts of the machine */
unsigned int fanout_harts(void);

/** @return the most slots of one hart that a reader can find in one pass, in the present mode */
uint64_t fanout_most(void);

/** Makes a reader that starts with the oldest slots that exist. @return NULL if memory is exhausted */
struct fanout_reader *fanout_open(void);

/** Frees a reader. Other readers no longer wait for it. */
void fanout_close(struct fanout_reader *reader);

/** Fetches the next slots of a hart for a reader, at most MONITOR_READ_SLOTS. May sleep.
 * @param hart   index of the hart
 * @param slots  gets the slots, which are valid until the reader's next call. There are none if nothing is new, or if
 *               another reader must read first
 * @param lost   gets the number of slots that were lost between the reader's last slot and these
 * @return 0, or an error of ecall() */
int fanout_fetch(struct fanout_reader *reader, unsigned int hart, struct monitor_slots *slots, uint64_t *lost);

/** Reports that the slots of the last fetch did not reach user space. They will count as lost before the next slots.
 * @param slots, lost  as fanout_fetch() returned them */
void fanout_drop(struct fanout_reader *reader, unsigned int hart, const struct monitor_slots *slots, uint64_t lost);

/** Makes a reader skip all slots that have been written until now. They will count as lost.
 * @return 0, or an error of ecall() */
int fanout_skip(struct fanout_reader *reader);

/** Does monitor_control(), and adapts the windows if the mode has changed. @return 0, or an error of ecall() */
int fanout_control(struct hartscope_control *control);

#endif
