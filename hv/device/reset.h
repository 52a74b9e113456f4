/* The reset device (SiFive test finisher). Guests and hv use it to end the run.
 * Called by hv/core. Must not know modules, or the work that hv has to do before the end of a run. */
#ifndef HV_DEVICE_RESET_H
#define HV_DEVICE_RESET_H

#include <stdbool.h>
#include <stdint.h>

/** Whether physical @p address is in the reset device. */
bool reset_contains(uint64_t address);

/** Whether a store to the reset device ends the run. Only a store to the first register does so, if its low half is
 * 0x5555 (power off), 0x3333 (failure) or 0x7777 (reset).
 * @param address physical
 * @param width   in bytes; the register accepts stores of 2 and 4 bytes
 * @param value   the value that is stored */
bool reset_ends_run(uint64_t address, unsigned width, uint64_t value);

/** Ends the machine with an exit code. Does not return. If the board has no reset device, only this hart stops. Any hart
 * may call it.
 * @param code 0-255; 0 is success */
_Noreturn void reset_exit(unsigned code);

#endif
