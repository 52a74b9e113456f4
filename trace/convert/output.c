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

/** Keeps what errno says now: until the end other calls may have changed it. */
static void note_error(struct output *output)
{
	if (!output->error)
		output->error = errno ? errno : EIO;
}

void output_flush(struct output *output)
{
	size_t length = (size_t)(output->at - output->buffer);
	output->at = output->buffer;
	output->flushed += length;
	if (output->error || !length)
		return;
	bool good = output->gzip ? gzwrite(output->gzip, output->buffer, (unsigned)length) == (int)length
				 : write_all(output->descriptor, output->buffer, length);
	if (!good)
		note_error(output);
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
		note_error(output);
	if (output->close_descriptor && close(output->descriptor) < 0)
		note_error(output);
	free(output->buffer);
	output->buffer = NULL;
	output->at = NULL;
	return output->error;
}
