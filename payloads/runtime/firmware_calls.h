/* What the firmware below S-mode payloads answers: an EID of its own, from SBI's range for firmware.
 * Used by payloads and by that firmware.
 * Must not clash with an EID of hv or of the SBI. */
#ifndef PAYLOADS_RUNTIME_FIRMWARE_CALLS_H
#define PAYLOADS_RUNTIME_FIRMWARE_CALLS_H

#define FIRMWARE_EID 0x0a000042

#define FIRMWARE_ECHO 0          /* a0 -> a0 + 1, a1 -> a1 ^ a2 ^ a3 ^ a4 ^ a5 */
#define FIRMWARE_SET_TIMER 1     /* a0 time: STIP at that time */
#define FIRMWARE_GATE_COUNTERS 2 /* a0 -> mcounteren */

#endif
