/* Calls of functions in S-mode or U-mode, from M-mode and back.
 * Used by firmware guests to be their own payload.
 * Must not know paging: satp, PMP and delegation are as the test left them. */
#ifndef PAYLOADS_RUNTIME_MODE_H
#define PAYLOADS_RUNTIME_MODE_H

#include <stdint.h>

#include "payloads/runtime/trap.h"

enum mode { MODE_U = 0, MODE_S = 1 };

typedef uint64_t (*mode_function)(uint64_t argument);

/** Calls @p function in @p mode with a stack of its own, interrupts in M-mode as they are.
 * It comes back by an ecall, which must not be delegated. M-mode only; not nested.
 * @return what the function returned */
uint64_t run_in(enum mode mode, mode_function function, uint64_t argument);

/** Makes @p frame, the ecall of a function that ended, return to the caller of run_in(). */
void mode_return(struct trap_frame *frame);

/** Opens all memory to S-mode and U-mode with PMP entry 7. */
void mode_open_memory(void);

#endif
