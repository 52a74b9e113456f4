/* Published test vectors for the functions of hv/crypto/crypto.h, and their examination.
 * A test on the host and a module of a test guest call it. Must not be called by two harts at a time. */
#ifndef HV_CRYPTO_VECTORS_H
#define HV_CRYPTO_VECTORS_H

#include <stdbool.h>

/** The number of vectors. */
unsigned crypto_vector_count(void);

/** What vector @p i, which must exist, is, and where it comes from. */
const char *crypto_vector_name(unsigned i);

/** Computes what vector @p i, which must exist, describes. @return whether the result is the published one */
bool crypto_vector_passes(unsigned i);

#endif
