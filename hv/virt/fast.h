/* Fast paths of hv's own: exits of the firmware that end without the full save (architecture.md, "Two tiers").
 * Called by trap.S only, through the generated fast.h. Each is a leaf without a stack frame that ends in a tail call to
 * trap_return_fast, or to trap_slow having changed nothing. s0-s11, sp, gp and tp hold the guest's values throughout. */
#ifndef HV_VIRT_FAST_H
#define HV_VIRT_FAST_H

#include "hv/virt/vcpu.h"

/** CSR instructions on CSRs that live in memory, on mstatus where no interrupt enable changes, and writes of pmpcfg; goes
 * on to fast_firmware_mret for that (cause 2). */
void fast_firmware_illegal(struct vcpu *vcpu);

/** mret to the payload. Where a module has hooks for that, the generated fast.h makes this name one of trap_slow. */
void fast_firmware_mret(struct vcpu *vcpu);

/** Ecalls and illegal instructions of the payload that are for the firmware (causes 2 and 9). */
void fast_payload_trap(struct vcpu *vcpu);

/** Ends of a fast path; both take the vcpu that it was called with. The first is reached by fast_return. */
void trap_return_fast(struct vcpu *vcpu);
void trap_slow(struct vcpu *vcpu);

/** Bits 32-47 of an exit's record (trace/format/events.def), moved down by 32. @p cause: as there, 0-255 */
#define FAST_KIND(cause, before, after, outcome)                                                                       \
	((uint64_t)(cause) | (uint64_t)(before) << 8 | (uint64_t)(after) << 10 | (uint64_t)(outcome) << 12)

/** Writes the exit's record, its event being on, and ends in trap_return_fast.
 * @param pc    of the instruction that trapped
 * @param value as the record has it: the instruction's word, else mtval
 * @param kind  FAST_KIND */
void fast_record(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** The same where SYNC is due, or the ring's segment ends (trap.S, hv/core). */
void trap_record_slow(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** The end of a fast path that has handled its exit; parameters as of fast_record. */
PART_OF_FAST_PATH void fast_return(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	if (__builtin_expect(trace_is_on(vcpu->tracer, TRACE_EXIT), CONFIG_TRACE))
		return fast_record(vcpu, pc, value, kind);
	return trap_return_fast(vcpu);
}

#endif
