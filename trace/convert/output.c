/* Writes an output through a buffer of a megabyte. A failed write does not stop the conversion. The output keeps the
 * first error, discards all further data, and returns the error when it is closed. So the code that formats data does
 * not need to check each write. */
#include "trace/convert/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* The fastest level of zlib. This level compresses well enough, because a trace mostly repeats short patterns. */
#define GZIP_MODE "wb1"

static enum error allocate(struct output *output, bool compress)
{
	output->buffer = malloc(OUTPUT_BUFFER_BYTES);
	output->at = output->buffer;
	if (compress)
		output->gzip = gzdopen(dup(output->file.descriptor), GZIP_MODE);
	return output->buffer && (!compress || output->gzip) ? ERROR_NONE : error_no_memory();
}

enum error output_open(struct output *output, const char *path, bool compress)
{
	*output = (struct output){ .path = path, .room = OUTPUT_ROOM_BYTES };
	RETURN_IF_ERROR(error_about(new_file_open(&output->file, path), "%s", path));

	enum error error = allocate(output, compress);

	if (error != ERROR_NONE) {
		free(output->buffer);
		IGNORE_ERROR(new_file_close(&output->file));
	}
	return error;
}

enum error output_widen(struct output *output, size_t bytes)
{
	uint8_t *buffer = realloc(output->buffer, OUTPUT_BUFFER_BYTES + bytes);
	if (!buffer)
		return error_no_memory();
	output->at = buffer + (output->at - output->buffer);
	output->buffer = buffer;
	output->room = OUTPUT_ROOM_BYTES + bytes;
	return ERROR_NONE;
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

/** Keeps @p error, and puts the file's path in front of the error message. Does nothing if the output already keeps an
 * earlier error. */
static void keep_error(struct output *output, enum error error)
{
	if (output->failure.error == ERROR_NONE)
		error_keep(&output->failure, error_about(error, "%s", output->path));
}

/** Keeps the error of a failed write. errno describes the error. If zlib leaves errno 0, the failure counts as an
 * input/output error. */
static void keep_failed_write(struct output *output)
{
	keep_error(output, error_set(ERROR_SYSTEM, "cannot write: %s", strerror(errno ? errno : EIO)));
}

void output_flush(struct output *output)
{
	size_t length = (size_t)(output->at - output->buffer);
	output->at = output->buffer;
	output->flushed += length;
	if (output->failure.error != ERROR_NONE || !length)
		return;
	bool good = output->gzip ? gzwrite(output->gzip, output->buffer, (unsigned)length) == (int)length
				 : write_all(output->file.descriptor, output->buffer, length);
	if (!good)
		keep_failed_write(output);
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

static void end_gzip(struct output *output)
{
	if (output->gzip && gzclose(output->gzip) != Z_OK)
		keep_failed_write(output);
	output->gzip = NULL;
}

static enum error release(struct output *output)
{
	keep_error(output, new_file_close(&output->file));
	free(output->buffer);
	output->buffer = NULL;
	output->at = NULL;
	return error_again(&output->failure);
}

enum error output_close(struct output *output)
{
	output_flush(output);
	end_gzip(output);
	if (output->failure.error == ERROR_NONE)
		keep_error(output, new_file_keep(&output->file));
	return release(output);
}

enum error output_drop(struct output *output)
{
	/* If the output is a pipe or a device, the data that is still in the buffer goes there, too. */
	if (!output->file.path)
		output_flush(output);
	end_gzip(output);
	return release(output);
}
