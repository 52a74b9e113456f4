/* The interface between the driver of /dev/hartscope and user space: the blocks that read() returns, and the ioctls.
 * Included by the driver and by programs. May include only the kernel's ioctl numbers and hv's ABI. All types have a
 * fixed width. */
#ifndef HARTSCOPE_DEVICE_H
#define HARTSCOPE_DEVICE_H

#include <linux/ioctl.h>

#include "abi/hartscope.h"

#define HARTSCOPE_DEVICE_PATH "/dev/hartscope"

/** The header of a block. read() returns whole blocks, and each block has slots of one hart. Each open file is an
 * independent reader. It gets all slots of every hart in order, except lost slots. A reader that falls behind loses
 * slots, but this does not affect other readers. */
struct hartscope_block {
	uint32_t length; /* bytes of this header and of the slots after it; a multiple of 16 */
	uint32_t hart;   /* index of the hart */
	uint32_t slots;  /* number of slots after the header; 0 if the block only reports a loss */
	uint32_t reserved;
	uint64_t first; /* sequence number of the first slot, which is how many slots the hart had written before it */
	uint64_t lost;  /* number of slots lost between this hart's previous block (or slot 0) and `first` */
};
LAYOUT_OFFSET(struct hartscope_block, length, 0);
LAYOUT_OFFSET(struct hartscope_block, hart, 4);
LAYOUT_OFFSET(struct hartscope_block, slots, 8);
LAYOUT_OFFSET(struct hartscope_block, reserved, 12);
LAYOUT_OFFSET(struct hartscope_block, first, 16);
LAYOUT_OFFSET(struct hartscope_block, lost, 24);
LAYOUT_SIZE(struct hartscope_block, 32);

/** The size of the smallest buffer that read() accepts. It has room for one full block. */
#define HARTSCOPE_BLOCK_BYTES (sizeof(struct hartscope_block) + HARTSCOPE_READ_BYTES)

/** Mask and mode of the rings of all harts. The caller passes the new values. The ioctl replaces them by the values
 * that were set before. */
struct hartscope_control {
	uint64_t mask;  /* one bit for each event; the event is recorded if its bit is 1 */
	uint64_t mode;  /* HARTSCOPE_MODE_... */
	uint64_t which; /* HARTSCOPE_CTRL_SET_...: which values to set; if not 0, the file must be open for writing */
};
LAYOUT_OFFSET(struct hartscope_control, mask, 0);
LAYOUT_OFFSET(struct hartscope_control, mode, 8);
LAYOUT_OFFSET(struct hartscope_control, which, 16);
LAYOUT_SIZE(struct hartscope_control, 24);

/** The counters of one hart. */
struct hartscope_hart_stat {
	uint64_t hart; /* index of the hart, which the caller sets */
	struct hartscope_stat stat;
};
LAYOUT_OFFSET(struct hartscope_hart_stat, hart, 0);
LAYOUT_OFFSET(struct hartscope_hart_stat, stat, 8);
LAYOUT_SIZE(struct hartscope_hart_stat, 1144);

/** A mark for the trace. */
struct hartscope_mark {
	uint64_t id, value;
};
LAYOUT_OFFSET(struct hartscope_mark, id, 0);
LAYOUT_OFFSET(struct hartscope_mark, value, 8);
LAYOUT_SIZE(struct hartscope_mark, 16);

#define HARTSCOPE_IOCTL 0xb5
#define HARTSCOPE_IOCTL_INFO _IOR(HARTSCOPE_IOCTL, 0, struct hartscope_info)
#define HARTSCOPE_IOCTL_CTRL _IOWR(HARTSCOPE_IOCTL, 1, struct hartscope_control)
#define HARTSCOPE_IOCTL_STAT _IOWR(HARTSCOPE_IOCTL, 2, struct hartscope_hart_stat)
#define HARTSCOPE_IOCTL_SYNC _IO(HARTSCOPE_IOCTL, 3)
#define HARTSCOPE_IOCTL_MARK _IOW(HARTSCOPE_IOCTL, 4, struct hartscope_mark)
/** Makes the next read() of this file ask hv for slots at once. Otherwise, it may first wait until more slots have been
 * written. */
#define HARTSCOPE_IOCTL_FLUSH _IO(HARTSCOPE_IOCTL, 5)
/** Makes this file skip all slots that have been written until now. They are reported as lost. */
#define HARTSCOPE_IOCTL_SKIP _IO(HARTSCOPE_IOCTL, 6)

#endif
