/* See device.h. */
#include "payloads/linux/hsctl/device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "payloads/linux/hsctl/command.h"

static const char *reason(int error)
{
	switch (error) {
	case EOPNOTSUPP:
		return "this monitor was built without it (module trace)";
	case EACCES:
		return "the monitor denies it: see `guest_access` in its configuration, or who else consumes the trace";
	default:
		return strerror(error);
	}
}

static bool call(const struct device *device, unsigned long request, void *argument, const char *what)
{
	if (ioctl(device->file, request, argument) == 0)
		return true;
	return complain("%s: %s", what, reason(errno));
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
		return ": only root may";
	default:
		return "";
	}
}

bool device_open(struct device *device, bool writes)
{
	device->file = open(HARTSCOPE_DEVICE_PATH, (writes ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);
	if (device->file < 0)
		return complain("%s: %s%s", HARTSCOPE_DEVICE_PATH, strerror(errno), remedy(errno));
	if (!call(device, HARTSCOPE_IOCTL_INFO, &device->info, "INFO")) {
		device_close(device);
		return false;
	}
	device->harts = device->info.harts < DEVICE_HARTS ? (unsigned int)device->info.harts : DEVICE_HARTS;
	return true;
}

void device_close(struct device *device)
{
	(void)close(device->file);
}

bool device_has_trace(const struct device *device)
{
	if (device->info.features & HARTSCOPE_FEATURE_TRACE)
		return true;
	return complain("this monitor has no trace: it was built without module trace");
}

bool device_control(const struct device *device, struct hartscope_control *control)
{
	return call(device, HARTSCOPE_IOCTL_CTRL, control, "CTRL");
}

int device_try_control(const struct device *device, struct hartscope_control *control)
{
	return ioctl(device->file, HARTSCOPE_IOCTL_CTRL, control) == 0 ? 0 : errno;
}

bool device_stat(const struct device *device, unsigned int hart, struct hartscope_stat *stat)
{
	struct hartscope_hart_stat asked = { .hart = hart };
	bool good = call(device, HARTSCOPE_IOCTL_STAT, &asked, "STAT");

	*stat = asked.stat;
	return good;
}

bool device_mark(const struct device *device, uint64_t id, uint64_t value)
{
	struct hartscope_mark mark = { .id = id, .value = value };

	return call(device, HARTSCOPE_IOCTL_MARK, &mark, "MARK");
}

bool device_sync(const struct device *device)
{
	return call(device, HARTSCOPE_IOCTL_SYNC, NULL, "SYNC");
}

bool device_flush(const struct device *device)
{
	return call(device, HARTSCOPE_IOCTL_FLUSH, NULL, "FLUSH");
}

bool device_skip(const struct device *device)
{
	return call(device, HARTSCOPE_IOCTL_SKIP, NULL, "SKIP");
}
