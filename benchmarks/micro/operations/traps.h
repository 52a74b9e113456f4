/* Loops in assembly that measure operations which start in one place or world and end in another.
 * Used by traps.c, in M-mode on hart 0. They change mtvec, mepc and mstatus, and leave mstatus.MIE and mstatus.MPRV
 * cleared. Each span_of_ function repeats its operation `repetitions` times, and returns the instructions of all
 * repetitions together, without the loop around them. */
#ifndef BENCHMARKS_MICRO_OPERATIONS_TRAPS_H
#define BENCHMARKS_MICRO_OPERATIONS_TRAPS_H

#include <stdint.h>

/** Measures from mret to the first instruction after it.
 * @param mstatus the bits MPP and MPRV that are set before each mret; MPP selects S-mode or M-mode */
uint64_t span_of_mret(uint64_t repetitions, uint64_t mstatus);

/** Measures from mret to the first instruction in S-mode, if a write of pmpcfg0 before the mret has changed the
 * payload's permissions.
 * @param pmpcfg0 the value of pmpcfg0; each repetition flips its bits 8 and 11 */
uint64_t span_of_first_mret(uint64_t repetitions, uint64_t pmpcfg0);

/** Measures from an ecall in S-mode to the first instruction of the firmware's handler. */
uint64_t span_of_ecall(uint64_t repetitions);

/** Measures from an illegal instruction in S-mode to the first instruction of the firmware's handler. */
uint64_t span_of_illegal(uint64_t repetitions);

/** Measures from the store that sets this hart's msip to the first instruction of the handler. mie.MSIE must be 1. */
uint64_t span_of_software_interrupt(uint64_t repetitions);

/** Measures from the store to mtimecmp that makes the timer interrupt pending to the first instruction of the handler.
 * mie.MTIE must be 1. */
uint64_t span_of_timer_store(uint64_t repetitions);

/** Measures a timer interrupt that comes while the firmware runs: from the last instruction before the interrupt to the
 * first instruction of the handler. mie.MTIE must be 1. */
uint64_t span_of_timer_interrupt(uint64_t repetitions);

/** Installs the shortest trap handler that can answer an illegal instruction or an ecall. The handler skips the
 * instruction by reading and writing mepc, and returns with mret. It clobbers t0. */
void skip_traps(void);

/** Calls @p function in S-mode, with the handler of skip_traps(). The function must not leave interrupts enabled. */
void call_in_supervisor_mode(void (*function)(void));

#endif
