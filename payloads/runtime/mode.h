/* Lets M-mode code call functions in S-mode or U-mode.
 * Used by firmware guests that play their own payload.
 * Must not set up paging, PMP or delegation: that is left to the test. */
#ifndef PAYLOADS_RUNTIME_MODE_H
#define PAYLOADS_RUNTIME_MODE_H

#include <stdint.h>

#include "payloads/runtime/trap.h"

enum mode { MODE_U = 0, MODE_S = 1 };

typedef uint64_t (*mode_function)(uint64_t argument);

/** Calls @p function with @p argument in @p mode, on a separate stack. mstatus.MIE has its old value again afterwards.
 * The function returns by an ecall, which must not be delegated. M-mode only. Calls cannot be nested.
 * @return what the function returned */
uint64_t run_in(enum mode mode, mode_function function, uint64_t argument);

/** Makes the trap in @p frame return to the caller of run_in(). Called for the ecall at the end of a function. */
void mode_return(struct trap_frame *frame);

/** Gives S-mode and U-mode access to all memory, with PMP entry 7. */
void mode_open_memory(void);

#endif
