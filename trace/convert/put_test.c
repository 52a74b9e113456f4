#include "trace/convert/put.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

static void expect_same(uint64_t value)
{
	char expected[PUT_NUMBER_BYTES + 1], written[PUT_NUMBER_BYTES + 1];

	(void)snprintf(expected, sizeof(expected), "%" PRIu64, value);
	*put_decimal(written, value) = '\0';
	cr_assert_str_eq(written, expected);
	(void)snprintf(expected, sizeof(expected), "%" PRId64, (int64_t)value);
	*put_signed(written, (int64_t)value) = '\0';
	cr_assert_str_eq(written, expected);
	(void)snprintf(expected, sizeof(expected), "0x%" PRIx64, value);
	*put_hexadecimal(written, value) = '\0';
	cr_assert_str_eq(written, expected);
}

Test(put, numbers_are_written_as_printf_writes_them)
{
	uint64_t power = 1;

	for (uint64_t value = 0; value < 100000; value++)
		expect_same(value);
	for (uint64_t value = 0; value < 10000; value++) { /* each half of eight digits is computed on its own */
		expect_same(value * 10000 + 9999 - value);
		expect_same((value * 10000 + value) * 100000000 + value * 10000);
	}
	for (unsigned digits = 1; digits <= 20; digits++, power *= 10)
		for (uint64_t near = 0; near < 3; near++)
			expect_same(power - 1 + near);
	for (unsigned bit = 0; bit < 64; bit++)
		for (uint64_t near = 0; near < 3; near++)
			expect_same((1ull << bit) - 1 + near);
	expect_same(UINT64_MAX);
}
