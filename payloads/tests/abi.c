/* Tests the ecalls that hv answers. The image of hv counts exits, but writes no trace. The same guest runs as firmware
 * and as payload. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/test.h"

#define HV_ADDRESS UINT64_C(0x80000000)

static struct hartscope_info info;
static struct hartscope_stat stat;

static void expect_error(struct ecall_result result, int64_t error, const char *what)
{
	expect_equal((uint64_t)result.error, (uint64_t)error, what);
}

TEST(info_describes_the_machine)
{
	struct ecall_result result = abi_call(ABI_EID, HARTSCOPE_INFO, (uint64_t)&info, sizeof(info), 0);
	expect_error(result, SBI_SUCCESS, "the call succeeds");
	expect_equal(result.value, sizeof(info), "a1 is the number of bytes written");
	expect_equal(info.length, sizeof(info), "the first word is the length of the structure");
	expect_equal(info.abi_version, HARTSCOPE_ABI_VERSION, "the version of the ABI");
	expect_equal(info.harts, 1, "the number of harts");
	expect_equal(info.timebase, 10000000, "the timebase in Hz");
	expect_equal(info.hart_ids[0], 0, "the id of hart 0");
	expect_equal(info.reset_base, FINISHER_ADDRESS, "the address of the reset device");
	expect(info.reset_bytes >= 4, "the size of the reset device");
}

TEST(stat_gives_the_addresses_of_the_harts_registers)
{
	expect_error(abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat)), SBI_SUCCESS, "STAT succeeds");
	expect_equal(stat.registers.msip, CLINT_ADDRESS, "the address of msip");
	expect_equal(stat.registers.mtimecmp, CLINT_ADDRESS + CLINT_MTIMECMP, "the address of mtimecmp");
	expect_equal(stat.registers.mtime, CLINT_ADDRESS + CLINT_MTIME, "the address of mtime");
}

TEST(info_writes_only_as_many_bytes_as_fit)
{
	uint64_t words[4] = { 1, 2, 3, 4 };
	struct ecall_result result = abi_call(ABI_EID, HARTSCOPE_INFO, (uint64_t)words, 16, 0);
	expect_error(result, SBI_SUCCESS, "the call succeeds");
	expect_equal(result.value, 16, "a1 is 16, the size of the buffer");
	expect_equal(words[0], sizeof(info), "the first word is the length of the whole structure");
	expect_equal(words[1], HARTSCOPE_ABI_VERSION, "the second word is the version");
	expect_equal(words[2], 3, "the word behind the buffer is unchanged");
	expect_error(abi_call(ABI_EID, HARTSCOPE_INFO, (uint64_t)words, 7, 0), SBI_ERR_INVALID_PARAM,
		     "a buffer of 7 bytes is refused");
}

TEST(an_address_outside_the_callers_memory_is_refused)
{
	static const uint64_t places[] = { HV_ADDRESS,        HV_ADDRESS + 0x10000, 0x18,
					   UART_ADDRESS,      CLINT_ADDRESS,        FINISHER_ADDRESS,
					   ~UINT64_C(0) - 63, UINT64_C(1) << 55,    HV_ADDRESS + 0x1fffff };
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct ecall_result result = abi_call(ABI_EID, HARTSCOPE_INFO, places[i], sizeof(info), 0);
		expect_error(result, SBI_ERR_INVALID_ADDRESS, "INFO to an address outside the caller's memory");
		result = abi_call(ABI_EID, HARTSCOPE_STAT, 0, places[i], sizeof(stat));
		expect_error(result, SBI_ERR_INVALID_ADDRESS, "STAT to an address outside the caller's memory");
		result = abi_call(ABI_PEER_EID, HARTSCOPE_PEER_LOG, 3, places[i], 16);
		expect_error(result, SBI_ERR_INVALID_ADDRESS, "LOG from an address outside the caller's memory");
	}
}

TEST(stat_counts_exits_by_world_and_cause)
{
	struct ecall_result result = abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat));
	expect_error(result, SBI_SUCCESS, "the call succeeds");
	expect_equal(result.value, sizeof(stat), "a1 is the number of bytes written");
	uint64_t before = stat.exits, sum = 0;
	for (unsigned i = 0; i < 10; i++)
		abi_call(ABI_EID, HARTSCOPE_MARK, 1, i, 0);
	abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat));
	expect(stat.exits >= before + 11, "ten marks are counted as at least ten exits");
	for (unsigned cause = 0; cause < HARTSCOPE_CAUSES; cause++)
		sum += stat.exits_by_cause[0][cause] + stat.exits_by_cause[1][cause];
	expect_equal(sum, stat.exits, "all causes add up to the exits");
	expect_error(abi_call(ABI_EID, HARTSCOPE_STAT, 1, (uint64_t)&stat, sizeof(stat)), SBI_ERR_INVALID_PARAM,
		     "a hart that does not exist is refused");
}

TEST(features_that_are_not_built_in_are_not_supported)
{
	static const uint64_t fids[] = { HARTSCOPE_CTRL, HARTSCOPE_READ, HARTSCOPE_SYNC, 6, 63, 65, ~UINT64_C(0) };
	for (unsigned i = 0; i < sizeof(fids) / sizeof(fids[0]); i++)
		expect_error(abi_call(ABI_EID, fids[i], 0, 0, 0), SBI_ERR_NOT_SUPPORTED,
			     "CTRL, READ, SYNC or an unknown FID is not supported");
	expect_error(abi_call(ABI_PEER_EID, 3, 0, 0, 0), SBI_ERR_NOT_SUPPORTED,
		     "FID 3 of the peer EID is not supported");
}

TEST(read_counters_refuses_unknown_harts_and_categories)
{
	struct ecall_result result =
		abi_call(ABI_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, 0, HARTSCOPE_CATEGORY_FIRMWARE_TRAP, 0);
	expect_error(result, SBI_SUCCESS, "the category of firmware traps exists");
	expect_error(abi_call(ABI_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, 0, 8, 0), SBI_ERR_INVALID_PARAM,
		     "category 8 is refused");
	expect_error(abi_call(ABI_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, 9, 1, 0), SBI_ERR_INVALID_PARAM,
		     "hart 9 is refused");
}

TEST(log_refuses_unknown_levels)
{
	static const char text[] = "a line of the guest";
	struct ecall_result result = abi_call(ABI_PEER_EID, HARTSCOPE_PEER_LOG, 3, (uint64_t)text, sizeof(text) - 1);
	expect_error(result, SBI_SUCCESS, "level 3 is accepted");
	expect_error(abi_call(ABI_PEER_EID, HARTSCOPE_PEER_LOG, 6, (uint64_t)text, 4), SBI_ERR_INVALID_PARAM,
		     "level 6 is refused");
	expect_error(abi_call(ABI_PEER_EID, HARTSCOPE_PEER_LOG, 0, (uint64_t)text, 4), SBI_ERR_INVALID_PARAM,
		     "level 0 is refused");
}
