/* Copies files of tracefs. The kernel generates the texts, so their sizes are not known before they are read, and each
 * is read into memory first. The pages of the buffers come from trace_pipe_raw, as the kernel stores them. A page has a
 * header that says how many of its bytes are in use. */
#include "payloads/linux/ftrace/save.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "payloads/linux/ftrace/tracefs.h"

enum {
	TEXT_BYTES = 1 << 20, /* the largest text, with the zero at its end */
	PAGE_BYTES = 1 << 16, /* the largest page of a buffer */
	PATH_BYTES = 256,
};

struct save_pipe {
	char path[PATH_BYTES]; /* below the root */
	int file;
};

static enum error write_all(const struct save *save, const void *data, size_t size)
{
	for (const char *at = data; size > 0;) {
		ssize_t done = write(save->out, at, size);

		if (done < 0 && errno != EINTR)
			return error_set(ERROR_SYSTEM, "cannot write: %s", strerror(errno));
		if (done > 0) {
			at += done;
			size -= (size_t)done;
		}
	}
	return ERROR_NONE;
}

static enum error write_part(const struct save *save, const char *name, const void *data, size_t size)
{
	char line[PATH_BYTES + 32];
	int length = snprintf(line, sizeof(line), "%.*s %zu\n", PATH_BYTES, name, size);

	RETURN_IF_ERROR(write_all(save, line, (size_t)length));
	return write_all(save, data, size);
}

static enum error copy_text(const struct save *save, const char *path)
{
	static char text[TEXT_BYTES];
	size_t length;

	RETURN_IF_ERROR(tracefs_read(save->root, path, text, sizeof(text), &length));
	return write_part(save, path, text, length);
}

/** Copies the formats of all events that are on. Each line of set_event is `SYSTEM:EVENT`. */
static enum error copy_formats(const struct save *save)
{
	static char text[TEXT_BYTES];
	char path[PATH_BYTES], *rest;
	size_t length;

	RETURN_IF_ERROR(tracefs_read(save->root, "set_event", text, sizeof(text), &length));
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		(void)snprintf(path, sizeof(path), "events/%s/%s/format", line, colon + 1);
		RETURN_IF_ERROR(copy_text(save, path));
	}
	return copy_text(save, "events/ftrace/print/format");
}

/** Copies the statistics of each CPU's buffer, which lie beside its pipe. */
static enum error copy_statistics(const struct save *save)
{
	for (size_t cpu = 0; cpu < save->cpus; cpu++) {
		char path[PATH_BYTES];
		const char *pipe = save->pipes[cpu].path;

		(void)snprintf(path, sizeof(path), "%.*s/stats", (int)(strrchr(pipe, '/') - pipe), pipe);
		RETURN_IF_ERROR(copy_text(save, path));
	}
	return ERROR_NONE;
}

/** Moves the pages of one CPU, at most @p most. The file is not blocking: after the last page, read() fails with
 * EAGAIN. */
static enum error move_pages(struct save *save, const struct save_pipe *pipe, size_t most)
{
	static char page[PAGE_BYTES];

	for (size_t pages = 0; pages < most; pages++) {
		ssize_t size = read(pipe->file, page, sizeof(page));

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno != EAGAIN)
			return error_set(ERROR_SYSTEM, "%s: cannot read: %s", pipe->path, strerror(errno));
		if (size <= 0)
			break;
		RETURN_IF_ERROR(write_part(save, pipe->path, page, (size_t)size));
		save->pages++;
	}
	return ERROR_NONE;
}

static enum error move_all(struct save *save, size_t most)
{
	for (size_t cpu = 0; cpu < save->cpus; cpu++)
		RETURN_IF_ERROR(move_pages(save, &save->pipes[cpu], most));
	return ERROR_NONE;
}

/** Opens the buffers in @p found, which are absolute paths. save->cpus counts those that are open. */
static enum error open_pipes(struct save *save, const glob_t *found)
{
	save->pipes = calloc(found->gl_pathc, sizeof(*save->pipes));
	if (!save->pipes)
		return error_no_memory();
	for (size_t i = 0; i < found->gl_pathc; i++) {
		struct save_pipe *pipe = &save->pipes[i];

		(void)snprintf(pipe->path, sizeof(pipe->path), "%s", found->gl_pathv[i] + strlen(save->root) + 1);
		RETURN_IF_ERROR(tracefs_open(save->root, pipe->path, O_RDONLY | O_NONBLOCK, &pipe->file));
		save->cpus++;
	}
	return ERROR_NONE;
}

enum error save_open(struct save *save, const char *root, int out)
{
	char pattern[PATH_MAX];
	glob_t found;

	*save = (struct save){ .root = root, .out = out };
	(void)snprintf(pattern, sizeof(pattern), "%s/per_cpu/cpu*/trace_pipe_raw", root);
	if (glob(pattern, 0, NULL, &found) != 0)
		return error_set(ERROR_SYSTEM, "%s: there are no buffers of ftrace", pattern);

	enum error error = open_pipes(save, &found);

	globfree(&found);
	if (error != ERROR_NONE)
		save_close(save);
	return error;
}

enum error save_take(struct save *save)
{
	return move_all(save, SAVE_PAGES_MOST);
}

enum error save_end(struct save *save)
{
	static const char *const facts[] = {
		"/proc/sys/kernel/osrelease", "/proc/sys/kernel/version", "/proc/cpuinfo", "trace_clock", "set_event",
		"events/header_page"
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		RETURN_IF_ERROR(copy_text(save, facts[i]));
	RETURN_IF_ERROR(copy_formats(save));
	RETURN_IF_ERROR(copy_statistics(save));
	RETURN_IF_ERROR(move_all(save, SIZE_MAX));
	return write_part(save, "end", "", 0);
}

void save_close(struct save *save)
{
	for (size_t cpu = 0; cpu < save->cpus; cpu++)
		(void)close(save->pipes[cpu].file);
	free(save->pipes);
	save->pipes = NULL;
	save->cpus = 0;
}
