/* The reset device (SiFive test finisher): how guests end the run, and how hv does.
 * Called by hv/core. Must not know of modules or of what has to happen before. */
#ifndef HV_DEVICE_RESET_H
#define HV_DEVICE_RESET_H

#include <stdbool.h>
#include <stdint.h>

/** Whether physical @p address lies in the reset device. */
bool reset_contains(uint64_t address);

/** Whether a store of the low @p width bytes of @p value to @p address of it ends the run: power off (0x5555), failure
 * (0x3333), reset (0x7777) in its first register, which takes 2 and 4 bytes. */
bool reset_ends_run(uint64_t address, unsigned width, uint64_t value);

/** Ends the machine with exit code @p code (0-255; 0 is success). */
_Noreturn void reset_exit(unsigned code);

#endif
