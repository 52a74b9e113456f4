/* Runs as a guest that the setting [trace] guest_access excludes. The guest must not be able to read the trace or to
 * change the settings of the trace. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/test.h"
#include "trace/format/slot.h"

static uint8_t answer[HARTSCOPE_READ_BYTES] __attribute__((aligned(16)));
static struct hartscope_stat stat;

static int64_t error_of(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	return abi_call(ABI_EID, function, a, b, c).error;
}

TEST(t1_a_guest_without_access_cannot_read_or_change_the_trace)
{
	for (unsigned i = 0; i < sizeof(answer); i++)
		answer[i] = 0x5a;
	expect_equal((uint64_t)abi_read(0, 0, (uint64_t)answer, sizeof(answer)).error, (uint64_t)SBI_ERR_DENIED,
		     "READ is denied");
	for (unsigned i = 0; i < sizeof(answer); i++)
		if (answer[i] != 0x5a)
			expect_equal(answer[i], 0x5a, "READ leaves the buffer unchanged");
	expect_equal((uint64_t)error_of(HARTSCOPE_CTRL, 0, 0, 0), (uint64_t)SBI_ERR_DENIED,
		     "CTRL that only reads is denied");
	expect_equal((uint64_t)error_of(HARTSCOPE_CTRL, 0, 1, 3), (uint64_t)SBI_ERR_DENIED, "CTRL that sets is denied");
	expect_equal((uint64_t)error_of(HARTSCOPE_SYNC, 0, 0, 0), (uint64_t)SBI_ERR_DENIED, "SYNC is denied");
}

TEST(t2_calls_that_do_not_reveal_the_rings_still_work)
{
	expect_equal((uint64_t)error_of(HARTSCOPE_INFO, (uint64_t)answer, sizeof(answer), 0), SBI_SUCCESS,
		     "INFO succeeds");
	expect_equal((uint64_t)error_of(HARTSCOPE_MARK, 1, 2, 0), SBI_SUCCESS, "MARK succeeds");
	expect_equal((uint64_t)error_of(HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat)), SBI_SUCCESS,
		     "STAT succeeds");
	expect(stat.emitted > 0, "the trace has written slots");
}
