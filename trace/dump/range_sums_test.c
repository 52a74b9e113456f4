/* Tests that the check sum of each range equals that of crc32c(), also after the bytes have moved. */
#include "trace/dump/range_sums.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "trace/dump/crc32c.h"

#define BYTES 3000
#define LONGEST 1000

static uint8_t buffer[BYTES];

Test(range_sums, every_range_has_the_sum_that_crc32c_computes)
{
	struct range_sums *sums = range_sums_new(BYTES, LONGEST);

	srand(1);
	for (unsigned round = 0; round < 20; round++) {
		size_t begin = 0;

		for (size_t i = 0; i < BYTES; i++)
			buffer[i] = (uint8_t)rand();
		range_sums_reset(sums);
		for (unsigned i = 0; i < 300; i++) {
			begin += (size_t)rand() % 7;

			size_t length = i % 5 ? (size_t)rand() % LONGEST : i % 2 * LONGEST;
			uint32_t before = (uint32_t)rand() * (i % 3);

			cr_assert_eq(range_sums_get(sums, before, buffer, begin, begin + length),
				     crc32c(before, buffer + begin, length), "from %zu, %zu bytes", begin, length);
		}
	}
	cr_expect_leq(range_sums_work(sums), 20 * BYTES);
	range_sums_free(sums);
	range_sums_free(NULL);
}
