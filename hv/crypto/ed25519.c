/* Ed25519 by HACL*, which does not declare its inputs const, but does not change them. */
#include <Hacl_Ed25519.h>

#include "hv/crypto/crypto.h"

void ed25519_public_key(const uint8_t *private_key, uint8_t *public_key)
{
	Hacl_Ed25519_secret_to_public(public_key, (uint8_t *)private_key);
}

void ed25519_sign(const uint8_t *private_key, const void *message, uint32_t length, uint8_t *signature)
{
	Hacl_Ed25519_sign(signature, (uint8_t *)private_key, length, (uint8_t *)message);
}
