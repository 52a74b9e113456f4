/* What hv/virt calls in the rooms above it. hv/core defines these functions; in unit tests hv/testing does.
 * Called by the fast paths of hv/virt and hv/device, and by virtual trap entry. Must not declare anything that
 * hv/virt itself defines. */
#ifndef HV_VIRT_UPCALLS_H
#define HV_VIRT_UPCALLS_H

#include <stdint.h>

#include "hv/arch/cold.h"

struct vcpu;

/** Ends an exit that a fast path has handled, for exits that started in the firmware world: runs the observers
 * (counters and the trace), and returns to the guest (hv/core/observe.c). Fast paths jump here, as to the functions in
 * hv/arch/entry.h.
 * @param pc    address of the instruction that trapped
 * @param value as in struct exit
 * @param kind  FAST_KIND (hv/virt/fast.h) of an exception with a code below 32 */
void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Like fast_observe_firmware, for exits that started in the payload world. */
void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Ends an mret to the payload that may be the return of an SBI call: writes the ECALL record of the call, and goes
 * on as fast_observe_firmware. If the ring has no room for the record, trap_step_answer writes it. The parameters
 * are those of fast_observe_firmware. */
void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Runs the observers at the end of an exit that a step handles (hv/core/step.c), and returns to its caller. mepc is
 * already set. The parameters are those of fast_observe_firmware. */
void step_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Reports once that nothing can be fetched at the firmware's virtual mtvec, so that its trap repeats forever
 * (hv/core/panic.c). Called at the first repetition, while virtual mcause and mepc still describe the original
 * trap. */
COLD void vcpu_handler_missing(const struct vcpu *vcpu);

#endif
