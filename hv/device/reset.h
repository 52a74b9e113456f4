/* The reset device (SiFive test finisher): how guests end the run, and how hv does.
 * Called by hv/core. Must not know of modules or of what has to happen before. */
#ifndef HV_DEVICE_RESET_H
#define HV_DEVICE_RESET_H

#include <stdbool.h>
#include <stdint.h>

/** Whether physical @p address lies in the reset device. */
bool reset_contains(uint64_t address);

/** Whether a store of @p value to it ends the run: power off (0x5555), failure (0x3333), reset (0x7777). */
bool reset_ends_run(uint64_t value);

/** Stores @p value of @p width bytes at @p address of the device, as a guest asked for. Returns if the machine goes on. */
void reset_store(uint64_t address, uint64_t value, unsigned width);

/** Ends the machine with exit code @p code (0-255; 0 is success). */
_Noreturn void reset_exit(unsigned code);

#endif
