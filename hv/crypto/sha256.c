/* SHA-256 by BearSSL. br_sha256_init would also link a table of functions, for callers that choose a hash at run time.
 * So sha256_init sets the state that it would set through br_sha256_set_state. */
#include <bearssl_hash.h>

#include "hv/crypto/crypto.h"

_Static_assert(sizeof(struct sha256) == sizeof(br_sha256_context), "struct sha256 is BearSSL's structure");
_Static_assert(_Alignof(struct sha256) == _Alignof(br_sha256_context), "struct sha256 is BearSSL's structure");
_Static_assert(SHA256_BYTES == br_sha256_SIZE, "BearSSL writes the digest");

/* The initial hash value of FIPS 180-4, section 5.3.3, in the order of bytes that br_sha256_set_state expects. */
static const uint8_t initial[32] = {
	0x6a, 0x09, 0xe6, 0x67, 0xbb, 0x67, 0xae, 0x85, 0x3c, 0x6e, 0xf3, 0x72, 0xa5, 0x4f, 0xf5, 0x3a,
	0x51, 0x0e, 0x52, 0x7f, 0x9b, 0x05, 0x68, 0x8c, 0x1f, 0x83, 0xd9, 0xab, 0x5b, 0xe0, 0xcd, 0x19,
};

void sha256_init(struct sha256 *hash)
{
	br_sha256_set_state((br_sha256_context *)hash, initial, 0);
}

void sha256_update(struct sha256 *hash, const void *bytes, uint32_t length)
{
	br_sha256_update((br_sha256_context *)hash, bytes, length);
}

void sha256_final(const struct sha256 *hash, uint8_t *digest)
{
	br_sha256_out((const br_sha256_context *)hash, digest);
}
