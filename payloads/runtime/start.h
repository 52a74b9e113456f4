/* How a guest begins: what start.S calls, in order.
 * Called by start.S only.
 * Must not know tests. */
#ifndef PAYLOADS_RUNTIME_START_H
#define PAYLOADS_RUNTIME_START_H

/** Sets up the calling hart's trap areas and vectors. Each hart once, on its own stack, tp set. */
void start_hart(void);

/** Where harts other than the boot hart wait for work. Does not return. */
void start_park(void) __attribute__((noreturn));

/** Where the boot hart goes: the tests, and the end of the run. */
void start_main(void) __attribute__((noreturn));

#endif
