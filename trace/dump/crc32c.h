/* CRC-32C (Castagnoli's, as in iSCSI): the check sum of a dump's chunks and of the console's frames.
 * Called by the writer, the reader and the extractor. It does not interpret the data. */
#ifndef TRACE_DUMP_CRC32C_H
#define TRACE_DUMP_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** The priority of the constructor that fills the tables, the first one that a program may use. A constructor may call the functions
 * below if it has a higher number, or none. */
#define CRC32C_CONSTRUCTOR 101

/** Returns the check sum of @p bytes bytes at @p data. For data in several pieces, pass the sum of the pieces so far as
 * @p before, and 0 for the first piece. The check sum of "123456789" is 0xe3069283. */
uint32_t crc32c(uint32_t before, const void *data, size_t bytes);

/** Returns the same check sum as crc32c(), but always computes it with tables. crc32c() calls this function on
 * processors that have no instruction for CRC-32C. */
uint32_t crc32c_by_table(uint32_t before, const void *data, size_t bytes);

/* The functions below work with the register of CRC-32C, which is the check sum with all bits inverted. The register after some
 * bytes is linear in the register before them, so the sum of a range follows from the registers at its two ends. */

/** Computes the register after each of @p bytes bytes at @p data. @param before the register before the first byte @param
 * registers receives one value for each byte */
void crc32c_registers(uint32_t before, const void *data, size_t bytes, uint32_t *registers);

/** Returns the power for 0 bytes, which crc32c_next_power() and crc32c_multiply() take. */
uint32_t crc32c_first_power(void);

/** Returns the power for one more byte than @p power. Pure. */
uint32_t crc32c_next_power(uint32_t power);

/** Returns the register after as many bytes of zero as @p power stands for, if it was @p before. Pure. */
uint32_t crc32c_multiply(uint32_t before, uint32_t power);

#endif
