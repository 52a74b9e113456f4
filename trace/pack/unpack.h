/* Reads bytes from a file, and unpacks them if the file is compressed. The first bytes of the file decide whether it is.
 * Called by what reads dumps, traces, logs and lists of symbols. It does not interpret the bytes. */
#ifndef TRACE_PACK_UNPACK_H
#define TRACE_PACK_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/error/error.h"
#include "trace/pack/packing.h"

/** A file that is being read. It may consist of several compressed files in a row. Zeros after a gzip member are ignored, and other bytes
 * are damage. Its memory does not depend on the size of the file. Messages do not contain the file's name. */
struct unpacker;

/** Begins to read.
 * @param unpacker   receives the unpacker, which unpacker_close() frees; null after an error
 * @param descriptor where the bytes come from; it belongs to the caller, and stays open
 * @return ERROR_MEMORY or ERROR_NONE */
enum error unpacker_open(struct unpacker **unpacker, int descriptor) MUST_CHECK;

/** Reads up to @p room bytes, and at least one unless the file ends.
 * @param length receives how many bytes there are; 0 at the end of the file. After an error, these are the last bytes before the damage; with
 *               Zstandard, whole blocks
 * @return ERROR_SYSTEM if the file cannot be read; ERROR_DATA if it is compressed, and damaged or cut. Do not read on after an
 * error */
enum error unpacker_read(struct unpacker *unpacker, void *bytes, size_t room, size_t *length) MUST_CHECK;

/** Returns the packing of the file; PACKING_NONE before the first read. */
enum packing unpacker_packing(const struct unpacker *unpacker);

/** Returns how many bytes have been taken from the file, before unpacking. */
uint64_t unpacker_taken(const struct unpacker *unpacker);

/** Frees @p unpacker, which may be null. */
void unpacker_close(struct unpacker *unpacker);

#endif
