/* /dev/hartscope with messages for people: they say what is wrong, and what to do.
 * Called by the subcommands. Knows the driver's ioctls; knows nothing of files that are written. */
#ifndef HSCTL_DEVICE_H
#define HSCTL_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/linux/driver/hartscope_device.h"
#include "trace/error/error.h"

#define DEVICE_HARTS (sizeof(((struct hartscope_info *)0)->hart_ids) / sizeof(uint64_t))

struct device {
	int file;
	unsigned int harts; /* that can be asked for; at most DEVICE_HARTS */
	struct hartscope_info info;
};

/** Opens the device, without waiting in read(), and asks for INFO. After an error nothing is to be closed.
 * @param writes  whether CTRL is to set something */
enum error device_open(struct device *device, bool writes) MUST_CHECK;
void device_close(struct device *device);

/** @return ERROR_OPTION if the monitor has no trace */
enum error device_check_trace(const struct device *device) MUST_CHECK;

/** Mask and mode, as HARTSCOPE_IOCTL_CTRL: what they were before is in @p control afterwards. */
enum error device_control(const struct device *device, struct hartscope_control *control) MUST_CHECK;

/** Figures of the hart with this index. */
enum error device_stat(const struct device *device, unsigned int hart, struct hartscope_stat *stat) MUST_CHECK;

enum error device_mark(const struct device *device, uint64_t id, uint64_t value) MUST_CHECK;
enum error device_sync(const struct device *device) MUST_CHECK;
enum error device_flush(const struct device *device) MUST_CHECK;
enum error device_skip(const struct device *device) MUST_CHECK;

#endif
