/* Uses an instance of ftrace: a folder in which ftrace has its own buffers, events and clock. To switch everything off
 * again, it is enough to remove this folder. The kernel does not remove it while a file in it is open, so only one hsctl
 * can use it at a time, and an instance that can be removed belongs to nobody.
 *
 * The kernel overwrites the oldest events when a buffer is full. So hsctl empties the buffers while it records. */
#define _GNU_SOURCE
#include "payloads/linux/hsctl/ftrace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "payloads/linux/ftrace/clock.h"
#include "payloads/linux/ftrace/tracefs.h"
#include "trace/dump/nearest.h"
#include "trace/format/slot.h"

#define BUFFER_KB "4096" /* of each CPU: enough for 16 MB of events per second */
#define SBI_CALLS "riscv:sbi_call,riscv:sbi_return"
#define LIST_BYTES (1 << 18) /* the kernel has about 2000 events */
#define EVENT_BYTES 128

/** Adds ": did you mean EVENT?" to the message if the kernel has an event with a name like @p event. */
static enum error no_such_event(const struct ftrace *ftrace, const char *event)
{
	static char list[LIST_BYTES];
	char meant[NEAREST_MESSAGE_BYTES], *rest;
	struct nearest search;
	size_t length;

	nearest_begin(&search, event);
	IGNORE_ERROR(tracefs_read(ftrace->root, "available_events", list, sizeof(list), &length)); /* "" */
	for (char *line = strtok_r(list, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *colon = strchr(line, ':');

		nearest_offer(&search, strchr(event, ':') || !colon ? line : colon + 1);
	}
	return error_set(ERROR_OPTION, "--ftrace: the kernel has no event \"%s\"%s", event,
			 nearest_message(&search, meant));
}

/** Switches on the events of a list. @param must_exist  whether it is an error if the kernel lacks one of them */
static enum error set_events(const struct ftrace *ftrace, const char *events, bool must_exist)
{
	while (*events) {
		char event[EVENT_BYTES];
		size_t length = strcspn(events, ",");

		(void)snprintf(event, sizeof(event), "%.*s", (int)length, events);

		/* ftrace ignores an empty name, and a name that is too long for it is no event's name. */
		enum error error = length ? tracefs_set(ftrace->instance, "set_event", event) : ERROR_NONE;

		if (error == ERROR_OPTION && must_exist)
			return no_such_event(ftrace, event);
		if (error != ERROR_OPTION)
			RETURN_IF_ERROR(error);
		events += length + (events[length] == ',');
	}
	return ERROR_NONE;
}

/** The clock `local` is the one that the host can relate to mtime: on RISC-V, it is mtime in ns since some moment. */
static enum error set_up(const struct ftrace *ftrace, const char *events)
{
	RETURN_IF_ERROR(tracefs_set(ftrace->instance, "tracing_on", "0"));
	RETURN_IF_ERROR(tracefs_set(ftrace->instance, "trace_clock", "local"));
	RETURN_IF_ERROR(tracefs_set(ftrace->instance, "buffer_size_kb", BUFFER_KB));
	RETURN_IF_ERROR(set_events(ftrace, events ? events : FTRACE_EVENTS, events != NULL));
	return set_events(ftrace, SBI_CALLS, false);
}

/** Makes the instance. Removes the one of an earlier process first. */
static enum error make_instance(const struct ftrace *ftrace)
{
	if (rmdir(ftrace->instance) != 0 && errno == EBUSY)
		return error_set(ERROR_SYSTEM, "%s is busy: another hsctl records ftrace", ftrace->instance);
	if (mkdir(ftrace->instance, 0700) == 0)
		return ERROR_NONE;

	enum error error = error_set(ERROR_SYSTEM, "%s: cannot be made: %s", ftrace->instance, strerror(errno));
	int file;

	/* If there is no tracefs, or if the user may not use it, then this file has a message with the remedy. */
	RETURN_IF_ERROR(tracefs_open(ftrace->root, "set_event", O_WRONLY, &file));
	(void)close(file);
	return error;
}

static enum error open_in_instance(struct ftrace *ftrace, const char *events)
{
	RETURN_IF_ERROR(set_up(ftrace, events));
	RETURN_IF_ERROR(error_about(new_file_open(&ftrace->out, ftrace->path), "%.300s", ftrace->path));

	enum error error = save_open(&ftrace->save, ftrace->instance, ftrace->out.descriptor);

	if (error != ERROR_NONE)
		IGNORE_ERROR(new_file_close(&ftrace->out)); /* the earlier error is reported */
	return error;
}

static enum error make_and_open(struct ftrace *ftrace, const char *events)
{
	RETURN_IF_ERROR(make_instance(ftrace));

	enum error error = open_in_instance(ftrace, events);

	if (error != ERROR_NONE)
		(void)rmdir(ftrace->instance);
	return error;
}

static void free_names(struct ftrace *ftrace)
{
	free(ftrace->instance);
	free(ftrace->path);
	ftrace->instance = ftrace->path = NULL;
}

/** Returns a number that no other recording since the start of Linux uses: not another hsctl, which begins in another
 * millisecond, and not boot_qemu --ftrace, which uses the first 2 * CLOCK_NUMBERS. Host tools may have the marks of all
 * these recordings in one dump. */
static uint64_t first_number(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_BOOTTIME, &time);
	return ((uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000 + 1) * 2 * CLOCK_NUMBERS;
}

enum error ftrace_open(struct ftrace *ftrace, const char *root, const char *events, const char *dump)
{
	struct stat status;

	*ftrace = (struct ftrace){ .root = root, .number = first_number() };
	if (stat(dump, &status) == 0 && !S_ISREG(status.st_mode))
		return error_set(ERROR_OPTION, "--ftrace writes a second file beside the dump, and %s is not a file",
				 dump);
	if (asprintf(&ftrace->instance, "%s/instances/hsctl", root) < 0)
		ftrace->instance = NULL;
	if (asprintf(&ftrace->path, "%s" FTRACE_ENDING, dump) < 0)
		ftrace->path = NULL;

	enum error error = ftrace->instance && ftrace->path ? make_and_open(ftrace, events) : error_no_memory();

	if (error != ERROR_NONE)
		free_names(ftrace);
	return error;
}

static enum error write_mark(void *recording, uint64_t id, uint64_t value)
{
	return device_mark(((struct recording *)recording)->device, id, value);
}

/** Empties hv's rings, so that the marks of the next CPU fit. */
static enum error after_cpu(void *recording)
{
	size_t bytes;

	RETURN_IF_ERROR(device_flush(((struct recording *)recording)->device));
	return recording_take(recording, &bytes);
}

/** Relates the clocks, with the events of hv that the host needs for this in the mask. */
static enum error relate_clocks(struct ftrace *ftrace, struct recording *recording)
{
	const struct clock_marks marks = { .mark = write_mark, .after_cpu = after_cpu, .context = recording };
	struct hartscope_control control = { 0 };
	struct error_kept failure = { 0 };

	RETURN_IF_ERROR(device_control(recording->device, &control));
	control.which = HARTSCOPE_CTRL_SET_MASK;
	control.mask |= TRACE_BIT(TRACE_MARK) | TRACE_BIT(TRACE_EXIT);
	RETURN_IF_ERROR(device_control(recording->device, &control));
	error_keep(&failure, clock_write_pairs(ftrace->instance, &marks, ftrace->number));
	ftrace->number += CLOCK_NUMBERS;
	control.which = HARTSCOPE_CTRL_SET_MASK;
	error_keep(&failure, device_control(recording->device, &control));
	return error_again(&failure);
}

enum error ftrace_start(struct ftrace *ftrace, struct recording *recording)
{
	RETURN_IF_ERROR(tracefs_set(ftrace->instance, "tracing_on", "1"));
	return relate_clocks(ftrace, recording);
}

enum error ftrace_take(struct ftrace *ftrace)
{
	return error_about(save_take(&ftrace->save), "%.300s", ftrace->path);
}

enum error ftrace_stop(struct ftrace *ftrace, struct recording *recording)
{
	struct error_kept failure = { 0 };

	error_keep(&failure, relate_clocks(ftrace, recording));
	error_keep(&failure, tracefs_set(ftrace->instance, "tracing_on", "0"));
	return error_again(&failure);
}

enum error ftrace_keep(struct ftrace *ftrace)
{
	enum error error = save_end(&ftrace->save);

	if (error == ERROR_NONE)
		error = new_file_keep(&ftrace->out);
	if (error == ERROR_NONE)
		error = new_file_close(&ftrace->out);
	return error_about(error, "%.300s", ftrace->path);
}

void ftrace_close(struct ftrace *ftrace)
{
	save_close(&ftrace->save);
	IGNORE_ERROR(
		new_file_close(&ftrace->out)); /* either ftrace_keep() has closed it, or an earlier error is reported */
	(void)rmdir(ftrace->instance);
	free_names(ftrace);
}
