/* The state that each test of a firmware guest starts from: nothing pending, enabled, delegated, translated or protected.
 * Called at the start of tests, in M-mode.
 * Must not touch other harts. */
#ifndef PAYLOADS_RUNTIME_QUIET_H
#define PAYLOADS_RUNTIME_QUIET_H

#include <stdbool.h>
#include <stdint.h>

/** Brings the calling hart and its devices into that state; unlocked PMP entries are switched off. M-mode. */
void quiet(void);

/** Makes the interrupt @p irq (a code) of the calling hart pending, by its device or by mip. M-mode. */
void quiet_raise(unsigned irq);

/** Takes @p irq back. */
void quiet_lower(unsigned irq);

/** Waits for @p count interrupts of @p area; they are recorded in order. */
struct trap_area;
void quiet_wait_for_interrupts(const struct trap_area *area, uint64_t count);

/** Gives an interrupt that should not come the time to come. */
void quiet_pause(void);

/** @return true if the machine has the supervisor timer CSR. Uses trap_catch(). M-mode */
bool quiet_has_sstc(void);

#endif
