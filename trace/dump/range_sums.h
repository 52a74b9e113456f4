/* The check sums of many ranges of the same bytes. After damage, the reader tries every place at which a chunk may begin. To compute
 * each sum from the bytes would take time for every byte of each range; here it takes the same time for any range.
 * Used by reader.c. Knows nothing of chunks. */
#ifndef TRACE_DUMP_RANGE_SUMS_H
#define TRACE_DUMP_RANGE_SUMS_H

#include <stddef.h>
#include <stdint.h>

struct range_sums;

/** Returns an object for a buffer of @p bytes bytes, and ranges of at most @p longest bytes. Null if memory ran out. */
struct range_sums *range_sums_new(size_t bytes, size_t longest);

/** Says that the bytes of the buffer have changed or moved. More bytes after those of all ranges so far are no change. */
void range_sums_reset(struct range_sums *sums);

/** Returns crc32c(before, buffer + begin, end - begin).
 * @param buffer the same buffer in every call, with bytes that have not changed since the last range_sums_reset()
 * @param begin  the start of the range; at least that of the first call since the last range_sums_reset() */
uint32_t range_sums_get(struct range_sums *sums, uint32_t before, const uint8_t *buffer, size_t begin, size_t end);

/** Returns how many bytes have been summed up for all ranges together. */
uint64_t range_sums_work(const struct range_sums *sums);

/** Frees the object, which may be null. */
void range_sums_free(struct range_sums *sums);

#endif
