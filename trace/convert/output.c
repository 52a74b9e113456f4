#include "trace/convert/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* zlib's fast level: a trace is mostly repetitions of short patterns, which it finds too. */
#define GZIP_MODE "wb1"

int output_open(struct output *output, const char *path, bool compress)
{
	*output = (struct output){ 0 };
	int error = new_file_open(&output->file, path);
	if (error)
		return error;

	output->buffer = malloc(OUTPUT_BUFFER_BYTES);
	output->at = output->buffer;
	if (compress)
		output->gzip = gzdopen(dup(output->file.descriptor), GZIP_MODE);
	if (!output->buffer || (compress && !output->gzip)) {
		free(output->buffer);
		(void)new_file_close(&output->file);
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
				 : write_all(output->file.descriptor, output->buffer, length);
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

/** Keeps the first error. */
static void note(struct output *output, int error)
{
	if (!output->error)
		output->error = error;
}

static void end_gzip(struct output *output)
{
	if (output->gzip && gzclose(output->gzip) != Z_OK)
		note_error(output);
	output->gzip = NULL;
}

static int release(struct output *output)
{
	note(output, new_file_close(&output->file));
	free(output->buffer);
	output->buffer = NULL;
	output->at = NULL;
	return output->error;
}

int output_close(struct output *output)
{
	output_flush(output);
	end_gzip(output);
	if (!output->error)
		note(output, new_file_keep(&output->file));
	return release(output);
}

int output_drop(struct output *output)
{
	if (!output->file.path) /* a pipe's reader gets what there is */
		output_flush(output);
	end_gzip(output);
	return release(output);
}
