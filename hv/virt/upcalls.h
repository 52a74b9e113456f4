/* The functions that hv/virt calls in folders which depend on hv/virt. hv/core defines them, and in unit tests
 * hv/testing defines them.
 * Called by the fast paths of hv/virt and hv/device, and by virtual trap entry. Must not declare anything that hv/virt
 * itself defines. */
#ifndef HV_VIRT_UPCALLS_H
#define HV_VIRT_UPCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

struct vcpu;

/** Ends an exit that started in the firmware world and that a fast path has handled. It runs the observers (counters
 * and the trace), and returns to the guest (hv/core/observe.c). Fast paths jump to it, as they jump to the functions in
 * hv/arch/entry.h.
 * @param pc    address of the instruction that trapped
 * @param value as in struct exit
 * @param kind  FAST_KIND (hv/virt/fast.h) of an exception with a code below 32 */
void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Like fast_observe_firmware, for exits that started in the payload world. */
void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Like fast_observe_firmware, for interrupts, in either world. */
void fast_observe_interrupt(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Ends the exit of an mret to the payload with which the firmware may have answered an SBI call. It writes the ECALL
 * record of the call, and continues with fast_observe_firmware. If the record does not fit before the ring's limit, it
 * jumps to trap_step_answer, which writes the record. The parameters are the same as for fast_observe_firmware. */
void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Lets the module that has a fast path of kind payload_trap act before the firmware gets an exception of the payload
 * (hv/core/fast_modules.c). If the module agrees, it jumps to fast_enter_firmware; otherwise to trap_slow. fast_payload_trap
 * jumps to it if the image has such a module (CONFIG_FAST_MODULE_PAYLOAD_TRAP). @param cause exception code */
void fast_module_payload_trap(struct vcpu *vcpu, uint64_t cause);

/** The same for an mret to the payload, and a module with a fast path of kind firmware_mret. It jumps to
 * fast_enter_payload or to trap_slow. */
void fast_module_firmware_mret(struct vcpu *vcpu);

/** Runs the observers at the end of an exit that a step handles (hv/core/step.c). It returns to the step. mepc is
 * already set. The parameters are the same as for fast_observe_firmware. */
void step_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Reports once that the firmware cannot fetch the first instruction of its trap handler, so that its trap repeats
 * forever (hv/core/panic.c). Called at the first repetition, while virtual mcause and mepc still describe the original
 * trap. */
COLD void vcpu_handler_missing(const struct vcpu *vcpu);

/** Asks the modules that guard CSR @p number about an access of the firmware (hv/core/guards.c). Called in the slow tier.
 * @param write whether the firmware writes the CSR
 * @param value what the firmware would read or write; after a read that a module has taken over, what it reads instead
 * @return true if a module has taken over the access */
COLD bool vcpu_csr_access(struct vcpu *vcpu, unsigned number, bool write, uint64_t *value);

/** With few PMP entries: makes an access possible that virtual PMP allows and that the physical entries have stopped
 * (hv/core/refill.c). Called after the fault, in the slow tier, with the guest's state as at its instruction.
 * @param cause   the exception; nothing happens if it is no access fault
 * @param address the guest's address of the first byte that has faulted, as in mtval
 * @param width   number of bytes from there to the end of the access
 * @return true if the access should be made again. If false, mcause and mtval have not changed. */
COLD bool vcpu_refill(struct vcpu *vcpu, uint64_t cause, uint64_t address, unsigned width);

#endif
