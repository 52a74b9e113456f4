/* Computes eight decimal digits at once: it divides a number of eight digits into two of four, these into four of two, and these into
 * eight digits. Each step works on all parts, which lie in one register, and divides by multiplying and shifting. */
#include "trace/convert/put.h"

#define EIGHT 100000000u /* 10^8: numbers below it have up to eight digits */
#define ZEROS 0x3030303030303030ull

/** Returns the eight digits of a number below EIGHT. The first digit is in the lowest byte. Pure. */
static uint64_t eight_digits(uint64_t value)
{
	uint64_t fours = value / 10000 | value % 10000 << 32;
	uint64_t hundreds = fours * 10486 >> 20 & 0x0000007f0000007full; /* each part / 100 */
	uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
	uint64_t tens = twos * 103 >> 10 & 0x000f000f000f000full; /* each part / 10 */

	return tens | (twos - tens * 10) << 8;
}

/** Writes a number below EIGHT, but not 0, without leading zeros. */
static char *put_short(char *at, uint64_t value)
{
	uint64_t digits = eight_digits(value);
	unsigned leading = (unsigned)__builtin_ctzll(digits) / 8 * 8;

	digits = (digits + ZEROS) >> leading;
	memcpy(at, &digits, sizeof(digits));
	return at + sizeof(digits) - leading / 8;
}

/** Writes eight digits, also if the first ones are 0. */
static char *put_eight(char *at, uint64_t value)
{
	uint64_t digits = eight_digits(value) + ZEROS;

	memcpy(at, &digits, sizeof(digits));
	return at + sizeof(digits);
}

char *put_decimal(char *at, uint64_t value)
{
	if (value < 10) {
		*at = (char)('0' + value);
		return at + 1;
	}
	if (value < EIGHT)
		return put_short(at, value);
	if (value >= (uint64_t)EIGHT * EIGHT)
		at = put_eight(put_short(at, value / EIGHT / EIGHT), value / EIGHT % EIGHT);
	else
		at = put_short(at, value / EIGHT);
	return put_eight(at, value % EIGHT);
}
