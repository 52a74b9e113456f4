/* Fast paths of hv's own: exits of the firmware that end without the full save (architecture.md, "Two tiers").
 * Called by trap.S only, through the generated fast.h. Each is a leaf without a stack frame that ends by fast_return, or in a tail
 * call to trap_slow having changed nothing. s0-s11, sp, gp and tp hold the guest's values throughout. */
#ifndef HV_VIRT_FAST_H
#define HV_VIRT_FAST_H

#include "hv/arch/entry.h"
#include "hv/virt/upcalls.h"
#include "hv/virt/vcpu.h"

/** CSR instructions and sfence.vma; goes on to fast_firmware_mret for that (cause 2). */
void fast_firmware_illegal(struct vcpu *vcpu);

/** mret. Not in force where a module has hooks for world switches (CONFIG_FAST_MRET). */
void fast_firmware_mret(struct vcpu *vcpu);

/** Loads and stores of the firmware under an armed MPRV; @p cause: 5 or 7. */
void fast_firmware_mprv(struct vcpu *vcpu, uint64_t cause);

/** Other exceptions of the firmware, by code: traps into itself. */
void fast_firmware_trap(struct vcpu *vcpu, uint64_t cause);

/** Exceptions of the payload that are for the firmware, by code: not access faults, which may be hv's devices. */
void fast_payload_trap(struct vcpu *vcpu, uint64_t cause);

/** What a step has come to: a C function that a fast path goes on to by trap.S, on hv's stack. In it the guest's ra, t0-t6,
 * a0-a7 and sp lie in vcpu->regs, its other registers only in the hardware. Any other answer: it is done, and the guest's
 * register of that number, one that is not saved, is to be taken from vcpu->regs. */
enum step {
	STEP_REFUSED = 0,  /* nothing has changed: trap_slow */
	STEP_DONE = 1,     /* mepc is set; back to the guest */
	STEP_RESTORE = 32, /* all registers are to be taken from vcpu->regs, and pc from vcpu->pc */
	STEP_FINISH = 33   /* done, except for what the step's own part of trap.S does; not yet observed */
};

/** What a step answers that may end in STEP_FINISH. */
struct step_answer {
	uint64_t step;
	uint64_t
		value; /* step_csr: what rd gets. step_access: the destination register if it is one that is not saved, or 0 */
};
_Static_assert(sizeof(struct step_answer) == 16, "trap.S finds it in a0 and a1");

/** Carries out the CSR instruction @p word at @p pc with @p operand, its rs1 or immediate: what no fast path does. Called by
 * trap_step_csr. */
struct step_answer step_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand);

/** What trap_step_csr ends in: rd is set to @p old, pc, and the observers. Likewise the fast paths of most CSRs. */
void fast_finish_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old);

/** What trap_step_access ends in: the destination @p index if it is not saved (0: it is), pc, and the observers. mepc, mtval
 * and mcause are still those of the exit. */
void fast_finish_step(struct vcpu *vcpu, uint64_t index);

/** Takes guest register @p index, one that is not saved, from vcpu->regs, and returns to the guest. */
void fast_live_restore(struct vcpu *vcpu, uint64_t index);

/* An exit's kind, in one register: the first word of its record without the duration, which trap.S stores as the lower half of
 * that word. The other two words are the pc and the value. */
#define FAST_KIND_FIRST 32
_Static_assert(TRACE_FIELD_LIES(EXIT, duration, 0, 0, FAST_KIND_FIRST), "the kind begins where the duration ends");
_Static_assert(TRACE_FIELD_LIES(EXIT, pc, 1, 0, 64) && TRACE_FIELD_LIES(EXIT, value, 2, 0, 64), "whole words");
#define FAST_KIND_PUT(field, value) ((uint64_t)(value) << (TRACE_EXIT_##field##_FIRST - FAST_KIND_FIRST))
#define FAST_KIND_GET(field, kind)                                                                                     \
	((kind) >> (TRACE_EXIT_##field##_FIRST - FAST_KIND_FIRST) & TRACE_FIELD_MOST(EXIT, field))

/** The kind of an exit whose record has these fields. @p cause: 0-255. */
#define FAST_KIND(cause_, before_, after_, outcome_)                                                                   \
	(FAST_KIND_PUT(cause, (cause_)&0xff) | FAST_KIND_PUT(before, before_) | FAST_KIND_PUT(after, after_) |         \
	 FAST_KIND_PUT(outcome, outcome_))

/** What a fast path of a module adds to it. @p module_: 1 + the module's index. */
#define FAST_KIND_OF_MODULE(module_) FAST_KIND_PUT(module, module_)

/** The end of a fast path that has handled its exit; parameters as of fast_observe_firmware. */
PART_OF_FAST_PATH void fast_return(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	if (!CONFIG_OBSERVED)
		return trap_return_fast(vcpu);
	if (FAST_KIND_GET(before, kind) == WORLD_FIRMWARE)
		return fast_observe_firmware(vcpu, pc, value, kind);
	return fast_observe_payload(vcpu, pc, value, kind);
}

#endif
