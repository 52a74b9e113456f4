/* Writes bytes to a file, compressed or as they are.
 * Called by what writes dumps, traces and tables. It does not interpret the bytes. */
#ifndef TRACE_PACK_PACK_H
#define TRACE_PACK_PACK_H

#include <stddef.h>

#include "trace/error/error.h"
#include "trace/pack/packing.h"

/** A file that is being written. Messages do not contain the file's name: "cannot write: No space left on device". */
struct packer;

/** Begins to write.
 * @param packer     receives the packer, which packer_close() frees; null after an error
 * @param descriptor where the bytes go; it belongs to the caller, and stays open
 * @return ERROR_MEMORY or ERROR_NONE */
enum error packer_open(struct packer **packer, int descriptor, enum packing packing) MUST_CHECK;

/** Writes @p length bytes. Without packing, they are in the file when this function returns.
 * @return ERROR_SYSTEM if the file cannot be written */
enum error packer_write(struct packer *packer, const void *bytes, size_t length) MUST_CHECK;

/** Writes everything that the packer still has, so that another process can unpack all bytes so far from the file. This makes
 * the file a little larger. @return ERROR_SYSTEM */
enum error packer_flush(struct packer *packer) MUST_CHECK;

/** Writes the end of the compressed data. Call it once, and then only packer_close(). @return ERROR_SYSTEM */
enum error packer_end(struct packer *packer) MUST_CHECK;

/** Frees @p packer, which may be null. */
void packer_close(struct packer *packer);

#endif
