/* All packings go through the same steps: feed() gives bytes to the library, which fills the buffer, and the buffer is written
 * to the file. */
#include "trace/pack/pack.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "trace/pack/write_all.h"

/* Levels at which each library keeps up with the converter. Traces repeat short patterns, so that higher levels gain little. */
#define GZIP_LEVEL 1
#define ZSTD_LEVEL 1

#define GZIP_WINDOW (MAX_WBITS + 16) /* asks zlib for the format gzip */
#define BUFFER_BYTES (128u << 10)

/** What to do when all bytes have been given to the library. */
enum then { THEN_GO_ON, THEN_FLUSH, THEN_END };

struct packer {
	int descriptor;
	enum packing packing;
	z_stream gzip;
	ZSTD_CCtx *zstd;
	uint8_t buffer[BUFFER_BYTES]; /* compressed bytes */
};

/** Prepares the library. */
static bool prepare(struct packer *packer)
{
	if (packer->packing == PACKING_GZIP)
		return deflateInit2(&packer->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, MAX_MEM_LEVEL,
				    Z_DEFAULT_STRATEGY) == Z_OK;
	if (packer->packing == PACKING_NONE)
		return true;
	packer->zstd = ZSTD_createCCtx();
	return packer->zstd &&
	       !ZSTD_isError(ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) &&
	       !ZSTD_isError(ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_checksumFlag, 1));
}

enum error packer_open(struct packer **packer, int descriptor, enum packing packing)
{
	*packer = calloc(1, sizeof(**packer));
	if (!*packer)
		return error_no_memory();
	(*packer)->descriptor = descriptor;
	(*packer)->packing = packing;
	if (prepare(*packer))
		return ERROR_NONE;
	packer_close(*packer);
	*packer = NULL;
	return error_no_memory();
}

/** Lets zlib fill the buffer once. @param done receives whether zlib has nothing more to write
 * @return how many bytes are in the buffer */
static size_t deflate_once(struct packer *packer, enum then then, bool *done)
{
	static const int flush[] = { [THEN_GO_ON] = Z_NO_FLUSH, [THEN_FLUSH] = Z_SYNC_FLUSH, [THEN_END] = Z_FINISH };

	packer->gzip.next_out = packer->buffer;
	packer->gzip.avail_out = BUFFER_BYTES;
	/* The only possible error is that there is nothing to do (zlib.h, deflate). */
	*done = deflate(&packer->gzip, flush[then]) == Z_STREAM_END || packer->gzip.avail_out > 0;
	return BUFFER_BYTES - packer->gzip.avail_out;
}

/** The same for Zstandard. */
static enum error compress_once(struct packer *packer, ZSTD_inBuffer *from, enum then then, size_t *length, bool *done)
{
	static const ZSTD_EndDirective directive[] = {
		[THEN_GO_ON] = ZSTD_e_continue, [THEN_FLUSH] = ZSTD_e_flush, [THEN_END] = ZSTD_e_end
	};
	ZSTD_outBuffer to = { .dst = packer->buffer, .size = BUFFER_BYTES };
	size_t left = ZSTD_compressStream2(packer->zstd, &to, from, directive[then]);

	if (ZSTD_isError(left))
		return error_set(ERROR_MEMORY, "cannot compress: %s", ZSTD_getErrorName(left));
	*length = to.pos;
	*done = then == THEN_GO_ON ? from->pos == from->size : left == 0;
	return ERROR_NONE;
}

/** Compresses bytes, and writes what the library returns. @p length is less than 4 GiB. */
static enum error feed(struct packer *packer, const void *bytes, size_t length, enum then then)
{
	ZSTD_inBuffer from = { .src = bytes, .size = length };
	bool done = packer->packing == PACKING_NONE;

	if (done)
		return write_all(packer->descriptor, bytes, length);
	packer->gzip.next_in = (uint8_t *)(uintptr_t)bytes; /* zlib does not change the bytes */
	packer->gzip.avail_in = (unsigned)length;
	while (!done) {
		size_t filled = 0;

		if (packer->packing == PACKING_GZIP)
			filled = deflate_once(packer, then, &done);
		else
			RETURN_IF_ERROR(compress_once(packer, &from, then, &filled, &done));
		RETURN_IF_ERROR(write_all(packer->descriptor, packer->buffer, filled));
	}
	return ERROR_NONE;
}

enum error packer_write(struct packer *packer, const void *bytes, size_t length)
{
	return length ? feed(packer, bytes, length, THEN_GO_ON) : ERROR_NONE;
}

enum error packer_flush(struct packer *packer)
{
	return feed(packer, "", 0, THEN_FLUSH);
}

enum error packer_end(struct packer *packer)
{
	return feed(packer, "", 0, THEN_END);
}

void packer_close(struct packer *packer)
{
	if (!packer)
		return;
	if (packer->packing == PACKING_GZIP)
		(void)deflateEnd(&packer->gzip);
	(void)ZSTD_freeCCtx(packer->zstd);
	free(packer);
}
