/* CRC-32C (Castagnoli's, as in iSCSI): the check sum of a dump's chunks and of the console's frames.
 * Called by the writer, the reader and the extractor. It does not interpret the data. */
#ifndef TRACE_DUMP_CRC32C_H
#define TRACE_DUMP_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** Returns the check sum of @p bytes bytes at @p data. For data in several pieces, pass the sum of the pieces so far as
 * @p before, and 0 for the first piece. The check sum of "123456789" is 0xe3069283. */
uint32_t crc32c(uint32_t before, const void *data, size_t bytes);

/** Returns the same check sum as crc32c(), but always computes it with tables. crc32c() calls this function on
 * processors that have no instruction for CRC-32C. */
uint32_t crc32c_by_table(uint32_t before, const void *data, size_t bytes);

#endif
