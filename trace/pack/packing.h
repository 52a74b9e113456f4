/* The formats in which files are compressed.
 * Used by everything that reads or writes such files. */
#ifndef TRACE_PACK_PACKING_H
#define TRACE_PACK_PACKING_H

#include <stddef.h>

enum packing {
	PACKING_NONE,
	PACKING_GZIP, /* RFC 1952 */
	PACKING_ZSTD  /* RFC 8878 */
};

#define PACKING_MAGIC_BYTES 4 /* packing_of_bytes() looks at this number of bytes */

/** Returns the packing of a file that begins with these bytes. @param length how many there are */
enum packing packing_of_bytes(const void *bytes, size_t length);

/** Returns the packing that the name of a file asks for: gzip for NAME.gz, zstd for NAME.zst, otherwise none. */
enum packing packing_of_name(const char *path);

#endif
