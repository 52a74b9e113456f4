/* The C functions that start.S calls, in this order.
 * Called only by start.S.
 * Must not depend on tests. */
#ifndef PAYLOADS_RUNTIME_START_H
#define PAYLOADS_RUNTIME_START_H

/** Sets up the calling hart's trap areas and vectors. Called once on each hart, with sp and tp set. */
void start_hart(void);

/** Waits for work and executes it (hart_start()). Called on every hart except the boot hart. */
void start_park(void) __attribute__((noreturn));

/** Runs the tests and ends the run. Called on the boot hart. */
void start_main(void) __attribute__((noreturn));

#endif
