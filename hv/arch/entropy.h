/* Random bits from the entropy source of the hart (Zkr).
 * Modules call it through hv/module/api.h. It must not know what the bits are for. Guests cannot reach the source: hv hides
 * Zkr, and mseccfg lets neither S-mode nor U-mode read seed. */
#ifndef HV_ARCH_ENTROPY_H
#define HV_ARCH_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "hv/arch/error.h"

/** How often entropy_read reads seed for the same two bytes while the source is testing itself or has no entropy yet. */
#define ENTROPY_READS 10000

/** Reads random bytes from the source of the calling hart. Interrupts must be off.
 * The bytes are not a key: the manual promises only that each has 4 bits of entropy, so a key is the digest of twice as
 * many bytes as it has (entropy_key of hv/crypto/crypto.h).
 * @param bytes gets @p length bytes; zeros after an error, so that nobody uses half a key
 * @return ERROR_UNSUPPORTED if the hart has no source. ERROR_NOT_FOUND if the source is dead, which is final, or if it had
 * no entropy in ENTROPY_READS reads. */
enum error entropy_read(uint8_t *bytes, size_t length) MUST_CHECK;

#endif
