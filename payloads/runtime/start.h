/* Declares the C functions that start.S calls, in the order of these calls.
 * Called only by start.S.
 * Must not depend on tests. */
#ifndef PAYLOADS_RUNTIME_START_H
#define PAYLOADS_RUNTIME_START_H

/** Sets up the trap areas and trap vectors of the calling hart. Called once on each hart, after sp and tp have been
 * set. */
void start_hart(void);

/** Waits until another hart calls hart_start() for this hart, executes the work, and waits again. Called on every hart
 * except the boot hart. */
void start_park(void) __attribute__((noreturn));

/** Runs the tests and ends the run. Called on the boot hart. */
void start_main(void) __attribute__((noreturn));

#endif
