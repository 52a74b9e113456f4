/* The ecalls that the test modules of this folder answer. The EID is in a7, the FID in a6.
 * Included by the modules and by the guest. Must not include headers of hv or of the guests' runtime. */
#ifndef PAYLOADS_CRYPTO_CALLS_H
#define PAYLOADS_CRYPTO_CALLS_H

#define VECTORS_EID 0x0a00be13

#define VECTORS_COUNT 0   /* -> the number of test vectors */
#define VECTORS_CHECK 1   /* a0 number of a vector -> 1 if hv computes the published result */
#define VECTORS_COST 2    /* a0 function (enum vectors_cost), a1 bytes -> instructions that it takes, under icount */
#define VECTORS_ENTROPY 3 /* a0 length, 8 to 64 -> the last 8 bytes of entropy_read; NOT_SUPPORTED without a source */
#define VECTORS_KEY 4     /* -> the first 8 bytes of a key of entropy_key; NOT_SUPPORTED without a source */

#define VECTORS_COST_BYTES 16384

enum vectors_cost { COST_SHA256, COST_SHA3_512, COST_HKDF, COST_PUBLIC_KEY, COST_SIGN };

#endif
