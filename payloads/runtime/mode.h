/* Lets M-mode code call functions in S-mode or U-mode.
 * Used by guests that run as firmware and also contain the code of their payload.
 * Must not set up paging, PMP or delegation, because each test does this itself. */
#ifndef PAYLOADS_RUNTIME_MODE_H
#define PAYLOADS_RUNTIME_MODE_H

#include <stdint.h>

#include "payloads/runtime/trap.h"

enum mode { MODE_U = 0, MODE_S = 1 };

typedef uint64_t (*mode_function)(uint64_t argument);

/** Calls @p function with @p argument in @p mode, on a separate stack. mstatus.MIE has the same value after the call as
 * before it. The function returns by an ecall, which must not be delegated to S-mode. M-mode only. Calls cannot be
 * nested.
 * @return the value that the function returned */
uint64_t run_in(enum mode mode, mode_function function, uint64_t argument);

/** Changes @p frame so that the trap handler returns to the caller of run_in(). The trap handler calls this for the
 * ecall at the end of a function that run_in() started. */
void mode_return(struct trap_frame *frame);

/** Gives S-mode and U-mode access to all memory. Uses PMP entry 7 for this. */
void mode_open_memory(void);

#endif
