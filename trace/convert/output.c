/* Writes an output through a buffer of a megabyte. A failed write does not stop the conversion. The output keeps the
 * first error, discards all further data, and returns the error when it is closed. So the code that formats data does
 * not need to check each write. */
#include "trace/convert/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static enum error allocate(struct output *output, enum packing packing)
{
	output->buffer = malloc(OUTPUT_BUFFER_BYTES);
	output->at = output->buffer;
	return output->buffer ? packer_open(&output->packer, output->file.descriptor, packing) : error_no_memory();
}

enum error output_open(struct output *output, const char *path, enum packing packing)
{
	*output = (struct output){ .path = path, .room = OUTPUT_ROOM_BYTES };
	RETURN_IF_ERROR(error_about(new_file_open(&output->file, path), "%s", path));

	struct error_kept failure = { 0 };

	error_keep(&failure, allocate(output, packing));
	if (failure.error != ERROR_NONE) {
		free(output->buffer);
		IGNORE_ERROR(new_file_close(&output->file));
	}
	return error_again(&failure);
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

/** Keeps @p error, and puts the file's path in front of the error message. Does nothing if the output already keeps an
 * earlier error. */
static void keep_error(struct output *output, enum error error)
{
	if (output->failure.error == ERROR_NONE)
		error_keep(&output->failure, error_about(error, "%s", output->path));
}

void output_flush(struct output *output)
{
	size_t length = (size_t)(output->at - output->buffer);
	output->at = output->buffer;
	output->flushed += length;
	if (output->failure.error != ERROR_NONE || !length)
		return;
	keep_error(output, packer_write(output->packer, output->buffer, length));
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

/** Writes everything that is left, and the end of compressed data. */
static void end(struct output *output)
{
	output_flush(output);
	if (output->failure.error == ERROR_NONE)
		keep_error(output, packer_end(output->packer));
}

static enum error release(struct output *output)
{
	keep_error(output, new_file_close(&output->file));
	packer_close(output->packer);
	free(output->buffer);
	output->packer = NULL;
	output->buffer = NULL;
	output->at = NULL;
	return error_again(&output->failure);
}

enum error output_close(struct output *output)
{
	end(output);
	if (output->failure.error == ERROR_NONE)
		keep_error(output, new_file_keep(&output->file));
	return release(output);
}

enum error output_drop(struct output *output)
{
	/* If the output is a pipe or a device, the data that is still in the buffer goes there, too. */
	if (!output->file.path)
		end(output);
	return release(output);
}
