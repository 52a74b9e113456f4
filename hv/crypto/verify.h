/* The verification of signatures, for programs and tests on the host.
 * It needs 7.8 KB of stack, which hv does not have, so it is not a part of hv/crypto/crypto.h. Must not be called in an
 * image. */
#ifndef HV_CRYPTO_VERIFY_H
#define HV_CRYPTO_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

/** Whether @p signature (64 bytes) is the signature of a message by the owner of @p public_key (32 bytes). */
bool ed25519_verify(const uint8_t *public_key, const void *message, uint32_t length, const uint8_t *signature);

#endif
