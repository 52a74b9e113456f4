/* Tests hv/crypto with published vectors, and tests what vectors cannot: copies, limits, and forged signatures. */
#include "hv/crypto/crypto.h"

#include <criterion/criterion.h>
#include <string.h>

#include "hv/crypto/vectors.h"
#include "hv/crypto/verify.h"

Test(crypto, all_published_vectors_pass)
{
	cr_expect_gt(crypto_vector_count(), 20);
	for (unsigned i = 0; i < crypto_vector_count(); i++)
		cr_expect(crypto_vector_passes(i), "%s", crypto_vector_name(i));
}

Test(crypto, a_copy_of_a_hash_continues_independently)
{
	struct sha256 hash, copy;
	struct sha3_512 hash3, copy3;
	uint8_t digest[SHA3_512_BYTES], other[SHA3_512_BYTES];

	sha256_init(&hash);
	sha256_update(&hash, "ab", 2);
	copy = hash;
	sha256_update(&hash, "x", 1);
	sha256_final(&hash, digest);
	sha256_update(&copy, "c", 1);
	sha256_final(&copy, other);
	cr_expect_arr_eq(other, "\xba\x78\x16\xbf", 4);
	cr_expect_neq(memcmp(digest, other, SHA256_BYTES), 0);

	sha3_512_init(&hash3);
	sha3_512_update(&hash3, "ab", 2);
	copy3 = hash3;
	memset(&hash3, 0xff, sizeof(hash3));
	sha3_512_update(&copy3, "c", 1);
	sha3_512_final(&copy3, other);
	cr_expect_arr_eq(other, "\xb7\x51\x85\x0b", 4);
}

Test(crypto, a_message_may_be_continued_after_its_digest_was_computed)
{
	struct sha256 hash;
	struct sha3_512 hash3;
	uint8_t digest[SHA3_512_BYTES];

	sha256_init(&hash);
	sha256_update(&hash, "a", 1);
	sha256_final(&hash, digest);
	sha256_update(&hash, "bc", 2);
	sha256_final(&hash, digest);
	cr_expect_arr_eq(digest, "\xba\x78\x16\xbf", 4);

	sha3_512_init(&hash3);
	sha3_512_update(&hash3, "a", 1);
	sha3_512_final(&hash3, digest);
	sha3_512_update(&hash3, "bc", 2);
	sha3_512_final(&hash3, digest);
	cr_expect_arr_eq(digest, "\xb7\x51\x85\x0b", 4);
}

Test(crypto, hkdf_derives_as_many_bytes_as_it_can_number_blocks_and_no_more)
{
	static uint8_t out[HKDF_SHA3_512_MAX_BYTES + 2];

	memset(out, 0xa5, sizeof(out));
	cr_expect_eq(hkdf_sha3_512("s", 1, NULL, 0, NULL, 0, out, HKDF_SHA3_512_MAX_BYTES + 1), ERROR_INVALID);
	for (unsigned i = 0; i < sizeof(out); i++)
		cr_assert_eq(out[i], 0xa5);
	cr_expect_eq(hkdf_sha3_512("s", 1, NULL, 0, NULL, 0, out, HKDF_SHA3_512_MAX_BYTES), ERROR_NONE);
	cr_expect_eq(out[HKDF_SHA3_512_MAX_BYTES], 0xa5);
	cr_expect_eq(hkdf_sha3_512("s", 1, NULL, 0, NULL, 0, out, 0), ERROR_NONE);
}

Test(crypto, a_mac_may_replace_its_key)
{
	uint8_t mac[SHA3_512_BYTES] = { 1, 2, 3 }, other[SHA3_512_BYTES];

	hmac_sha3_512(mac, sizeof(mac), "message", 7, other);
	hmac_sha3_512(mac, sizeof(mac), "message", 7, mac);
	cr_expect_arr_eq(mac, other, sizeof(mac));
}

Test(crypto, a_signature_is_valid_until_a_bit_of_it_or_of_the_message_changes)
{
	static const uint8_t private_key[ED25519_KEY_BYTES] = "a private key of thirty-two byte";
	uint8_t public_key[ED25519_KEY_BYTES], signature[ED25519_SIGNATURE_BYTES], message[] = "message";

	ed25519_public_key(private_key, public_key);
	ed25519_sign(private_key, message, sizeof(message), signature);
	cr_expect(ed25519_verify(public_key, message, sizeof(message), signature));
	for (unsigned bit = 0; bit < 8 * sizeof(signature); bit++) {
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_expect_not(ed25519_verify(public_key, message, sizeof(message), signature), "bit %u", bit);
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	message[3] ^= 1;
	cr_expect_not(ed25519_verify(public_key, message, sizeof(message), signature));
}
