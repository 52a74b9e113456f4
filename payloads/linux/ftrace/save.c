/* Copies files of tracefs to the host. The kernel generates these files, so their sizes are not known before they are
 * read, and each is read into memory first. The pages of the buffers come from trace_pipe_raw, as the kernel stores
 * them. A page of the kernel has a header that says how many of its bytes are in use. */
#include "payloads/linux/ftrace/save.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "payloads/linux/ftrace/tracefs.h"

enum {
	FILE_BYTES = 1 << 20, /* the largest file of text */
	PAGE_BYTES = 1 << 16, /* the largest page of a buffer */
	PATH_BYTES = 256,
};

static int out;

static void write_all(const void *data, size_t size)
{
	for (const char *at = data; size > 0;) {
		ssize_t done = write(out, at, size);
		if (done < 0 && errno != EINTR)
			fail("writing to the host");
		if (done > 0) {
			at += done;
			size -= (size_t)done;
		}
	}
}

static void send_part(const char *name, const void *data, size_t size)
{
	char line[PATH_BYTES + 32];
	int length = snprintf(line, sizeof(line), "%s %zu\n", name, size);

	write_all(line, (size_t)length);
	write_all(data, size);
}

/** Reads a file to its end. @return its size, at most FILE_BYTES; longer files are cut */
static size_t read_file(const char *path, char *buffer)
{
	int file = tracefs_open(path, O_RDONLY);
	size_t size = 0;

	while (size < FILE_BYTES) {
		ssize_t done = read(file, buffer + size, FILE_BYTES - size);
		if (done < 0)
			fail(path);
		if (done == 0)
			break;
		size += (size_t)done;
	}
	close(file);
	return size;
}

static void send_file(const char *path)
{
	static char buffer[FILE_BYTES];

	send_part(path, buffer, read_file(path, buffer));
}

/** Calls @p send with each file of tracefs whose path matches @p pattern. */
static void for_each(const char *pattern, void (*send)(const char *path))
{
	char full[PATH_BYTES];
	glob_t found;

	snprintf(full, sizeof(full), "%s/%s", TRACEFS, pattern);
	if (glob(full, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		send(found.gl_pathv[i] + sizeof(TRACEFS));
	globfree(&found);
}

/** Sends the formats of all events that are on. Each line of set_event is `SYSTEM:EVENT`. */
static void send_formats(void)
{
	static char buffer[FILE_BYTES];
	size_t size = read_file("set_event", buffer);
	char path[PATH_BYTES];

	buffer[size < FILE_BYTES ? size : FILE_BYTES - 1] = '\0';
	for (char *line = strtok(buffer, "\n"); line; line = strtok(NULL, "\n")) {
		char *colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		snprintf(path, sizeof(path), "events/%s/%s/format", line, colon + 1);
		send_file(path);
	}
	send_file("events/ftrace/print/format");
}

/** Sends the pages of one CPU. The file is not blocking: after the last page, read() fails with EAGAIN. */
static void send_pages(const char *path)
{
	static char page[PAGE_BYTES];
	int file = tracefs_open(path, O_RDONLY | O_NONBLOCK);

	for (;;) {
		ssize_t size = read(file, page, sizeof(page));
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno != EAGAIN)
			fail(path);
		if (size <= 0)
			break;
		send_part(path, page, (size_t)size);
	}
	close(file);
}

void save_buffers(const char *path)
{
	tracefs_set("tracing_on", "0");
	out = tracefs_open(path, O_WRONLY);
	send_file("/proc/sys/kernel/osrelease");
	send_file("/proc/sys/kernel/version");
	send_file("/proc/cpuinfo");
	send_file("trace_clock");
	send_file("set_event");
	send_file("events/header_page");
	send_formats();
	send_file("saved_cmdlines");
	for_each("per_cpu/cpu*/stats", send_file);
	for_each("per_cpu/cpu*/trace_pipe_raw", send_pages);
	send_part("end", "", 0);
	if (close(out) != 0)
		fail("closing the port");
}
