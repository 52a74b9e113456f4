/* hv's own fast paths. A fast path handles an exit without saving all registers (architecture.md, "How an exit is
 * handled"). trap.S jumps to them through the generated fast.h, and nothing else calls them. Each fast path is a leaf
 * function without a stack frame. It ends in fast_return, in a jump to a step, or, if it has not changed anything, in a
 * jump to trap_slow. s0-s11, sp, gp and tp hold the guest's values all the time. */
#ifndef HV_VIRT_FAST_H
#define HV_VIRT_FAST_H

#include "hv/arch/entry.h"
#include "hv/virt/upcalls.h"
#include "hv/virt/vcpu.h"

/** Handles CSR instructions and sfence.vma of the firmware (cause 2). For an mret it jumps to fast_firmware_mret. */
void fast_firmware_illegal(struct vcpu *vcpu);

/** Handles mret. Not used if a module has hooks for world switches (CONFIG_FAST_MRET). */
void fast_firmware_mret(struct vcpu *vcpu);

/** Handles loads and stores of the firmware while MPRV is armed (semantics 17-18).
 * @param cause 5 or 7, as in mcause */
void fast_firmware_mprv(struct vcpu *vcpu, uint64_t cause);

/** Handles an exception of the firmware for which the firmware's own trap handler is responsible, such as an ecall. It
 * lets the firmware continue at virtual mtvec.
 * @param cause exception code, as in mcause */
void fast_firmware_trap(struct vcpu *vcpu, uint64_t cause);

/** Handles an exception of the payload for which the firmware's trap handler is responsible. Not used for access
 * faults, because the payload may have accessed a device that hv emulates.
 * @param cause exception code, as in mcause */
void fast_payload_trap(struct vcpu *vcpu, uint64_t cause);

/** The rest of fast_payload_trap, after all conditions for the fast tier have been checked: changes to the firmware's world.
 * Used only after a module's fast path (hv/virt/upcalls.h), which may have changed the guest's registers.
 * @param cause exception code, as in mcause */
void fast_enter_firmware(struct vcpu *vcpu, uint64_t cause);

/** The rest of fast_firmware_mret for an mret to the payload, like fast_enter_firmware. */
void fast_enter_payload(struct vcpu *vcpu);

/** How a step ended. A step is a C function that continues the work of a fast path on hv's stack. The fast path reaches
 * it through trap.S. During a step, vcpu->regs holds the guest's ra, t0-t6, a0-a7 and sp. All other registers of the
 * guest are only in the hardware. A value that is not listed here is the number of a guest register that trap.S has not
 * saved. It means that the step has handled the exit, and that trap.S has to load that register from vcpu->regs. */
enum step {
	STEP_REFUSED = 0,  /* nothing has changed; trap_slow handles the exit */
	STEP_DONE = 1,     /* the exit is handled and mepc is set; return to the guest */
	STEP_RESTORE = 32, /* load all registers from vcpu->regs and pc from vcpu->pc, and return to the guest */
	STEP_FINISH = 33   /* trap.S still has to finish the exit; observers have not seen it yet */
};

/** The result of a step that can end in STEP_FINISH. */
struct step_answer {
	uint64_t step;
	/* From step_csr: the value for rd. From step_access: the number of the destination register if trap.S has
	 * not saved it, or 0. */
	uint64_t value;
};
_Static_assert(sizeof(struct step_answer) == 16, "trap.S finds it in a0 and a1");

/** Carries out a CSR instruction of the firmware that no fast path handles. Called by trap_step_csr, on hv's stack.
 * @param word    the instruction
 * @param pc      its address
 * @param operand the value of rs1, or the immediate */
struct step_answer step_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand);

/** The end of a CSR instruction: writes rd, moves pc, and runs the observers. The fast paths of most CSRs and
 * trap_step_csr jump here.
 * @param word the instruction
 * @param pc   its address
 * @param old  the value for rd */
void fast_finish_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old);

/** The end of an access to a device: writes the destination register, moves pc to vcpu->pc, and runs the observers.
 * trap_step_access and trap_step_software jump here. mepc, mtval and mcause still describe the exit.
 * @param index the destination register if trap.S has not saved it; otherwise 0 */
void fast_finish_step(struct vcpu *vcpu, uint64_t index);

/** Loads guest register @p index, which trap.S has not saved, from vcpu->regs, and returns to the guest. */
void fast_live_restore(struct vcpu *vcpu, uint64_t index);

/* The kind of an exit is a number that describes the exit in one register. It is the upper half of the first word of
 * the exit's EXIT record. trap.S adds the duration as the lower half. The other two words of the record are the pc and
 * the value. */
#define FAST_KIND_FIRST 32
_Static_assert(TRACE_FIELD_LIES(EXIT, duration, 0, 0, FAST_KIND_FIRST), "the kind begins where the duration ends");
_Static_assert(TRACE_FIELD_LIES(EXIT, pc, 1, 0, 64) && TRACE_FIELD_LIES(EXIT, value, 2, 0, 64), "whole words");
#define FAST_KIND_PUT(field, value) ((uint64_t)(value) << (TRACE_EXIT_##field##_FIRST - FAST_KIND_FIRST))
#define FAST_KIND_GET(field, kind)                                                                                     \
	((kind) >> (TRACE_EXIT_##field##_FIRST - FAST_KIND_FIRST) & TRACE_FIELD_MOST(EXIT, field))

/** The kind of an exit, made from these fields. @p cause_ is 0-255. */
#define FAST_KIND(cause_, before_, after_, outcome_)                                                                   \
	(FAST_KIND_PUT(cause, (cause_)&0xff) | FAST_KIND_PUT(before, before_) | FAST_KIND_PUT(after, after_) |         \
	 FAST_KIND_PUT(outcome, outcome_))

/** The number that a module's fast path adds to the kind of an exit. @p module_ is 1 + the index of the module. */
#define FAST_KIND_OF_MODULE(module_) FAST_KIND_PUT(module, module_)

/** Ends a fast path that has handled its exit and set mepc. The parameters are the same as for
 * fast_observe_firmware. */
PART_OF_FAST_PATH void fast_return(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	if (!CONFIG_OBSERVED)
		return trap_return_fast(vcpu);
	if (FAST_KIND_GET(before, kind) == WORLD_FIRMWARE)
		return fast_observe_firmware(vcpu, pc, value, kind);
	return fast_observe_payload(vcpu, pc, value, kind);
}

#endif
