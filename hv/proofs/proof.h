/* What each proof uses: values that may be anything, and statements that CBMC proves for all of these values.
 * Included by *_proof.c. Must not know hv. */
#ifndef HV_PROOFS_PROOF_H
#define HV_PROOFS_PROOF_H

#include <stdbool.h>
#include <stdint.h>

/* CBMC gives a function without a body any result of its type. A structure that may be anything comes from such a
 * function, too: a local variable that is not set will not do, because CBMC gives a union in it another value at each
 * read. */
bool nondet_bool(void);
uint8_t nondet_u8(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);

/** Proves that @p condition is true whenever this statement runs. @p text, a string, says so in words. */
#define prove(condition, text) __CPROVER_assert(condition, text)

/* 1 while CBMC checks that some values reach each statement. One example is enough for this, so a proof may then choose
 * constants for values that make the search long. (With all values free, a search took between 10 seconds and more than an
 * hour, and a change of a few lines in another file decided which.) */
#ifndef REACH
#define REACH 0
#endif

/** Restricts the proof to cases in which @p condition is true. */
#define assume(condition) __CPROVER_assume(condition)

#endif
