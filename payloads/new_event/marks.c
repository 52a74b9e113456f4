/* Makes MARK ecalls. hv with probe.patch writes two trace records for each ecall: a MARK record and a PROBE record. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/test.h"

#define MARKS 20

TEST(every_mark_succeeds)
{
	for (uint64_t i = 0; i < MARKS; i++)
		expect_equal((uint64_t)abi_call(ABI_EID, HARTSCOPE_MARK, i, 1000 + i, 0).error, 0, "MARK succeeds");
}
