/* A guest that makes marks, of each of which an hv with one more event tells twice. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/test.h"

#define MARKS 20

TEST(marks)
{
	for (uint64_t i = 0; i < MARKS; i++)
		expect_equal((uint64_t)abi_call(ABI_EID, HARTSCOPE_MARK, i, 1000 + i, 0).error, 0, "a mark");
}
