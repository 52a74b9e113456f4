/* The ecalls that payload_firmware answers. Their EID lies in the range that the SBI reserves for firmware.
 * Used by payloads and by payload_firmware.
 * Must not clash with an EID of hv or of the SBI. */
#ifndef PAYLOADS_RUNTIME_FIRMWARE_CALLS_H
#define PAYLOADS_RUNTIME_FIRMWARE_CALLS_H

#define FIRMWARE_EID 0x0a000042

#define FIRMWARE_ECHO 0          /* returns a0 + 1 in a0, and a1 ^ a2 ^ a3 ^ a4 ^ a5 in a1 */
#define FIRMWARE_SET_TIMER 1     /* sets STIP when mtime reaches the value in a0 */
#define FIRMWARE_GATE_COUNTERS 2 /* writes the value in a0 to mcounteren */

#endif
