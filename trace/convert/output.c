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
	*output = (struct output){ .room = OUTPUT_ROOM_BYTES };
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

void output_widen(struct output *output, size_t bytes)
{
	uint8_t *buffer = realloc(output->buffer, OUTPUT_BUFFER_BYTES + bytes);
	if (!buffer)
		abort();
	output->at = buffer + (output->at - output->buffer);
	output->buffer = buffer;
	output->room = OUTPUT_ROOM_BYTES + bytes;
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
	int length = vsnprintf((char *)output->at, output->room, format, arguments);
	va_end(arguments);
	if (length > 0)
		output->at += (size_t)length < output->room ? (size_t)length : output->room - 1;
}

void output_json_string(struct output *output, const char *text)
{
	output_room(output);
	uint8_t *at = output->at;
	*at++ = '"';
	for (; *text; text++) {
		if ((unsigned char)*text < ' ') {
			at += sprintf((char *)at, "\\u%04x", (unsigned)*text);
			continue;
		}
		if (*text == '"' || *text == '\\')
			*at++ = '\\';
		*at++ = (uint8_t)*text;
	}
	*at++ = '"';
	output->at = at;
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
