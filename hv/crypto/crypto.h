/* Cryptography for modules: SHA-256, SHA3-512, HMAC and HKDF over SHA3-512, and signatures of Ed25519.
 * A module that needs it names //hv/crypto in its deps. The image contains only those functions that some module calls.
 * The algorithms come from BearSSL and HACL* (third_party/cryptography); hv adds only the interface, HMAC and HKDF.
 * Any hart may call any function, at any time. The time that a function takes does not depend on the values of secrets.
 * A function may leave parts of its secrets on the stack, which only hv can read. Must not know guests and modules. */
#ifndef HV_CRYPTO_CRYPTO_H
#define HV_CRYPTO_CRYPTO_H

#include <stdint.h>

#include "hv/arch/error.h"

#define SHA256_BYTES 32
#define SHA3_512_BYTES 64
#define SHA3_512_BLOCK_BYTES 72
#define ENTROPY_KEY_BYTES 32
#define ED25519_KEY_BYTES 32
#define ED25519_SIGNATURE_BYTES 64
#define HKDF_SHA3_512_MAX_BYTES (255 * SHA3_512_BYTES)

/* ---- SHA-256 (FIPS 180-4) of a message that comes in pieces ---- */

/** The state of a SHA-256 computation. It contains no pointers: it may be copied and moved. */
struct sha256 {
	uint64_t state[14];
} __attribute__((may_alias)); /* sha256.c accesses it as the type that BearSSL has for it */

/** Begins a message. */
void sha256_init(struct sha256 *hash);

/** Appends @p length bytes to the message. */
void sha256_update(struct sha256 *hash, const void *bytes, uint32_t length);

/** Computes the digest of the message so far. The message may be continued afterwards.
 * @param digest gets SHA256_BYTES bytes */
void sha256_final(const struct sha256 *hash, uint8_t *digest);

/* ---- SHA3-512 (FIPS 202) of a message that comes in pieces ---- */

/** The state of a SHA3-512 computation. It contains no pointers: it may be copied and moved. */
struct sha3_512 {
	uint64_t lanes[25];
	uint64_t length;                     /* of the message so far, in bytes */
	uint8_t block[SHA3_512_BLOCK_BYTES]; /* the bytes of the message that are not in the lanes yet */
};

/** Begins a message. */
void sha3_512_init(struct sha3_512 *hash);

/** Appends @p length bytes to the message. */
void sha3_512_update(struct sha3_512 *hash, const void *bytes, uint32_t length);

/** Computes the digest of the message so far. The message may be continued afterwards.
 * @param digest gets SHA3_512_BYTES bytes */
void sha3_512_final(const struct sha3_512 *hash, uint8_t *digest);

/* ---- keys ---- */

/** Computes HMAC (RFC 2104) of a message with SHA3-512.
 * @param mac gets SHA3_512_BYTES bytes; it may be the same memory as the key or the message */
void hmac_sha3_512(const void *key, uint32_t key_length, const void *message, uint32_t length, uint8_t *mac);

/** Derives @p length bytes from a secret with HKDF (RFC 5869, extract and expand) and SHA3-512.
 * @param salt   may be empty, which is the same as SHA3_512_BYTES zeros
 * @param info   what the bytes are for; may be empty
 * @param out    gets @p length bytes; must not overlap the other parameters
 * @param length at most HKDF_SHA3_512_MAX_BYTES
 * @return ERROR_INVALID if @p length is larger; then nothing has been written */
enum error hkdf_sha3_512(const void *secret, uint32_t secret_length, const void *salt, uint32_t salt_length,
			 const void *info, uint32_t info_length, uint8_t *out, uint32_t length) MUST_CHECK;

/** Makes a key from the entropy source of the calling hart: the first half of the SHA3-512 digest of 512 bits. The
 * manual (Volume I, Zkr) promises that these have at least 256 bits of entropy.
 * @param key gets ENTROPY_KEY_BYTES bytes; zeros after an error
 * @return the error of entropy_read */
enum error entropy_key(uint8_t *key) MUST_CHECK;

/* ---- Ed25519 (RFC 8032) ---- */

/** Computes the public key of a private key.
 * @param private_key ED25519_KEY_BYTES random bytes
 * @param public_key  gets ED25519_KEY_BYTES bytes; must not overlap @p private_key */
void ed25519_public_key(const uint8_t *private_key, uint8_t *public_key);

/** Signs a message.
 * @param private_key ED25519_KEY_BYTES bytes
 * @param signature   gets ED25519_SIGNATURE_BYTES bytes; must not overlap the other parameters */
void ed25519_sign(const uint8_t *private_key, const void *message, uint32_t length, uint8_t *signature);

#endif
