/* Lets a payload of OpenSBI run on all harts: starts the other harts, and sends and awaits interrupts between harts (IPIs).
 * A guest that uses this file defines first_hart and other_hart. OpenSBI starts the guest in S-mode on any one of the harts.
 * Interrupts stay disabled in sstatus, so an interrupt only ends a wfi, and no trap is necessary. */
#ifndef BENCHMARKS_MICRO_HARTS_H
#define BENCHMARKS_MICRO_HARTS_H

#include <stdint.h>

#include "abi/sbi.h"
#include "payloads/runtime/ecall.h"

/** The most harts that harts_start starts. */
#define MAX_HARTS 64

#define SIP_SSIP UINT64_C(0x2)
#define SIP_STIP UINT64_C(0x20)

/** The number of harts, whose ids are 0 to harts - 1, and the hart on which OpenSBI started the guest. Set by harts_start. */
extern uint64_t harts, first;

/** Runs on the hart on which OpenSBI started the guest. @p hart is its id. */
void first_hart(uint64_t hart) __attribute__((noreturn));

/** Runs on each hart that harts_start starts. @p hart is its id. */
void other_hart(uint64_t hart) __attribute__((noreturn));

/** Starts all other harts, one after another. Each calls hart_is_ready in other_hart, and the next one is started then.
 * @param hart the id of the calling hart */
void harts_start(uint64_t hart);

/** Tells the first hart that the calling hart has been started. */
void hart_is_ready(void);

/** Sleeps until one of the interrupts in @p mask (SIP_*) is pending, and clears SSIP if it is in @p mask. */
void wait_for(uint64_t mask);

/** Sends an IPI to @p hart. */
void send_ipi(uint64_t hart);

/** Sends an IPI to each hart whose bit in @p mask is 1. Bit n stands for hart n. */
void send_ipis(uint64_t mask);

/** The present time in ticks of mtime. */
uint64_t now(void);

#endif
