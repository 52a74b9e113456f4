/* The part of boot_qemu --ftrace that runs in the guest. The init script starts it:
 *   ftrace clock FIRST   writes pairs of events into the traces of ftrace and hv, with numbers from FIRST on
 *   ftrace save FILE     stops ftrace, and writes its buffers to FILE */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "payloads/linux/driver/hartscope_device.h"
#include "payloads/linux/ftrace/clock.h"
#include "payloads/linux/ftrace/save.h"
#include "payloads/linux/ftrace/tracefs.h"

static enum error write_mark(void *device, uint64_t id, uint64_t value)
{
	struct hartscope_mark mark = { .id = id, .value = value };

	if (ioctl(*(int *)device, HARTSCOPE_IOCTL_MARK, &mark) == 0)
		return ERROR_NONE;
	return error_set(ERROR_SYSTEM, "MARK: %s", strerror(errno));
}

static enum error relate_clocks(uint64_t first)
{
	int device;

	RETURN_IF_ERROR(tracefs_open(TRACEFS, HARTSCOPE_DEVICE_PATH, O_RDONLY, &device));

	struct clock_marks marks = { .mark = write_mark, .context = &device };
	enum error error = clock_write_pairs(TRACEFS, &marks, first);

	(void)close(device);
	return error;
}

static enum error save_to(int out)
{
	struct save save;

	RETURN_IF_ERROR(save_open(&save, TRACEFS, out));

	enum error error = save_end(&save);

	save_close(&save);
	return error;
}

static enum error save_buffers(const char *path)
{
	int out;

	RETURN_IF_ERROR(tracefs_set(TRACEFS, "tracing_on", "0"));
	RETURN_IF_ERROR(tracefs_open(TRACEFS, path, O_WRONLY, &out));

	enum error error = save_to(out);

	if (close(out) != 0 && error == ERROR_NONE)
		error = error_set(ERROR_SYSTEM, "cannot write: %s", strerror(errno));
	return error_about(error, "%s", path);
}

int main(int argc, char **argv)
{
	enum error error;

	if (argc == 3 && strcmp(argv[1], "clock") == 0) {
		error = relate_clocks(strtoull(argv[2], NULL, 0));
	} else if (argc == 3 && strcmp(argv[1], "save") == 0) {
		error = save_buffers(argv[2]);
	} else {
		(void)fprintf(stderr, "usage: ftrace clock FIRST | ftrace save FILE\n");
		return 2;
	}
	if (error != ERROR_NONE)
		(void)fprintf(stderr, "ftrace: %s\n", error_message());
	return error != ERROR_NONE;
}
