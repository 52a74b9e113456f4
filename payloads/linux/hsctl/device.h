/* Access to /dev/hartscope. Errors have messages for the user, which say what is wrong and what to do about it.
 * Called by the subcommands. Must not know the files that the subcommands write. */
#ifndef HSCTL_DEVICE_H
#define HSCTL_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/linux/driver/hartscope_device.h"
#include "trace/error/error.h"

#define DEVICE_HARTS (sizeof(((struct hartscope_info *)0)->hart_ids) / sizeof(uint64_t))

struct device {
	int file;
	unsigned int harts; /* number of harts in hv's description of the machine, at most DEVICE_HARTS */
	struct hartscope_info info;
};

/** Opens the device, and gets hv's description of the machine (INFO). Later calls of read() will not wait. After an
 * error, do not call device_close().
 * @param writes  whether the caller will set the mask or the mode */
enum error device_open(struct device *device, bool writes) MUST_CHECK;
void device_close(struct device *device);

/** Checks that the monitor has a trace. @return ERROR_OPTION if it has no trace */
enum error device_check_trace(const struct device *device) MUST_CHECK;

/** Sets mask and mode, as HARTSCOPE_IOCTL_CTRL does. @param control  the values to set; receives the values that were
 * set before */
enum error device_control(const struct device *device, struct hartscope_control *control) MUST_CHECK;

/** Reads the counters of a hart. @param hart  index of the hart, below device->harts */
enum error device_stat(const struct device *device, unsigned int hart, struct hartscope_stat *stat) MUST_CHECK;

enum error device_mark(const struct device *device, uint64_t id, uint64_t value) MUST_CHECK;
enum error device_sync(const struct device *device) MUST_CHECK;
enum error device_flush(const struct device *device) MUST_CHECK;
enum error device_skip(const struct device *device) MUST_CHECK;

#endif
