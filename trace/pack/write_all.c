#include "trace/pack/write_all.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum error write_all(int descriptor, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	while (length) {
		ssize_t written = write(descriptor, at, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return error_set(ERROR_SYSTEM, "cannot write: %s", strerror(written < 0 ? errno : EIO));
		at += written;
		length -= (size_t)written;
	}
	return ERROR_NONE;
}
