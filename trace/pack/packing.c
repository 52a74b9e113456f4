#include "trace/pack/packing.h"

#include <string.h>

enum packing packing_of_bytes(const void *bytes, size_t length)
{
	if (length >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0)
		return PACKING_GZIP;
	return length >= PACKING_MAGIC_BYTES && memcmp(bytes, "\x28\xb5\x2f\xfd", PACKING_MAGIC_BYTES) == 0
		       ? PACKING_ZSTD
		       : PACKING_NONE;
}

enum packing packing_of_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot && strcmp(dot, ".gz") == 0)
		return PACKING_GZIP;
	return dot && strcmp(dot, ".zst") == 0 ? PACKING_ZSTD : PACKING_NONE;
}
