/* A payload that makes 12 ecalls. They have the same results on the bare machine and under an image with ecall_monitor.
 * The BUILD file expects that the module has counted 12. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/firmware_calls.h"
#include "payloads/runtime/test.h"

TEST(counted_ecalls_still_reach_the_firmware)
{
	for (uint64_t i = 0; i < 10; i++)
		expect_equal((uint64_t)abi_call(FIRMWARE_EID, FIRMWARE_ECHO, i, 0, 0).error, i + 1, "the answer");
}

TEST(ecalls_that_the_firmware_refuses_are_counted_too)
{
	expect_equal((uint64_t)abi_call(0x0a000043, 0, 0, 0, 0).error, (uint64_t)SBI_ERR_NOT_SUPPORTED, "refused");
	expect_equal((uint64_t)abi_call(FIRMWARE_EID, 99, 0, 0, 0).error, (uint64_t)SBI_ERR_NOT_SUPPORTED, "refused");
}
