/* What user space and the driver of /dev/hartscope say to each other: blocks that read() gives, and ioctls.
 * Included by both. Must include nothing but the kernel's ioctl numbers and hv's ABI; all types have a fixed width. */
#ifndef HARTSCOPE_DEVICE_H
#define HARTSCOPE_DEVICE_H

#include <linux/ioctl.h>

#include "abi/hartscope.h"

#define HARTSCOPE_DEVICE_PATH "/dev/hartscope"

/** read() gives whole blocks, each of one hart. Each open file is a reader of its own: to it come all slots of every hart
 * in order, but for those that were lost; what a reader has not read by then does not change what another one gets. */
struct hartscope_block {
	uint32_t length; /* bytes of this struct and of the slots that follow; a multiple of 16 */
	uint32_t hart;   /* index */
	uint32_t slots;  /* that follow; 0 says only that some were lost */
	uint32_t reserved;
	uint64_t first; /* sequence number of the first of them: slots that the hart had written before */
	uint64_t lost;  /* slots between this reader's block before (or sequence 0) and `first` */
};
LAYOUT_OFFSET(struct hartscope_block, length, 0);
LAYOUT_OFFSET(struct hartscope_block, hart, 4);
LAYOUT_OFFSET(struct hartscope_block, slots, 8);
LAYOUT_OFFSET(struct hartscope_block, reserved, 12);
LAYOUT_OFFSET(struct hartscope_block, first, 16);
LAYOUT_OFFSET(struct hartscope_block, lost, 24);
LAYOUT_SIZE(struct hartscope_block, 32);

/** The least buffer that read() takes: one block, full. */
#define HARTSCOPE_BLOCK_BYTES (sizeof(struct hartscope_block) + HARTSCOPE_READ_BYTES)

/** Mask and mode of all harts' rings: what CTRL takes, and, on return, what they were before. */
struct hartscope_control {
	uint64_t mask;  /* bits of events */
	uint64_t mode;  /* HARTSCOPE_MODE_... */
	uint64_t which; /* HARTSCOPE_CTRL_SET_...; 0 only reads. Anything else needs a file that is open for writing */
};
LAYOUT_OFFSET(struct hartscope_control, mask, 0);
LAYOUT_OFFSET(struct hartscope_control, mode, 8);
LAYOUT_OFFSET(struct hartscope_control, which, 16);
LAYOUT_SIZE(struct hartscope_control, 24);

/** One hart's figures. */
struct hartscope_hart_stat {
	uint64_t hart; /* index: given by the caller */
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
/** This reader's next read() looks at once whether there is something, instead of waiting until it is worth it. */
#define HARTSCOPE_IOCTL_FLUSH _IO(HARTSCOPE_IOCTL, 5)
/** This reader goes on with what is written from now on; what it skips counts as lost to it. */
#define HARTSCOPE_IOCTL_SKIP _IO(HARTSCOPE_IOCTL, 6)

#endif
