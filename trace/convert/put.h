/* Writes text and numbers into memory. Each function writes at a place, and returns the place after what it wrote. A
 * conversion writes several hundred million numbers, so these functions parse no format string, and nearly all of them
 * are inline.
 * The code that writes JSON, CSV and names uses it. Knows nothing of files. The caller makes sure that there is room. */
#ifndef TRACE_CONVERT_PUT_H
#define TRACE_CONVERT_PUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** No function below that writes a number needs more room than this many bytes, even if the number has fewer digits. */
#define PUT_NUMBER_BYTES 24

/** Writes the @p length bytes at @p text. */
static inline char *put_text(char *at, const char *text, size_t length)
{
	memcpy(at, text, length);
	return at + length;
}

/** Writes a string literal. */
#define PUT_LITERAL(at, literal) put_text(at, literal, sizeof(literal) - 1)

/** Writes a text up to its terminating 0. */
static inline char *put_string(char *at, const char *text)
{
	return put_text(at, text, strlen(text));
}

/** Writes a number with decimal digits. */
char *put_decimal(char *at, uint64_t value);

/** Writes a number with decimal digits, and with a '-' before them if it is negative. */
static inline char *put_signed(char *at, int64_t value)
{
	if (value >= 0)
		return put_decimal(at, (uint64_t)value);
	*at++ = '-';
	return put_decimal(at, -(uint64_t)value);
}

/** Returns the eight hexadecimal digits of a number as characters. The first digit is in the lowest byte. Pure. */
static inline uint64_t put_eight_digits(uint32_t value)
{
	/* These steps move each group of four bits into a byte of its own. */
	uint64_t digits = ((uint64_t)(value & 0xffff0000u) << 16) | (value & 0xffffu);

	digits = (digits & 0x0000ff000000ff00ull) << 8 | (digits & 0x000000ff000000ffull);
	digits = (digits & 0x00f000f000f000f0ull) << 4 | (digits & 0x000f000f000f000full);
	digits = __builtin_bswap64(digits);

	/* A digit of 10 or more plus 6 has bit 4 set. */
	uint64_t letters = (digits + 0x0606060606060606ull) >> 4 & 0x0101010101010101ull;

	return digits + 0x3030303030303030ull + letters * ('a' - '0' - 10);
}

/** Writes "0x" and the hexadecimal digits of a number, without leading zeros. */
static inline char *put_hexadecimal(char *at, uint64_t value)
{
	unsigned digits = (67u - (unsigned)__builtin_clzll(value | 1)) / 4;
	uint64_t shifted = value << (64 - 4 * digits);
	uint64_t text[2] = { put_eight_digits((uint32_t)(shifted >> 32)), put_eight_digits((uint32_t)shifted) };

	at = PUT_LITERAL(at, "0x");
	memcpy(at, text, sizeof(text));
	return at + digits;
}

#endif
