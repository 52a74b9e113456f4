/* SHA3-512 by HACL*. Its structure for a message in pieces has pointers into memory that it would allocate. struct
 * sha3_512 holds that memory, and each call makes the structure anew. HACL* declares nothing const, but does not change
 * what it only reads. */
#include <internal/Hacl_Hash_SHA3.h>

#include "hv/crypto/crypto.h"

static Hacl_Hash_SHA3_state_t state_of(const struct sha3_512 *hash)
{
	return (Hacl_Hash_SHA3_state_t){
		.block_state = { .fst = Spec_Hash_Definitions_SHA3_512, .snd = (uint64_t *)hash->lanes },
		.buf = (uint8_t *)hash->block,
		.total_len = hash->length,
	};
}

void sha3_512_init(struct sha3_512 *hash)
{
	*hash = (struct sha3_512){ .length = 0 };
}

void sha3_512_update(struct sha3_512 *hash, const void *bytes, uint32_t length)
{
	Hacl_Hash_SHA3_state_t state = state_of(hash);

	(void)Hacl_Hash_SHA3_update(&state, (uint8_t *)bytes, length); /* fails only after 2^64 bytes */
	hash->length = state.total_len;
}

void sha3_512_final(const struct sha3_512 *hash, uint8_t *digest)
{
	Hacl_Hash_SHA3_state_t state = state_of(hash);

	(void)Hacl_Hash_SHA3_digest(&state, digest); /* fails only for SHAKE */
}
