/* The reset device (SiFive test finisher). Guests use it to end the run, and so does hv.
 * Called by hv/core. Must not know modules, or what has to happen before the end of a run. */
#ifndef HV_DEVICE_RESET_H
#define HV_DEVICE_RESET_H

#include <stdbool.h>
#include <stdint.h>

/** Whether physical @p address is in the reset device. */
bool reset_contains(uint64_t address);

/** Whether a store to the reset device ends the run. Only its first register does, with the values 0x5555 (power
 * off), 0x3333 (failure) and 0x7777 (reset) in the low half.
 * @param address physical
 * @param width   in bytes; the register accepts 2 and 4
 * @param value   the value that is stored */
bool reset_ends_run(uint64_t address, unsigned width, uint64_t value);

/** Ends the machine with an exit code. Does not return. Any hart may call it.
 * @param code 0-255; 0 is success */
_Noreturn void reset_exit(unsigned code);

#endif
