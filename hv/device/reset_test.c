/* Tests which stores to the reset device end the run. */
#include "hv/device/reset.h"

#include "hv/testing/testing.h"

#define FINISHER 0x100000ull

Test(reset, the_reset_device_is_at_the_address_of_the_platform)
{
	cr_expect_not(reset_contains(FINISHER - 1));
	cr_expect(reset_contains(FINISHER));
	cr_expect_not(reset_contains(FINISHER + 0x1000));
}

Test(reset, exactly_three_halfwords_end_the_run_whatever_the_upper_half_contains)
{
	for (unsigned value = 0; value < 0x10000; value++) {
		bool ends = value == 0x5555 || value == 0x3333 || value == 0x7777;

		require(reset_ends_run(FINISHER, 2, value) == ends, "%x", value);
		require(reset_ends_run(FINISHER, 4, value | 0x10000) == ends, "%x with a code", value);
	}
}

Test(reset, only_stores_of_2_or_4_bytes_at_offset_0_end_the_run)
{
	for (unsigned width = 1; width <= 8; width *= 2)
		for (uint64_t offset = 0; offset < 16; offset += width)
			cr_expect_eq(reset_ends_run(FINISHER + offset, width, 0x5555),
				     offset == 0 && (width == 2 || width == 4));
}
