/* Tests keys from the entropy source with sources whose bytes the test knows. */
#include <criterion/criterion.h>
#include <string.h>

#include "hv/arch/csr.h"
#include "hv/arch/isa.h"
#include "hv/crypto/crypto.h"

/* Two bytes with the number of the read, until the source is dead. */
static unsigned reads_left;

static uint64_t seed(unsigned read)
{
	return field_set(SEED_OPST, 0, read < reads_left ? SEED_ES16 : SEED_DEAD) | read << 8 | read;
}

static enum error make_key(unsigned reads, uint8_t *key)
{
	host_hart_reset();
	host_hart.seed = seed;
	reads_left = reads;
	memset(key, 0xa5, ENTROPY_KEY_BYTES);
	return entropy_key(key);
}

Test(entropy_key, a_key_is_the_first_half_of_the_digest_of_512_bits)
{
	uint8_t key[ENTROPY_KEY_BYTES], bytes[SHA3_512_BYTES], digest[SHA3_512_BYTES];
	struct sha3_512 hash;

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i / 2);
	sha3_512_init(&hash);
	sha3_512_update(&hash, bytes, sizeof(bytes));
	sha3_512_final(&hash, digest);
	cr_expect_eq(make_key(32, key), ERROR_NONE);
	cr_expect_eq(host_hart.seed_reads, 32);
	cr_expect_arr_eq(key, digest, sizeof(key));
}

Test(entropy_key, without_entropy_there_is_no_key)
{
	static const uint8_t zeros[ENTROPY_KEY_BYTES];
	uint8_t key[ENTROPY_KEY_BYTES];

	cr_expect_eq(make_key(31, key), ERROR_NOT_FOUND);
	cr_expect_arr_eq(key, zeros, sizeof(key));
	host_hart_reset();
	memset(key, 0xa5, sizeof(key));
	cr_expect_eq(entropy_key(key), ERROR_UNSUPPORTED);
	cr_expect_arr_eq(key, zeros, sizeof(key));
}
