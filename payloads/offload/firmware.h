/* A small firmware for payloads that make SBI calls: timers, IPIs and remote fences, in the present and in the legacy form.
 * On the bare machine it answers these calls. Under an image with module offload, hv answers them, and the payload must see
 * the same results.
 * Used by the guests of this folder. */
#ifndef PAYLOADS_OFFLOAD_FIRMWARE_H
#define PAYLOADS_OFFLOAD_FIRMWARE_H

#include <stdint.h>

#include "abi/sbi.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"

/** Whether the firmware refuses to stop a hart. */
extern uint64_t firmware_refuses;

/** How many SBI calls and reads of `time` have reached the firmware on each hart. */
extern uint64_t firmware_reached[MAX_HARTS];

/** Runs @p function with @p argument in S-mode on the calling hart, on this firmware. M-mode only. */
uint64_t firmware_run(mode_function function, uint64_t argument);

#endif
