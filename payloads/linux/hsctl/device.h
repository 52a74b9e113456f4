/* /dev/hartscope with messages for people: each call that returns false has said on stderr what is wrong, and what to do.
 * Called by the subcommands. Knows the driver's ioctls; knows nothing of files that are written. */
#ifndef HSCTL_DEVICE_H
#define HSCTL_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/linux/driver/hartscope_device.h"

#define DEVICE_HARTS (sizeof(((struct hartscope_info *)0)->hart_ids) / sizeof(uint64_t))

struct device {
	int file;
	unsigned int harts; /* that can be asked for; at most DEVICE_HARTS */
	struct hartscope_info info;
};

/** Opens the device, without waiting in read(), and asks for INFO. @param writes  whether CTRL is to set something */
bool device_open(struct device *device, bool writes);
void device_close(struct device *device);

/** Whether the monitor has a trace; says what is missing if not. */
bool device_has_trace(const struct device *device);

/** Mask and mode, as HARTSCOPE_IOCTL_CTRL: what they were before is in @p control afterwards. */
bool device_control(const struct device *device, struct hartscope_control *control);

/** The same, for who can do without; says nothing. @return 0 or the errno */
int device_try_control(const struct device *device, struct hartscope_control *control);

/** Figures of the hart with this index. */
bool device_stat(const struct device *device, unsigned int hart, struct hartscope_stat *stat);

bool device_mark(const struct device *device, uint64_t id, uint64_t value);
bool device_sync(const struct device *device);
bool device_flush(const struct device *device);
bool device_skip(const struct device *device);

#endif
