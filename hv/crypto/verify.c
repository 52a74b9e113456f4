/* The verification of signatures by HACL*, which does not declare its inputs const, but does not change them. */
#include "hv/crypto/verify.h"

#include <Hacl_Ed25519.h>

bool ed25519_verify(const uint8_t *public_key, const void *message, uint32_t length, const uint8_t *signature)
{
	return Hacl_Ed25519_verify((uint8_t *)public_key, length, (uint8_t *)message, (uint8_t *)signature);
}
