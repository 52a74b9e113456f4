/* Calls the driver's ioctls, and translates their errors to messages for the user. A message contains the reason of the
 * error and a remedy. */
#include "payloads/linux/hsctl/device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *reason(int error)
{
	switch (error) {
	case EOPNOTSUPP:
		return "this monitor was built without module trace";
	case EACCES:
		return "the monitor denies access: see `guest_access` in its configuration, and who else reads it";
	default:
		return strerror(error);
	}
}

static enum error call(const struct device *device, unsigned long request, void *argument, const char *what)
{
	if (ioctl(device->file, request, argument) == 0)
		return ERROR_NONE;
	return error_set(ERROR_SYSTEM, "%s: %s", what, reason(errno));
}

static const char *remedy(int error)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return ": load the module (insmod hartscope.ko), which needs a hartscope monitor below this kernel";
	case EACCES:
	case EPERM:
		return ": only root may open it";
	default:
		return "";
	}
}

enum error device_open(struct device *device, bool writes)
{
	device->file = open(HARTSCOPE_DEVICE_PATH, (writes ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);
	if (device->file < 0)
		return error_set(ERROR_SYSTEM, "%s: %s%s", HARTSCOPE_DEVICE_PATH, strerror(errno), remedy(errno));

	enum error error = call(device, HARTSCOPE_IOCTL_INFO, &device->info, "INFO");

	if (error != ERROR_NONE) {
		device_close(device);
		return error;
	}
	device->harts = device->info.harts < DEVICE_HARTS ? (unsigned int)device->info.harts : DEVICE_HARTS;
	return ERROR_NONE;
}

void device_close(struct device *device)
{
	(void)close(device->file);
}

enum error device_check_trace(const struct device *device)
{
	if (device->info.features & HARTSCOPE_FEATURE_TRACE)
		return ERROR_NONE;
	return error_set(ERROR_OPTION, "this monitor has no trace: it was built without module trace");
}

enum error device_control(const struct device *device, struct hartscope_control *control)
{
	return call(device, HARTSCOPE_IOCTL_CTRL, control, "CTRL");
}

enum error device_stat(const struct device *device, unsigned int hart, struct hartscope_stat *stat)
{
	struct hartscope_hart_stat asked = { .hart = hart };
	enum error error = call(device, HARTSCOPE_IOCTL_STAT, &asked, "STAT");

	*stat = asked.stat;
	return error;
}

enum error device_mark(const struct device *device, uint64_t id, uint64_t value)
{
	struct hartscope_mark mark = { .id = id, .value = value };

	return call(device, HARTSCOPE_IOCTL_MARK, &mark, "MARK");
}

enum error device_sync(const struct device *device)
{
	return call(device, HARTSCOPE_IOCTL_SYNC, NULL, "SYNC");
}

enum error device_flush(const struct device *device)
{
	return call(device, HARTSCOPE_IOCTL_FLUSH, NULL, "FLUSH");
}

enum error device_skip(const struct device *device)
{
	return call(device, HARTSCOPE_IOCTL_SKIP, NULL, "SKIP");
}
