/* Brings a hart into the state from which each test of a firmware guest starts. In this state no interrupt is pending
 * or enabled, nothing is delegated, paging is off, and all PMP entries that are not locked are off. Called at the start
 * of tests, in M-mode.
 * Must not affect other harts. */
#ifndef PAYLOADS_RUNTIME_QUIET_H
#define PAYLOADS_RUNTIME_QUIET_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/runtime/csr.h"
#include "payloads/runtime/machine.h"

/** Brings the calling hart and its devices into the state that is described at the top of this file. M-mode only. */
void quiet(void);

/** Makes an interrupt pending on the calling hart, by an access to a device or by a write to mip. M-mode only.
 * @param irq the exception code of the interrupt */
void quiet_raise(unsigned irq);

/** Returns whether the board has a device that raises interrupt @p irq. A board without a PLIC has no external interrupts of
 * M-mode. */
static inline bool quiet_can_raise(unsigned irq)
{
	return irq != IRQ_MEI || PLIC_ADDRESS;
}

/** Makes interrupt @p irq no longer pending on the calling hart. M-mode only. */
void quiet_lower(unsigned irq);

/** Waits until @p area has recorded @p count interrupts. */
struct trap_area;
void quiet_wait_for_interrupts(const struct trap_area *area, uint64_t count);

/** Waits for a short time (a fixed number of loop iterations). A test calls this before it checks that no interrupt was
 * taken. */
void quiet_pause(void);

/** @return true if the hart has the CSR stimecmp. Uses trap_catch(). M-mode only. */
bool quiet_has_sstc(void);

#endif
