/* Hashes a register whose value the compiler does not know, so that it cannot compute the digest. */
#define LOG_NAME hasher
#include "payloads/crypto/hasher.h"

#include "hv/crypto/crypto.h"

void hasher_on_shutdown(struct hasher *self, struct hart *hart)
{
	uint64_t message = hart_id(hart), digest[SHA256_BYTES / 8];
	struct sha256 hash;

	sha256_init(&hash);
	sha256_update(&hash, &message, sizeof(message));
	sha256_final(&hash, (uint8_t *)digest);
	LOG_INFO(self, "hasher: %lx", digest[0]);
}
