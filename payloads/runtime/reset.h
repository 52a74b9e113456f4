/* Ends the machine by the board's own device, on the bare machine and under hv.
 * Called by the code that ends a guest's run. The build links the file for the board's device.
 * Must not know why the run ends. */
#ifndef PAYLOADS_RUNTIME_RESET_H
#define PAYLOADS_RUNTIME_RESET_H

/** Ends the machine with exit code @p code, which is 0 for success. A board whose only device is a reset signal has no exit
 * code: there, QEMU always ends with 0. */
void reset_end(unsigned code) __attribute__((noreturn));

#endif
