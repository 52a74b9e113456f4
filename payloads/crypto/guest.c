/* Makes hv compute the test vectors of hv/crypto, and measures what its functions cost. Runs under icount, so that the
 * costs are numbers of instructions that do not change. */
#include "payloads/crypto/calls.h"
#include "payloads/runtime/abi.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/test.h"

static struct ecall_result ask(uint64_t fid, uint64_t a, uint64_t b)
{
	return abi_call(VECTORS_EID, fid, a, b, 0);
}

TEST(hv_computes_the_published_results)
{
	uint64_t count = ask(VECTORS_COUNT, 0, 0).value;

	expect(count > 20, "hv knows the vectors");
	for (uint64_t i = 0; i < count; i++) {
		struct ecall_result result = ask(VECTORS_CHECK, i, 0);

		expect(result.error == 0 && result.value == 1, "hv computes the published result");
	}
	expect(ask(VECTORS_CHECK, count, 0).error != 0, "there is no further vector");
}

static uint64_t cost(enum vectors_cost function, uint64_t length)
{
	struct ecall_result result = ask(VECTORS_COST, function, length);

	expect_equal((uint64_t)result.error, 0, "the function returns");
	return result.value;
}

static void expect_per_byte(enum vectors_cost function, uint64_t limit, const char *what)
{
	uint64_t more = cost(function, VECTORS_COST_BYTES) - cost(function, VECTORS_COST_BYTES / 2);
	uint64_t tenths = more * 10 / (VECTORS_COST_BYTES / 2);

	print("%s: %lu.%lu instructions a byte, %lu for 64 bytes\n", what, tenths / 10, tenths % 10,
	      cost(function, 64));
	expect(tenths > 100 && tenths <= 10 * limit, what);
}

static void expect_cost(enum vectors_cost function, uint64_t length, uint64_t limit, const char *what)
{
	uint64_t instructions = cost(function, length);

	print("%s: %lu instructions\n", what, instructions);
	expect(instructions > 1000 && instructions <= limit, what);
}

TEST(the_functions_cost_what_they_may)
{
	expect_per_byte(COST_SHA256, 73, "sha256");
	expect_per_byte(COST_SHA3_512, 262, "sha3_512");
	expect_cost(COST_HKDF, 64, 200000, "hkdf of 64 bytes");
	expect_cost(COST_PUBLIC_KEY, 0, 600000, "ed25519_public_key");
	expect_cost(COST_SIGN, 1200, 1270000, "ed25519_sign of 1200 bytes");
}
