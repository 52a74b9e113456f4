#include "trace/convert/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* zlib's fast level: a trace is mostly repetitions of short patterns, which it finds too. */
#define GZIP_MODE "wb1"

static int open_descriptor(struct output *output, const char *path)
{
	if (strcmp(path, "-") == 0) {
		output->descriptor = STDOUT_FILENO;
		return 0;
	}
	output->descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	output->close_descriptor = true;
	return output->descriptor < 0 ? errno : 0;
}

int output_open(struct output *output, const char *path, bool compress)
{
	*output = (struct output){ 0 };
	int error = open_descriptor(output, path);
	if (error)
		return error;

	output->buffer = malloc(OUTPUT_BUFFER_BYTES);
	output->at = output->buffer;
	if (compress)
		output->gzip = gzdopen(dup(output->descriptor), GZIP_MODE);
	if (!output->buffer || (compress && !output->gzip)) {
		free(output->buffer);
		if (output->close_descriptor)
			close(output->descriptor);
		return ENOMEM;
	}
	return 0;
}

static bool write_all(int descriptor, const uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(descriptor, bytes, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

void output_flush(struct output *output)
{
	size_t length = (size_t)(output->at - output->buffer);
	output->at = output->buffer;
	output->flushed += length;
	if (output->failed || !length)
		return;
	if (output->gzip)
		output->failed = gzwrite(output->gzip, output->buffer, (unsigned)length) != (int)length;
	else
		output->failed = !write_all(output->descriptor, output->buffer, length);
}

void output_printf(struct output *output, const char *format, ...)
{
	output_room(output);
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf((char *)output->at, OUTPUT_ROOM_BYTES, format, arguments);
	va_end(arguments);
	if (length > 0)
		output->at += (size_t)length < OUTPUT_ROOM_BYTES ? (size_t)length : OUTPUT_ROOM_BYTES - 1;
}

int output_close(struct output *output)
{
	output_flush(output);
	if (output->gzip && gzclose(output->gzip) != Z_OK)
		output->failed = true;
	if (output->close_descriptor && close(output->descriptor) < 0)
		output->failed = true;
	free(output->buffer);
	output->buffer = NULL;
	output->at = NULL;
	if (!output->failed)
		return 0;
	return errno ? errno : EIO;
}
