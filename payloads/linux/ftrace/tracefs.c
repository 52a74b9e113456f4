/* Opens and sets files of tracefs. Every error ends the program, because a trace with a missing part would only
 * confuse. */
#include "payloads/linux/ftrace/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fail(const char *what)
{
	fprintf(stderr, "ftrace: %s: %s\n", what, strerror(errno));
	exit(1);
}

int tracefs_open(const char *path, int flags)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", path[0] == '/' ? "" : TRACEFS "/", path);
	int file = open(full, flags | O_CLOEXEC);
	if (file < 0)
		fail(full);
	return file;
}

void tracefs_set(const char *path, const char *text)
{
	int file = tracefs_open(path, O_WRONLY);

	if (write(file, text, strlen(text)) != (ssize_t)strlen(text))
		fail(path);
	close(file);
}
