/* Calls READ and STAT for a hart that has not started yet. The test relies on QEMU's icount mode, in which no other
 * hart runs until hart 0 waits. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/test.h"

static uint8_t answer[HARTSCOPE_READ_BYTES] __attribute__((aligned(16)));
static struct hartscope_stat stat;

static int64_t read_of(uint64_t hart)
{
	return abi_read(hart, 0, (uint64_t)answer, sizeof(answer)).error;
}

TEST(a_hart_that_has_not_started_has_no_ring_to_read)
{
	expect_equal((uint64_t)read_of(1), (uint64_t)SBI_ERR_INVALID_PARAM, "READ of hart 1 is refused");
	expect_equal((uint64_t)read_of(0), SBI_SUCCESS, "READ of hart 0 succeeds");
	abi_call(ABI_EID, HARTSCOPE_STAT, 1, (uint64_t)&stat, sizeof(stat));
	expect_equal(stat.length, sizeof(stat), "STAT of hart 1 fills in the whole structure");
	expect_equal(stat.emitted, 0, "slots that hart 1 has written");
}
