/* HMAC and HKDF, put together from SHA3-512. HACL* has both, but its HMAC takes 1,488 bytes of stack in addition to what
 * SHA3-512 takes, which is more than hv's stack has. Here, a key is combined with the constants of HMAC in place, and the
 * inner digest is stored where the result will be. */
#include "hv/crypto/crypto.h"

enum { INNER = 0x36, OUTER = 0x5c };

/* A key of HMAC in the form in which it is hashed: one block, extended by zeros. */
struct key {
	uint8_t block[SHA3_512_BLOCK_BYTES];
};

/* Makes a key of @p length bytes. If that is more than a block, the digest of the bytes is the key. @p hash is memory for
 * the hash. */
static void load(struct key *key, struct sha3_512 *hash, const uint8_t *bytes, uint32_t length)
{
	*key = (struct key){ .block = { 0 } };
	if (length > sizeof(key->block)) {
		sha3_512_init(hash);
		sha3_512_update(hash, bytes, length);
		sha3_512_final(hash, key->block);
		return;
	}
	for (uint32_t i = 0; i < length; i++)
		key->block[i] = bytes[i];
}

static void combine(struct key *key, uint8_t constant)
{
	for (uint32_t i = 0; i < sizeof(key->block); i++)
		key->block[i] ^= constant;
}

static void begin(struct sha3_512 *hash, struct key *key, uint8_t constant)
{
	sha3_512_init(hash);
	combine(key, constant);
	sha3_512_update(hash, key->block, sizeof(key->block));
	combine(key, constant);
}

/* Ends the hash that began with INNER and the same key, and computes the outer one. */
static void end(struct sha3_512 *hash, struct key *key, uint8_t *mac)
{
	sha3_512_final(hash, mac);
	begin(hash, key, OUTER);
	sha3_512_update(hash, mac, SHA3_512_BYTES);
	sha3_512_final(hash, mac);
}

void hmac_sha3_512(const void *key, uint32_t key_length, const void *message, uint32_t length, uint8_t *mac)
{
	struct sha3_512 hash;
	struct key block;

	load(&block, &hash, key, key_length);
	begin(&hash, &block, INNER);
	sha3_512_update(&hash, message, length);
	end(&hash, &block, mac);
}

enum error hkdf_sha3_512(const void *secret, uint32_t secret_length, const void *salt, uint32_t salt_length,
			 const void *info, uint32_t info_length, uint8_t *out, uint32_t length)
{
	struct sha3_512 hash;
	struct key key;
	uint8_t mac[SHA3_512_BYTES];

	if (length > HKDF_SHA3_512_MAX_BYTES)
		return ERROR_INVALID;

	/* Extract: the MAC of the secret is the key of the second step. hmac_sha3_512 would take more stack. */
	load(&key, &hash, salt, salt_length);
	begin(&hash, &key, INNER);
	sha3_512_update(&hash, secret, secret_length);
	end(&hash, &key, mac);
	load(&key, &hash, mac, sizeof(mac));

	/* Expand: block i of the result is the MAC of block i - 1, info and i. */
	for (uint32_t done = 0, i = 1; done < length; i++) {
		uint8_t number = (uint8_t)i;

		begin(&hash, &key, INNER);
		if (i > 1)
			sha3_512_update(&hash, mac, sizeof(mac));
		sha3_512_update(&hash, info, info_length);
		sha3_512_update(&hash, &number, 1);
		end(&hash, &key, mac);
		for (uint32_t at = 0; at < sizeof(mac) && done < length; at++)
			out[done++] = mac[at];
	}
	return ERROR_NONE;
}
