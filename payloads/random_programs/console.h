/* Ends the run of the guest. The output goes through payloads/runtime/print.h.
 * Called once, by main.c.
 * Must not know what was printed. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_CONSOLE_H
#define PAYLOADS_RANDOM_PROGRAMS_CONSOLE_H

/** Ends the run, with exit code 0. */
void console_end(void) __attribute__((noreturn));

#endif
