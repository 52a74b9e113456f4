/* Runs under an image that has no counters and no test ecalls (test_abi is false) and that logs only errors. Checks
 * that hv answers each ecall of a missing feature with "not supported". The guest makes the ecalls in M-mode, and then
 * again in S-mode. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

static struct hartscope_stat stat;
static struct hartscope_info info;

static void expect_error(struct ecall_result result, int64_t error, const char *what)
{
	expect_equal((uint64_t)result.error, (uint64_t)error, what);
}

static uint64_t ask(uint64_t unused)
{
	static const char text[] = "not to be seen";
	expect_error(abi_call(ABI_PEER_EID, HARTSCOPE_PEER_FAILURE, 0, 0, 0), SBI_ERR_NOT_SUPPORTED,
		     "FID 0 of the peer EID");
	expect_error(abi_call(ABI_PEER_EID, HARTSCOPE_PEER_SUCCESS, 0, 0, 0), SBI_ERR_NOT_SUPPORTED,
		     "FID 1 of the peer EID");
	expect_error(abi_call(ABI_EID, HARTSCOPE_TEST_EMULATE, (uint64_t)ask, 0, 0), SBI_ERR_NOT_SUPPORTED,
		     "TEST_EMULATE");
	expect_error(abi_call(ABI_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, 0, 1, 0), SBI_ERR_NOT_SUPPORTED,
		     "FID 4 of the peer EID");
	expect_error(abi_call(ABI_PEER_EID, HARTSCOPE_PEER_LOG, 2, (uint64_t)text, sizeof(text) - 1), SBI_SUCCESS,
		     "a log line that the configured level suppresses");
	expect_error(abi_call(ABI_EID, HARTSCOPE_MARK, 7, 8, 0), SBI_SUCCESS, "MARK succeeds");
	expect_error(abi_call(ABI_EID, HARTSCOPE_INFO, (uint64_t)&info, sizeof(info), 0), SBI_SUCCESS, "INFO succeeds");
	expect_equal(info.features, 0, "INFO lists no features");
	stat.exits = 1;
	expect_error(abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat)), SBI_SUCCESS, "STAT succeeds");
	expect_equal(stat.length, sizeof(stat), "STAT's length");
	expect_equal(stat.exits | stat.cycles_hv | stat.cycles_firmware | stat.cycles_payload, 0,
		     "STAT's counts are all 0");
	return unused;
}

TEST(features_that_are_not_built_in_are_not_supported)
{
	quiet();
	mode_open_memory();
	ask(0);
	run_in(MODE_S, ask, 0);
}
