/* CRC-32C (Castagnoli, as in iSCSI), the check sum of dumps and of the console's frames.
 * Called by writer, reader and log extractor. Knows nothing of what it sums. */
#ifndef TRACE_DUMP_CRC32C_H
#define TRACE_DUMP_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** The check sum of @p bytes at @p data. @p before: 0, or the sum of what lies before them. "123456789" has 0xe3069283. */
uint32_t crc32c(uint32_t before, const void *data, size_t bytes);

/** The same by tables alone, for processors without an instruction for it; crc32c() chooses. */
uint32_t crc32c_by_table(uint32_t before, const void *data, size_t bytes);

#endif
