/* hv's functions (abi/hartscope.h) in a form for the driver: parameters are kernel addresses, and results are the
 * kernel's error numbers.
 * Called by the other files of the module, in contexts that may sleep. Must not know files, readers or user space. */
#ifndef HARTSCOPE_DRIVER_MONITOR_H
#define HARTSCOPE_DRIVER_MONITOR_H

#include "hartscope_device.h"
#include "trace/format/slot.h"

/** The maximum number of slots that one READ returns. */
#define MONITOR_READ_SLOTS ((HARTSCOPE_READ_BYTES - sizeof(struct hartscope_read)) / TRACE_SLOT_BYTES)

/** Slots of one hart that hv's function READ has copied into a page. */
struct monitor_slots {
	uint64_t first;       /* sequence number of the first slot */
	uint64_t count;       /* number of slots; 0 if there is nothing new */
	const uint8_t *bytes; /* the slots, in the caller's page */
	bool more;            /* whether the hart may have further slots that did not fit; false if count is 0 */
};

/** All functions return 0, or an error of ecall(). */

/** Gets hv's description of the machine. If hv is older and does not know a field, the field is 0. */
int monitor_info(struct hartscope_info *info);

/** Sets mask and mode, and returns the values that were set before. @param control  as for HARTSCOPE_IOCTL_CTRL */
int monitor_control(struct hartscope_control *control);

/** Reads the counters of one hart. @param hart_id  the id of the hart from hartscope_info, not the index of the hart */
int monitor_stat(uint64_t hart_id, struct hartscope_stat *stat);

/** Copies slots of one hart into @p page.
 * @param hart_id   the id of the hart
 * @param sequence  sequence number of the first slot to read. In discard mode, hv may overwrite all earlier slots from
 *                  now on
 * @param page      HARTSCOPE_READ_BYTES bytes of directly mapped kernel memory
 * @param slots     receives the slots, which lie in @p page */
int monitor_read(uint64_t hart_id, uint64_t sequence, void *page, struct monitor_slots *slots);

/** Makes every hart that has been started write a SYNC record. */
int monitor_sync(void);

/** Writes a mark into the trace of the hart that executes this call. */
int monitor_mark(uint64_t id, uint64_t value);

#endif
