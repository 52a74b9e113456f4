/* hasher: a test module that uses only SHA-256. A test checks that its image contains nothing else of hv/crypto.
 * hv calls its hook through generated code (the dispatch of hooks). Must not look at exits. */
#ifndef PAYLOADS_CRYPTO_HASHER_H
#define PAYLOADS_CRYPTO_HASHER_H

#include "hv/module/api.h"

/** This state is empty, so that no other data moves in the image. */
struct hasher {
};

/** Prints a digest. Called once, on the hart that ends the run. */
void hasher_on_shutdown(struct hasher *self, struct hart *hart);

#endif
