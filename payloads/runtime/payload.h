/* Where an S-mode payload begins in C.
 * Called by payload_start.S only, on hart 0 with tp and sp set.
 * Must not touch a CSR of M-mode. */
#ifndef PAYLOADS_RUNTIME_PAYLOAD_H
#define PAYLOADS_RUNTIME_PAYLOAD_H

/** Sets the trap vector and runs the tests. */
void payload_main(void) __attribute__((noreturn));

#endif
