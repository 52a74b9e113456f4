/* hv as the driver sees it: the calls of abi/hartscope.h with the kernel's addresses and errors.
 * Called by the module's other files, which may sleep. Knows nothing of files, readers or user space. */
#ifndef HARTSCOPE_DRIVER_MONITOR_H
#define HARTSCOPE_DRIVER_MONITOR_H

#include "hartscope_device.h"
#include "trace/format/slot.h"

/** Most slots that one READ gives. */
#define MONITOR_READ_SLOTS ((HARTSCOPE_READ_BYTES - sizeof(struct hartscope_read)) / TRACE_SLOT_BYTES)

/** Slots of one hart, as READ left them in a page. */
struct monitor_slots {
	uint64_t first;       /* sequence number of the first of them */
	uint64_t count;       /* slots; 0 if there was nothing new */
	const uint8_t *bytes; /* them, in the page that was given */
	bool more;            /* there was no room for all that there is; never without a slot */
};

/** All calls return 0, or an error of ecall(). */

/** Describes the machine. What this hv does not know yet is 0. */
int monitor_info(struct hartscope_info *info);

/** Sets and reads mask and mode; @p control is as for HARTSCOPE_IOCTL_CTRL. */
int monitor_control(struct hartscope_control *control);

/** One hart's figures. @param hart_id  as in hartscope_info, not an index */
int monitor_stat(uint64_t hart_id, struct hartscope_stat *stat);

/** Copies slots of one hart into @p page.
 * @param sequence  the first wanted; in discard mode all before it is acknowledged
 * @param page      HARTSCOPE_READ_BYTES of the kernel's directly mapped memory */
int monitor_read(uint64_t hart_id, uint64_t sequence, void *page, struct monitor_slots *slots);

/** Has every started hart write its SYNC record. */
int monitor_sync(void);

/** Puts a mark into the trace of the hart that this runs on. */
int monitor_mark(uint64_t id, uint64_t value);

#endif
