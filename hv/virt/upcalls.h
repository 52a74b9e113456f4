/* What hv/virt calls of the rooms above it: hv/core defines all of it, and in unit tests hv/testing does.
 * Called by the fast paths of hv/virt and hv/device, and by virtual trap entry.
 * Must not declare what hv/virt itself defines. */
#ifndef HV_VIRT_UPCALLS_H
#define HV_VIRT_UPCALLS_H

#include <stdint.h>

#include "hv/arch/cold.h"

struct vcpu;

/** The end of an exit that a fast path has handled: counters and the trace look at it, and the hart returns to the guest
 * (hv/core/observe.c). One for each world in which an exit can begin. Jumped to, as the ends in hv/arch/entry.h.
 * @param pc    of the instruction that trapped
 * @param value as struct exit has it
 * @param kind  FAST_KIND (hv/virt/fast.h), of an exception with a code below 32 */
void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);
void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** The end of an mret to the payload that may answer an SBI call: writes its ECALL record, then goes on as
 * fast_observe_firmware does. Where the ring has no room for the record, trap_step_answer writes it. */
void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** The end of an exit in a step (hv/core/step.c): its observers. mepc is set. Returns. */
void step_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Nothing can be fetched at the firmware's virtual mtvec, so that its traps repeat forever: reports that once
 * (hv/core/panic.c). Called at the first repetition: virtual mcause and mepc still say what trapped before. */
COLD void vcpu_handler_missing(const struct vcpu *vcpu);

#endif
