#include "trace/hstrace/with.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "trace/convert/perfetto_fields.h"

#define PACKET_TAG (PERFETTO_TRACE_PACKET << 3 | 2) /* a field of type bytes */
#define LENGTH_BYTES 5                              /* a packet has less than 2^32 bytes */
#define PIECE_BYTES (64u << 10)

static const char trace_cmd[] = "\x17\x08\x44tracing"; /* the beginning of a trace.dat (trace-cmd.dat(5)) */

struct with {
	gzFile file;
	const char *path;
	struct output *output;
};

/** Returns the error of a read that has failed. */
static enum error read_error(const struct with *with)
{
	int code;
	const char *reason = gzerror(with->file, &code);

	if (code == Z_ERRNO)
		return error_set(ERROR_SYSTEM, "%s: %s", with->path, strerror(errno));
	return error_set(ERROR_DATA, "%s: %s", with->path, *reason ? reason : "it was cut");
}

static enum error check_kind(const struct with *with)
{
	uint8_t start[sizeof(trace_cmd) - 1] = { 0 };
	int length = gzread(with->file, start, sizeof(start));

	if (length < 0)
		return read_error(with);
	if (memcmp(start, trace_cmd, sizeof(start)) == 0)
		return error_set(ERROR_DATA, "%s: this is a trace.dat of trace-cmd; --with takes Perfetto traces only",
				 with->path);
	if (length < 2 || start[0] != PACKET_TAG)
		return error_set(ERROR_DATA, "%s: this is no Perfetto trace", with->path);
	return gzrewind(with->file) == 0 ? ERROR_NONE : read_error(with);
}

/** Copies the length of a packet. */
static enum error copy_length(struct with *with, uint64_t *length)
{
	*length = 0;
	for (unsigned i = 0; i < LENGTH_BYTES; i++) {
		int byte = gzgetc(with->file);

		if (byte < 0)
			return read_error(with);
		*with->output->at++ = (uint8_t)byte;
		*length |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (!(byte & 0x80))
			return ERROR_NONE;
	}
	return error_set(ERROR_DATA, "%s: a packet is too long", with->path);
}

static enum error copy_packet(struct with *with)
{
	uint64_t left;

	output_room(with->output);
	*with->output->at++ = PACKET_TAG;
	RETURN_IF_ERROR(copy_length(with, &left));
	while (left > 0) {
		unsigned piece = left < PIECE_BYTES ? (unsigned)left : PIECE_BYTES;

		output_room(with->output);
		int got = gzread(with->file, with->output->at, piece);

		if (got <= 0)
			return read_error(with);
		with->output->at += got;
		left -= (unsigned)got;
	}
	return ERROR_NONE;
}

static enum error copy(struct with *with)
{
	RETURN_IF_ERROR(check_kind(with));
	for (;;) {
		int tag = gzgetc(with->file);

		if (tag < 0 && gzeof(with->file))
			return ERROR_NONE;
		if (tag < 0)
			return read_error(with);
		if (tag != PACKET_TAG)
			return error_set(ERROR_DATA, "%s: at byte %ld, no packet of a Perfetto trace begins",
					 with->path, (long)gztell(with->file) - 1);
		RETURN_IF_ERROR(copy_packet(with));
	}
}

enum error with_append(struct output *output, const char *path)
{
	struct with with = { .file = gzopen(path, "rb"), .path = path, .output = output };

	if (!with.file)
		return error_set(ERROR_SYSTEM, "%s: cannot be opened: %s", path, strerror(errno));

	enum error error = copy(&with);

	if (gzclose(with.file) != Z_OK && error == ERROR_NONE)
		error = error_set(ERROR_DATA, "%s: it was cut", path);
	return error;
}
