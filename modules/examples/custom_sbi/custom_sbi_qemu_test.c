/* A payload that calls the extension of custom_sbi. It runs only under hv, because no firmware has this extension. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/firmware_calls.h"
#include "payloads/runtime/test.h"

#define CUSTOM_SBI_EID 0x09000000
#define HELLO 0
#define GOODBYE 1

static void expect_answer(uint64_t fid, int64_t error, const char *what)
{
	struct ecall_result result = abi_call(CUSTOM_SBI_EID, fid, 7, 7, 7);
	expect_equal((uint64_t)result.error, (uint64_t)error, what);
	expect_equal(result.value, 0, "the value is 0");
}

TEST(the_extension_answers_hello_and_goodbye)
{
	expect_answer(HELLO, 0, "hello succeeds");
	expect_answer(GOODBYE, 0, "goodbye succeeds");
}

TEST(an_unknown_function_is_not_supported)
{
	expect_answer(2, SBI_ERR_NOT_SUPPORTED, "function 2 is refused");
}

TEST(ecalls_of_other_extensions_reach_the_firmware)
{
	expect_equal((uint64_t)abi_call(FIRMWARE_EID, FIRMWARE_ECHO, 41, 0, 0).error, 42, "the firmware's answer");
	expect_equal((uint64_t)abi_call(CUSTOM_SBI_EID + 1, HELLO, 0, 0, 0).error, (uint64_t)SBI_ERR_NOT_SUPPORTED,
		     "the firmware refuses the next EID");
}
