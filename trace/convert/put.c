/* Writes two decimal digits at a time, from a table of all pairs. */
#include "trace/convert/put.h"

#define TEN(tens) #tens "0" #tens "1" #tens "2" #tens "3" #tens "4" #tens "5" #tens "6" #tens "7" #tens "8" #tens "9"

static const char pairs[] = TEN(0) TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9);

/** Returns the number of decimal digits of a number. Pure. */
static unsigned count_digits(uint64_t value)
{
	static const uint64_t powers[] = { 0,
					   10ull,
					   100ull,
					   1000ull,
					   10000ull,
					   100000ull,
					   1000000ull,
					   10000000ull,
					   100000000ull,
					   1000000000ull,
					   10000000000ull,
					   100000000000ull,
					   1000000000000ull,
					   10000000000000ull,
					   100000000000000ull,
					   1000000000000000ull,
					   10000000000000000ull,
					   100000000000000000ull,
					   1000000000000000000ull,
					   10000000000000000000ull };
	/* 1233 / 4096 is a little more than the logarithm of 2 to the base 10. */
	unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1), guess = bits * 1233 >> 12;

	return guess + (value >= powers[guess]);
}

char *put_decimal(char *at, uint64_t value)
{
	if (value < 10) {
		*at = (char)('0' + value);
		return at + 1;
	}

	char *end = at + count_digits(value), *to = end;

	for (; value >= 100; value /= 100)
		memcpy(to -= 2, pairs + 2 * (value % 100), 2);
	if (value >= 10)
		memcpy(to - 2, pairs + 2 * value, 2);
	else
		to[-1] = (char)('0' + value);
	return end;
}
