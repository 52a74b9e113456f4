/* The C entry point of an S-mode payload.
 * Called only by payload_start.S, on the boot hart, after it has set tp and sp.
 * Must not access M-mode CSRs. */
#ifndef PAYLOADS_RUNTIME_PAYLOAD_H
#define PAYLOADS_RUNTIME_PAYLOAD_H

/** Sets the trap vector and runs the tests. */
void payload_main(void) __attribute__((noreturn));

#endif
