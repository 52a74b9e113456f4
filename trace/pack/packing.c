#include "trace/pack/packing.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/** Whether these bytes begin a frame of Zstandard, or a skippable frame (RFC 8878, 3.1). pzstd begins its files with the latter. */
static bool begins_zstd(const uint8_t magic[PACKING_MAGIC_BYTES])
{
	return memcmp(magic, "\x28\xb5\x2f\xfd", PACKING_MAGIC_BYTES) == 0 ||
	       ((magic[0] & 0xf0) == 0x50 && memcmp(magic + 1, "\x2a\x4d\x18", PACKING_MAGIC_BYTES - 1) == 0);
}

enum packing packing_of_bytes(const void *bytes, size_t length)
{
	if (length >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0)
		return PACKING_GZIP;
	return length >= PACKING_MAGIC_BYTES && begins_zstd(bytes) ? PACKING_ZSTD : PACKING_NONE;
}

enum packing packing_of_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot && strcmp(dot, ".gz") == 0)
		return PACKING_GZIP;
	return dot && strcmp(dot, ".zst") == 0 ? PACKING_ZSTD : PACKING_NONE;
}
