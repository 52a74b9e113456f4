/* The first bytes of the file go through a buffer, since they decide about the packing. Bytes of a file that is not compressed are then
 * read to their place directly.
 *
 * If a call of Zstandard fails, the caller does not learn which bytes that call has unpacked. So a call gets either the header of a
 * block or the block, but not both: a call that fails then has no bytes that are lost. */
#include "trace/pack/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define GZIP_WINDOW (MAX_WBITS + 16) /* asks zlib for the format gzip */
#define BUFFER_BYTES (128u << 10)
#define ZSTD_BEGIN_BYTES 4        /* the magic of a frame */
#define ZSTD_BLOCK_HEADER_BYTES 3 /* RFC 8878, 3.1.1.2 */

struct unpacker {
	int descriptor;
	bool known; /* the first bytes have been read */
	bool inside; /* between the beginning and the end of a gzip member or a Zstandard frame; a file may have several */
	enum packing packing;
	uint64_t taken;
	size_t begin, end; /* the bytes of the buffer that are not yet used */
	z_stream gzip;
	ZSTD_DCtx *zstd;
	size_t wanted; /* how many bytes the next call of Zstandard gets; 0 if it may still have bytes that did not fit */
	uint8_t buffer[BUFFER_BYTES]; /* bytes of the file */
};

enum error unpacker_open(struct unpacker **unpacker, int descriptor)
{
	*unpacker = calloc(1, sizeof(**unpacker));
	if (!*unpacker)
		return error_no_memory();
	(*unpacker)->descriptor = descriptor;
	return ERROR_NONE;
}

/** Reads bytes of the file once. @param length receives how many; 0 at the end of the file */
static enum error take(struct unpacker *unpacker, void *bytes, size_t room, size_t *length)
{
	ssize_t got;

	do
		got = read(unpacker->descriptor, bytes, room);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_set(ERROR_SYSTEM, "cannot be read: %s", strerror(errno));
	*length = (size_t)got;
	unpacker->taken += *length;
	return ERROR_NONE;
}

/** Reads into the buffer, behind the bytes that it has. @param more receives false at the end of the file */
static enum error refill(struct unpacker *unpacker, bool *more)
{
	size_t length = 0;

	RETURN_IF_ERROR(take(unpacker, unpacker->buffer + unpacker->end, BUFFER_BYTES - unpacker->end, &length));
	unpacker->end += length;
	*more = length > 0;
	return ERROR_NONE;
}

/** Reads the first bytes, and prepares the library. */
static enum error begin(struct unpacker *unpacker)
{
	bool more = true, prepared = true;

	while (more && unpacker->end < PACKING_MAGIC_BYTES)
		RETURN_IF_ERROR(refill(unpacker, &more));
	unpacker->known = true;
	unpacker->packing = packing_of_bytes(unpacker->buffer, unpacker->end);
	if (unpacker->packing == PACKING_GZIP)
		prepared = inflateInit2(&unpacker->gzip, GZIP_WINDOW) == Z_OK;
	else if (unpacker->packing == PACKING_ZSTD)
		prepared = (unpacker->zstd = ZSTD_createDCtx()) != NULL;
	unpacker->wanted = ZSTD_BEGIN_BYTES;
	return prepared ? ERROR_NONE : error_no_memory();
}

/** Unpacks bytes of the buffer with zlib. Skips zeros after a member, as gzip does: a tape or `dd conv=sync` fills its last block
 * with them. Other bytes there must be another member. @param length receives how many bytes were written to @p bytes */
static enum error inflate_some(struct unpacker *unpacker, void *bytes, size_t room, size_t *length)
{
	z_stream *gzip = &unpacker->gzip;

	if (!unpacker->inside) { /* also after another member */
		while (unpacker->begin < unpacker->end && unpacker->buffer[unpacker->begin] == 0)
			unpacker->begin++;
		if (unpacker->begin == unpacker->end)
			return ERROR_NONE;
		(void)inflateReset(gzip);
	}
	gzip->next_in = unpacker->buffer + unpacker->begin;
	gzip->avail_in = (unsigned)(unpacker->end - unpacker->begin);
	gzip->next_out = bytes;
	gzip->avail_out = room < BUFFER_BYTES ? (unsigned)room : BUFFER_BYTES;

	unsigned before = gzip->avail_out;
	int result = inflate(gzip, Z_NO_FLUSH);

	unpacker->begin = unpacker->end - gzip->avail_in;
	unpacker->inside = result != Z_STREAM_END;
	*length = before - gzip->avail_out;
	if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
		return ERROR_NONE;
	return result == Z_MEM_ERROR ? error_no_memory()
				     : error_set(ERROR_DATA, "it is packed by gzip, and cannot be unpacked: %s",
						 gzip->msg ? gzip->msg : "unknown contents");
}

/** Returns how many bytes the next call of Zstandard gets. @param left what the last call returned: how many bytes the library would
 * like to have next. With a block, it would also like the header of the next block. */
static size_t wanted(size_t left)
{
	if (left == 0)
		return ZSTD_BEGIN_BYTES;
	return left > ZSTD_BLOCK_HEADER_BYTES ? left - ZSTD_BLOCK_HEADER_BYTES : left;
}

/** Unpacks bytes of the buffer with Zstandard. The parameters are those of inflate_some(). */
static enum error decompress_some(struct unpacker *unpacker, void *bytes, size_t room, size_t *length)
{
	size_t there = unpacker->end - unpacker->begin;
	ZSTD_inBuffer from = { .src = unpacker->buffer + unpacker->begin,
			       .size = there < unpacker->wanted ? there : unpacker->wanted };
	ZSTD_outBuffer to = { .dst = bytes, .size = room };
	size_t left = ZSTD_decompressStream(unpacker->zstd, &to, &from);

	*length = to.pos;
	if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
		return error_no_memory();
	if (ZSTD_isError(left))
		return error_set(ERROR_DATA, "it is packed by zstd, and cannot be unpacked: %s",
				 ZSTD_getErrorName(left));
	unpacker->begin += from.pos;
	unpacker->inside = left != 0;
	unpacker->wanted = left && to.pos == to.size ? 0 : wanted(left);
	return ERROR_NONE;
}

/** Unpacks at least one byte, unless the file ends. */
static enum error unpack(struct unpacker *unpacker, void *bytes, size_t room, size_t *length)
{
	bool gzip = unpacker->packing == PACKING_GZIP, more = true;

	for (;;) {
		/* Also without new bytes: the library may still have some that did not fit the last time. */
		if (unpacker->inside || unpacker->begin < unpacker->end)
			RETURN_IF_ERROR((gzip ? inflate_some : decompress_some)(unpacker, bytes, room, length));
		if (*length > 0)
			return ERROR_NONE;
		if (unpacker->begin < unpacker->end)
			continue;
		unpacker->begin = unpacker->end = 0;
		RETURN_IF_ERROR(refill(unpacker, &more));
		if (!more && unpacker->inside)
			return error_set(ERROR_DATA, "it is packed by %s, and was cut", gzip ? "gzip" : "zstd");
		if (!more)
			return ERROR_NONE;
	}
}

enum error unpacker_read(struct unpacker *unpacker, void *bytes, size_t room, size_t *length)
{
	*length = 0;
	if (!unpacker->known)
		RETURN_IF_ERROR(begin(unpacker));
	if (unpacker->packing != PACKING_NONE)
		return unpack(unpacker, bytes, room, length);
	if (unpacker->begin == unpacker->end)
		return take(unpacker, bytes, room, length);
	*length = unpacker->end - unpacker->begin < room ? unpacker->end - unpacker->begin : room;
	memcpy(bytes, unpacker->buffer + unpacker->begin, *length);
	unpacker->begin += *length;
	return ERROR_NONE;
}

enum packing unpacker_packing(const struct unpacker *unpacker)
{
	return unpacker->packing;
}

uint64_t unpacker_taken(const struct unpacker *unpacker)
{
	return unpacker->taken;
}

void unpacker_close(struct unpacker *unpacker)
{
	if (!unpacker)
		return;
	if (unpacker->packing == PACKING_GZIP)
		(void)inflateEnd(&unpacker->gzip);
	(void)ZSTD_freeDCtx(unpacker->zstd);
	free(unpacker);
}
