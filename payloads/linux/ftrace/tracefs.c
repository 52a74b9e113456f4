/* Opens, reads and sets files of tracefs. The kernel generates these files when they are read, so their sizes are not
 * known before. */
#include "payloads/linux/ftrace/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *remedy(int error)
{
	switch (error) {
	case ENOENT:
		/* The folder always exists. Its files exist when it is mounted. */
		if (access(TRACEFS "/trace", F_OK) != 0)
			return ": first type `mount -t tracefs tracefs " TRACEFS "` (the kernel needs CONFIG_FTRACE)";
		return "";
	case EACCES:
	case EPERM:
		return ": only root may use ftrace";
	default:
		return "";
	}
}

enum error tracefs_open(const char *root, const char *path, int flags, int *file)
{
	char full[PATH_MAX];

	if (path[0] == '/')
		(void)snprintf(full, sizeof(full), "%s", path);
	else
		(void)snprintf(full, sizeof(full), "%s/%s", root, path);
	*file = open(full, flags | O_CLOEXEC);
	if (*file >= 0)
		return ERROR_NONE;
	return error_set(ERROR_SYSTEM, "%s: %s%s", full, strerror(errno), remedy(errno));
}

enum error tracefs_set(const char *root, const char *path, const char *text)
{
	enum error error = ERROR_NONE;
	int file;

	RETURN_IF_ERROR(tracefs_open(root, path, O_WRONLY, &file));

	ssize_t done = write(file, text, strlen(text));

	if (done < 0)
		error = error_set(errno == EINVAL ? ERROR_OPTION : ERROR_SYSTEM, "%s: cannot write \"%s\": %s", path,
				  text, strerror(errno));
	else if ((size_t)done != strlen(text))
		error = error_set(ERROR_SYSTEM, "%s: the kernel took only a part of \"%s\"", path, text);
	(void)close(file);
	return error;
}

enum error tracefs_read(const char *root, const char *path, char *buffer, size_t bytes, size_t *length)
{
	enum error error = ERROR_NONE;
	int file;

	*length = 0;
	RETURN_IF_ERROR(tracefs_open(root, path, O_RDONLY, &file));
	while (*length < bytes - 1) {
		ssize_t done = read(file, buffer + *length, bytes - 1 - *length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			error = error_set(ERROR_SYSTEM, "%s: cannot read: %s", path, strerror(errno));
		if (done <= 0)
			break;
		*length += (size_t)done;
	}
	buffer[*length] = '\0';
	(void)close(file);
	return error;
}
