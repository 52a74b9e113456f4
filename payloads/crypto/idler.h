/* idler: the same module as hasher, without the hash. A test compares the sizes of both images.
 * hv calls its hook through generated code (the dispatch of hooks). Must not look at exits. */
#ifndef PAYLOADS_CRYPTO_IDLER_H
#define PAYLOADS_CRYPTO_IDLER_H

#include "hv/module/api.h"

/** This state is empty, so that no other data moves in the image. */
struct idler {
};

/** Prints a number. Called once, on the hart that ends the run. */
void idler_on_shutdown(struct idler *self, struct hart *hart);

#endif
