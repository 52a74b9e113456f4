/* Measuring loops in assembly, for operations that begin in one place or world and end in another.
 * Used by traps.c, in M-mode on hart 0. Each changes mtvec, mepc and mstatus, and leaves mstatus.MIE 0.
 * All of them take the number of repetitions and return the instructions that these took, without the loop around them. */
#ifndef BENCHMARKS_MICRO_OPERATIONS_TRAPS_H
#define BENCHMARKS_MICRO_OPERATIONS_TRAPS_H

#include <stdint.h>

/** From mret to the first instruction behind it.
 * @param mstatus written before each mret: MPP chooses S-mode or M-mode; MPRV may be set */
uint64_t span_of_mret(uint64_t repetitions, uint64_t mstatus);

/** The same for mret to S-mode, each time after a write of pmpcfg0 that changes what the payload may do.
 * @param pmpcfg0 written first; bits 8, 11 and 12 of it change with each repetition */
uint64_t span_of_first_mret(uint64_t repetitions, uint64_t pmpcfg0);

/** From an ecall of S-mode to the first instruction of the firmware's handler. */
uint64_t span_of_ecall(uint64_t repetitions);

/** The same for an illegal instruction. */
uint64_t span_of_illegal(uint64_t repetitions);

/** From the store that sets the own msip to the first instruction of the handler. mie.MSIE is 1. */
uint64_t span_of_software_interrupt(uint64_t repetitions);

/** From the store that makes mtimecmp due to the first instruction of the handler. mie.MTIE is 1. */
uint64_t span_of_timer_store(uint64_t repetitions);

/** A timer that expires while the firmware runs, from the last instruction before it to the first one of the handler. mie.MTIE
 * is 1. */
uint64_t span_of_timer_interrupt(uint64_t repetitions);

/** Makes the trap handler the shortest one that answers an illegal instruction or an ecall: it skips it. Two CSR instructions and
 * mret; it clobbers t0. */
void skip_traps(void);

/** Executes @p function in S-mode, with the handler of skip_traps(). The function may not keep MPRV or interrupts enabled. */
void call_in_supervisor_mode(void (*function)(void));

#endif
