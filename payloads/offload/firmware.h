/* A small firmware for payloads that make SBI calls: timers, IPIs and remote fences, in the present and in the legacy form.
 * On the bare machine it answers these calls. Under an image with module offload, hv answers them, and the payload must see
 * the same results.
 * Used by the guests of this folder. */
#ifndef PAYLOADS_OFFLOAD_FIRMWARE_H
#define PAYLOADS_OFFLOAD_FIRMWARE_H

#include <stdint.h>

#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"

/* The EIDs of these calls (SBI 2.0). */
#define EID_LEGACY_SET_TIMER 0
#define EID_LEGACY_SEND_IPI 4
#define EID_LEGACY_REMOTE_FENCE_I 5
#define EID_LEGACY_REMOTE_SFENCE_VMA 6
#define EID_LEGACY_REMOTE_SFENCE_VMA_ASID 7
#define EID_TIME 0x54494d45
#define EID_IPI 0x735049
#define EID_RFENCE 0x52464e43
#define EID_HSM 0x48534d
#define HSM_STOP 1
/* answers a0 + 1, so that a payload can make the firmware run */
#define EID_ECHO 0x0a000043

#define SBI_INVALID_PARAM (~UINT64_C(0) - 2)
#define SBI_INVALID_ADDRESS (~UINT64_C(0) - 4)

/** Whether the firmware refuses to stop a hart. */
extern uint64_t firmware_refuses;

/** How many SBI calls and reads of `time` have reached the firmware on each hart. */
extern uint64_t firmware_reached[MAX_HARTS];

/** Runs @p function with @p argument in S-mode on the calling hart, on this firmware. M-mode only. */
uint64_t firmware_run(mode_function function, uint64_t argument);

#endif
