#include "trace/dump/number.h"

#include <criterion/criterion.h>

static void expect(const char *text, uint64_t wanted)
{
	uint64_t value = ~wanted;

	cr_expect(number_read(text, &value) && value == wanted, "%s", text);
}

Test(number, decimal_and_hexadecimal_numbers_are_read)
{
	expect("0", 0);
	expect("500", 500);
	expect("0500", 500);
	expect("09", 9);
	expect("0x1F", 31);
	expect("0Xff", 255);
	expect("18446744073709551615", UINT64_MAX);
	expect("0xffffffffffffffff", UINT64_MAX);
}

Test(number, text_that_is_not_a_number_is_refused)
{
	static const char *const wrong[] = { "",
					     " 1",
					     "1 ",
					     "-1",
					     "+1",
					     "0x",
					     "0x-1",
					     "0x 1",
					     "1k",
					     "0x0x1",
					     "x1",
					     "1.0",
					     "0x+1",
					     "18446744073709551616",
					     "0x10000000000000000" };

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint64_t value = 7;

		cr_expect(!number_read(wrong[i], &value) && value == 7, "%s", wrong[i]);
	}
}
