/* The fast paths of the module. They handle the forms that payloads use, and leave all others to the hooks, or, if they are
 * not for the module at all, to the firmware.
 * Look at the disassembly after any change: there must be no stack frame and no call. */
#define LOG_NAME offload
#include "modules/offload/offload.h"

/* Ends an SBI call whose results are already in a0 and a1.
 * @param eid, fid the function, for the trace */
PART_OF_FAST_PATH void finish_call(struct offload *self, struct vcpu *vcpu, uint64_t eid, uint64_t fid)
{
	uint64_t pc = csr_read(CSR_mepc), call = CONFIG_TRACE ? TRACE_CALL(eid, fid) : 0;

	csr_write(CSR_mepc, pc + 4);
	return module_fast_return(self, vcpu, pc, call, CAUSE_ECALL_S);
}

PART_OF_FAST_PATH void succeed(struct offload *self, struct vcpu *vcpu, uint64_t eid, uint64_t fid)
{
	vcpu->regs[A0] = SBI_SUCCESS;
	vcpu->regs[A1] = 0;
	return finish_call(self, vcpu, eid, fid);
}

/* Converts the mask of hart ids in a0 and a1 to a mask of hart indexes.
 * @return false if the mask may name a hart that does not exist, or if ids and indexes do not correspond */
PART_OF_FAST_PATH bool indexes_of(const struct offload *self, const struct vcpu *vcpu, uint64_t *indexes)
{
	uint64_t mask = vcpu->regs[A0], shift = vcpu->regs[A1] - self->first_id, every;

	if (!self->consecutive)
		return false;
	every = ~0ull >> (64 - hart_total());
	if (vcpu->regs[A1] == OFFLOAD_EVERY_HART) {
		*indexes = every;
		return true;
	}
	*indexes = mask << (shift & 63);
	return shift < 64 && *indexes >> shift == mask && (*indexes & ~every) == 0;
}

PART_OF_FAST_PATH void fast_ipi(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t indexes;

	if (!indexes_of(self, vcpu, &indexes))
		return trap_slow(vcpu);
	for (uint64_t i = 0; indexes; i++, indexes >>= 1) {
		struct hart *target = hart_at((unsigned)i);

		if (!(indexes & 1) || !offload_reaches(target))
			continue;
		if (target == hart) {
			csr_set(CSR_mip, IP_SSI);
			continue;
		}
		atomic_fetch_or_explicit(&module_state_of(self, hart, target)->pending, OFFLOAD_PENDING_IPI,
					 memory_order_release);
		module_notify(self, target);
	}
	return succeed(self, vcpu, SBI_EID_IPI, SBI_FID_send_ipi);
}

/* Executes a fence that is only for the calling hart. */
STEP_OF_FAST_PATH void fast_rfence(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	enum offload_fence_kind kind = (enum offload_fence_kind)vcpu->regs[A6];
	uint64_t indexes, start = vcpu->regs[A2], size = vcpu->regs[A3];

	if (!indexes_of(self, vcpu, &indexes) || indexes != 1ull << hart_index(hart) ||
	    offload_range_wraps(kind, start, size))
		return trap_slow(vcpu);
	offload_fence_here(kind, start, size, vcpu->regs[A4]);
	return succeed(self, vcpu, SBI_EID_RFENCE, kind);
}

/* @param eid TIME, or the legacy extension
 * @param a1  what the payload finds in a1 after the call. A legacy call leaves a1 unchanged (4). */
STEP_OF_FAST_PATH void fast_set_timer(struct offload *self, struct vcpu *vcpu, uint64_t eid, uint64_t a1)
{
	supervisor_timer_set(vcpu, vcpu->regs[A0]);
	vcpu->regs[A0] = SBI_SUCCESS;
	vcpu->regs[A1] = a1;
	return finish_call(self, vcpu, eid, SBI_FID_set_timer);
}

STEP_OF_FAST_PATH void fast_legacy(struct offload *self, struct vcpu *vcpu)
{
	if (vcpu->regs[A7] > SBI_EID_LEGACY_REMOTE_SFENCE_VMA_ASID ||
	    vcpu->regs[A7] == SBI_EID_LEGACY_CONSOLE_PUTCHAR || vcpu->regs[A7] == SBI_EID_LEGACY_CONSOLE_GETCHAR ||
	    vcpu->regs[A7] == SBI_EID_LEGACY_CLEAR_IPI)
		return module_fast_pass(vcpu, CAUSE_ECALL_S);
	if (vcpu->regs[A7] != SBI_EID_LEGACY_SET_TIMER)
		return trap_slow(vcpu);
	return fast_set_timer(self, vcpu, SBI_EID_LEGACY_SET_TIMER, vcpu->regs[A1]);
}

void offload_fast_ecall(struct offload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	uint64_t extension = vcpu->regs[A7], function = vcpu->regs[A6];

	(void)cause;
	if (extension == SBI_EID_TIME && function == 0)
		return fast_set_timer(self, vcpu, SBI_EID_TIME, 0);
	if (extension == SBI_EID_IPI && function == 0)
		return fast_ipi(self, hart, vcpu);
	if (extension == SBI_EID_RFENCE && function <= OFFLOAD_FENCE_TRANSLATIONS_OF_ASID)
		return fast_rfence(self, hart, vcpu);
	return fast_legacy(self, vcpu);
}

PART_OF_FAST_PATH void finish_read(struct offload *self, struct vcpu *vcpu, uint32_t word)
{
	uint64_t pc = csr_read(CSR_mepc);

	csr_write(CSR_mepc, pc + 4);
	return module_fast_return(self, vcpu, pc, word, CAUSE_ILLEGAL);
}

/* Ends a read of `time` to a register that trap.S has not saved, or to x0. */
STEP_OF_FAST_PATH void fast_read_live(struct offload *self, struct vcpu *vcpu, uint32_t word)
{
	if (word >> 7 & 31)
		live_register_write(word >> 7 & 31, clint_time(vcpu));
	return finish_read(self, vcpu, word);
}

/* On some machines mtval is 0 for an illegal instruction. The hook then reads the instruction from memory. */
STEP_OF_FAST_PATH void fast_pass_known(struct vcpu *vcpu, uint32_t word, uint64_t cause)
{
	if (word == 0)
		return trap_slow(vcpu);
	return module_fast_pass(vcpu, cause);
}

void offload_fast_illegal_instruction(struct offload *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause)
{
	uint32_t word = (uint32_t)csr_read(CSR_mtval);
	unsigned rd = word >> 7 & 31;

	(void)hart;
	if (!offload_emulates(self, vcpu, word))
		return fast_pass_known(vcpu, word, cause);
	if (__builtin_expect(!register_is_saved_and_written(rd), 0))
		return fast_read_live(self, vcpu, word);
	vcpu->regs[rd] = clint_time(vcpu);
	return finish_read(self, vcpu, word);
}
