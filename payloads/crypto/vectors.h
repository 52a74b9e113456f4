/* vectors: a test module that computes the test vectors of hv/crypto in hv, and measures what the functions cost.
 * hv calls its hook through generated code (the dispatch of hooks), in the image of this folder's test.
 * Must not do anything to a guest except when the guest makes one of its ecalls. */
#ifndef PAYLOADS_CRYPTO_VECTORS_H
#define PAYLOADS_CRYPTO_VECTORS_H

#include "hv/module/api.h"

struct vectors {
};

enum hook_action vectors_ecall_from_firmware(struct vectors *self, struct hart *hart, struct vcpu *vcpu);

#endif
