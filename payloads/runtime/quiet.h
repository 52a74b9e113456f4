/* Sets the state from which each test of a firmware guest starts: no interrupt is pending or enabled, nothing is
 * delegated, and paging and unlocked PMP entries are off. Called at the start of tests, in M-mode.
 * Must not affect other harts. */
#ifndef PAYLOADS_RUNTIME_QUIET_H
#define PAYLOADS_RUNTIME_QUIET_H

#include <stdbool.h>
#include <stdint.h>

/** Brings the calling hart and its devices into that state. M-mode only. */
void quiet(void);

/** Makes interrupt @p irq (its code) pending on the calling hart, by its device or by a write to mip. M-mode only. */
void quiet_raise(unsigned irq);

/** Withdraws interrupt @p irq. M-mode only. */
void quiet_lower(unsigned irq);

/** Waits until @p area has recorded @p count interrupts. */
struct trap_area;
void quiet_wait_for_interrupts(const struct trap_area *area, uint64_t count);

/** Waits for a while. A test calls this before it checks that no interrupt was taken. */
void quiet_pause(void);

/** @return true if the hart has the CSR stimecmp. Uses trap_catch(). M-mode only. */
bool quiet_has_sstc(void);

#endif
