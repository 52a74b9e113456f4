#include "trace/hstrace/with.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "trace/convert/perfetto_fields.h"
#include "trace/pack/unpack.h"

#define PACKET_TAG (PERFETTO_TRACE_PACKET << 3 | 2) /* a field of type bytes */
#define LENGTH_BYTES 5                              /* a packet has less than 2^32 bytes */
#define PIECE_BYTES (64u << 10)

static const uint8_t trace_cmd[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' }; /* trace-cmd.dat(5) */

struct with {
	struct unpacker *unpacker;
	struct output *output;
	uint64_t offset;   /* of piece[begin], after unpacking */
	size_t begin, end; /* the bytes of the piece that are not yet copied */
	uint8_t piece[PIECE_BYTES];
};

/** Reads until the piece has @p bytes bytes, or until the file ends. @return an error of the unpacker */
static enum error want(struct with *with, size_t bytes)
{
	size_t got = 1;

	memmove(with->piece, with->piece + with->begin, with->end - with->begin);
	with->end -= with->begin;
	with->begin = 0;
	while (with->end < bytes && got > 0) {
		RETURN_IF_ERROR(unpacker_read(with->unpacker, with->piece + with->end, PIECE_BYTES - with->end, &got));
		with->end += got;
	}
	return ERROR_NONE;
}

/** Copies @p bytes bytes, which the piece has. */
static void copy_some(struct with *with, size_t bytes)
{
	output_room(with->output);
	memcpy(with->output->at, with->piece + with->begin, bytes);
	with->output->at += bytes;
	with->begin += bytes;
	with->offset += bytes;
}

static enum error check_kind(struct with *with)
{
	RETURN_IF_ERROR(want(with, sizeof(trace_cmd)));
	if (with->end >= sizeof(trace_cmd) && memcmp(with->piece, trace_cmd, sizeof(trace_cmd)) == 0)
		return error_set(ERROR_DATA, "this is a trace.dat of trace-cmd: make a Perfetto trace of it with "
					     "`bazel run //trace:trace_cmd -- FILE -o OUT`, and use that");
	if (with->end < 2 || with->piece[0] != PACKET_TAG)
		return error_set(ERROR_DATA, "this is no Perfetto trace");
	return ERROR_NONE;
}

/** Reads the length of a packet, which follows its tag. @param header receives how many bytes the tag and the length have */
static enum error packet_length(const struct with *with, uint64_t *length, size_t *header)
{
	*length = *header = 0;
	for (unsigned i = 0; i < LENGTH_BYTES; i++) {
		if (with->begin + 1 + i == with->end)
			return error_set(ERROR_DATA, "it was cut");

		uint8_t byte = with->piece[with->begin + 1 + i];

		*length |= (uint64_t)(byte & 0x7f) << 7 * i;
		*header = 2 + i;
		if (!(byte & 0x80))
			return ERROR_NONE;
	}
	return error_set(ERROR_DATA, "a packet is too long");
}

static enum error copy_packet(struct with *with)
{
	uint64_t left;
	size_t header;

	if (with->piece[with->begin] != PACKET_TAG)
		return error_set(ERROR_DATA, "at byte %" PRIu64 ", no packet of a Perfetto trace begins", with->offset);
	RETURN_IF_ERROR(packet_length(with, &left, &header));
	left += header;
	while (left > 0) {
		size_t some = with->end - with->begin < left ? with->end - with->begin : left;

		if (some == 0)
			return error_set(ERROR_DATA, "it was cut");
		copy_some(with, some);
		left -= some;
		if (with->begin == with->end)
			RETURN_IF_ERROR(want(with, 1));
	}
	return ERROR_NONE;
}

static enum error copy(struct with *with)
{
	RETURN_IF_ERROR(check_kind(with));
	for (;;) {
		if (with->end - with->begin <= LENGTH_BYTES)
			RETURN_IF_ERROR(want(with, LENGTH_BYTES + 1));
		if (with->begin == with->end)
			return ERROR_NONE;
		RETURN_IF_ERROR(copy_packet(with));
	}
}

enum error with_append(struct output *output, const char *path)
{
	static struct with with; /* too large for the stack */
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return error_set(ERROR_SYSTEM, "%s: cannot be opened: %s", path, strerror(errno));
	with = (struct with){ .output = output };

	enum error error = unpacker_open(&with.unpacker, file);

	if (error == ERROR_NONE)
		error = copy(&with);
	unpacker_close(with.unpacker);
	(void)close(file);
	return error_about(error, "%s", path);
}
