/* The hooks of the module: SBI calls of the payload, reads of `time`, and misaligned accesses. The fast paths in
 * offload_fast.c handle the usual forms, and the hooks handle all. Section numbers are those of the SBI specification
 * 2.0. */
#define LOG_NAME offload
#include "modules/offload/offload.h"

/* ---- boot ---- */

static bool ids_are_consecutive(uint64_t first)
{
	for (unsigned i = 0; i < hart_total(); i++)
		if (hart_id(hart_at(i)) != first + i)
			return false;
	return hart_total() <= 64;
}

void offload_init(struct offload *self, struct hart *hart)
{
	(void)hart;
	self->emulated = machine.has_time ? NO_INSTRUCTION : READ_TIME;
	self->first_id = hart_id(hart_at(0));
	self->consecutive = ids_are_consecutive(self->first_id);
}

/* ---- sets of harts ---- */

/* Adds the harts that @p mask names, whose bit 0 is the hart with the id @p base (3.2). */
static COLD MUST_CHECK enum error add_harts(struct hart_set *set, uint64_t mask, uint64_t base)
{
	for (unsigned bit = 0; mask; bit++, mask >>= 1) {
		const struct hart *hart = base + bit >= base ? hart_from_id(base + bit) : NULL;

		if (!(mask & 1))
			continue;
		if (hart == NULL)
			return ERROR_INVALID;
		hart_set_add(set, hart_index(hart));
	}
	return ERROR_NONE;
}

static MUST_CHECK enum error harts_of(const struct vcpu *vcpu, struct hart_set *set)
{
	uint64_t mask = vcpu_reg(vcpu, A0), base = vcpu_reg(vcpu, A1);

	if (base == OFFLOAD_EVERY_HART) {
		*set = hart_set_all();
		return ERROR_NONE;
	}
	*set = (struct hart_set){ 0 };
	return add_harts(set, mask, base);
}

/* Like harts_of, for a legacy call (4): a0 is the virtual address of the mask, or 0 for all harts. The mask has one bit for
 * each hart id from 0 on.
 * @return ERROR_TRAPPED if the mask cannot be read; the exception is in vcpu->fault */
static MUST_CHECK enum error legacy_harts_of(struct vcpu *vcpu, struct hart_set *set)
{
	uint64_t address = vcpu_reg(vcpu, A0), mask;

	if (address == 0) {
		*set = hart_set_all();
		return ERROR_NONE;
	}
	*set = (struct hart_set){ 0 };
	for (unsigned first = 0; first < hart_total(); first += 64) {
		RETURN_IF_ERROR(guest_read(vcpu, &mask, address + first / 8, sizeof(mask)));
		RETURN_IF_ERROR(add_harts(set, mask, first));
	}
	return ERROR_NONE;
}

/* ---- the calls: each returns the SBI's error code ---- */

static COLD int64_t send_ipi(struct offload *self, struct hart *hart, struct hart_set set)
{
	for (unsigned i = 0; i < hart_total(); i++) {
		struct hart *target = hart_at(i);

		if (!hart_set_has(&set, i) || !offload_reaches(target))
			continue;
		if (target == hart) {
			csr_set(CSR_mip, IP_SSI);
			continue;
		}
		atomic_fetch_or_explicit(&module_state_of(self, hart, target)->pending, OFFLOAD_PENDING_IPI,
					 memory_order_release);
		module_notify(self, target);
	}
	return SBI_SUCCESS;
}

static COLD int64_t remote_fence(struct offload *self, struct hart *hart, struct hart_set set,
				 struct offload_fence fence)
{
	if (offload_range_wraps(fence.kind, fence.start, fence.size))
		return SBI_ERR_INVALID_ADDRESS;
	offload_fence_on(self, hart, set, &fence);
	return SBI_SUCCESS;
}

/* ---- SBI calls ---- */

/* The fence that a call asks for whose range is in the two registers from @p first on. */
static struct offload_fence fence_of(const struct vcpu *vcpu, enum offload_fence_kind kind, unsigned first)
{
	return (struct offload_fence){ .kind = kind,
				       .start = vcpu_reg(vcpu, first),
				       .size = vcpu_reg(vcpu, first + 1),
				       .asid = vcpu_reg(vcpu, first + 2) };
}

static enum hook_action answer(struct vcpu *vcpu, int64_t error)
{
	sbi_return(vcpu, error, 0);
	return HOOK_OVERWRITE;
}

static enum hook_action ipi_call(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	struct hart_set set;

	if (harts_of(vcpu, &set) != ERROR_NONE)
		return answer(vcpu, SBI_ERR_INVALID_PARAM);
	return answer(vcpu, send_ipi(self, hart, set));
}

static enum hook_action rfence_call(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t function = vcpu_reg(vcpu, A6);
	struct hart_set set;

	if (function > OFFLOAD_FENCE_TRANSLATIONS_OF_ASID)
		return HOOK_IGNORE;
	if (harts_of(vcpu, &set) != ERROR_NONE)
		return answer(vcpu, SBI_ERR_INVALID_PARAM);
	return answer(vcpu, remote_fence(self, hart, set, fence_of(vcpu, (enum offload_fence_kind)function, A2)));
}

/* A legacy call returns only a0, and leaves a1 unchanged (4). */
static enum hook_action legacy_answer(struct vcpu *vcpu, int64_t error)
{
	sbi_return(vcpu, error, vcpu_reg(vcpu, A1));
	return HOOK_OVERWRITE;
}

static enum hook_action legacy_call(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t extension = vcpu_reg(vcpu, A7);
	struct hart_set set;
	enum error error = legacy_harts_of(vcpu, &set);

	if (error == ERROR_TRAPPED) { /* as if the payload had read the mask itself */
		vcpu_reflect_to_supervisor(vcpu, vcpu->fault.cause, vcpu->fault.value);
		return HOOK_OVERWRITE;
	}
	if (error)
		return legacy_answer(vcpu, SBI_ERR_INVALID_PARAM);
	if (extension == SBI_EID_LEGACY_SEND_IPI)
		return legacy_answer(vcpu, send_ipi(self, hart, set));

	enum offload_fence_kind kind = (enum offload_fence_kind)(extension - SBI_EID_LEGACY_REMOTE_FENCE_I);

	return legacy_answer(vcpu, remote_fence(self, hart, set, fence_of(vcpu, kind, A1)));
}

static enum hook_action set_timer(struct vcpu *vcpu)
{
	supervisor_timer_set(vcpu, vcpu_reg(vcpu, A0));
	return HOOK_OVERWRITE;
}

enum hook_action offload_ecall_from_payload(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	switch (vcpu_reg(vcpu, A7)) {
	case SBI_EID_LEGACY_SET_TIMER:
		(void)set_timer(vcpu);
		return legacy_answer(vcpu, SBI_SUCCESS);
	case SBI_EID_LEGACY_SEND_IPI:
	case SBI_EID_LEGACY_REMOTE_FENCE_I:
	case SBI_EID_LEGACY_REMOTE_SFENCE_VMA:
	case SBI_EID_LEGACY_REMOTE_SFENCE_VMA_ASID:
		return legacy_call(self, hart, vcpu);
	case SBI_EID_TIME:
		return vcpu_reg(vcpu, A6) == 0 ? set_timer(vcpu), answer(vcpu, SBI_SUCCESS) : HOOK_IGNORE;
	case SBI_EID_IPI:
		return vcpu_reg(vcpu, A6) == 0 ? ipi_call(self, hart, vcpu) : HOOK_IGNORE;
	case SBI_EID_RFENCE:
		return rfence_call(self, hart, vcpu);
	default:
		return HOOK_IGNORE;
	}
}

void offload_on_interrupt(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	uint32_t pending = atomic_exchange_explicit(&self->pending, 0, memory_order_acquire);

	(void)vcpu;
	if ((pending & OFFLOAD_PENDING_IPI) && offload_reaches(hart))
		csr_set(CSR_mip, IP_SSI);
	if (pending & OFFLOAD_PENDING_FENCE)
		offload_serve_fences(self, hart);
}

/* ---- instructions ---- */

/* The firmware gets all other instructions, such as misaligned AMOs. */
static enum hook_action access_misaligned(struct vcpu *vcpu)
{
	if (vcpu->medeleg >> vcpu->trap.cause & 1)
		return HOOK_IGNORE;
	switch (emulate_misaligned(vcpu)) {
	case EMULATION_DONE:
		return HOOK_OVERWRITE;
	case EMULATION_FAULT:
		vcpu_deliver_exception(vcpu, vcpu->fault.cause, vcpu->fault.value);
		return HOOK_OVERWRITE;
	default:
		return HOOK_IGNORE;
	}
}

enum hook_action offload_trap_from_payload(struct offload *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)self;
	(void)hart;
	if (vcpu_trap(vcpu)->cause != CAUSE_ILLEGAL)
		return access_misaligned(vcpu);
	return payload_read_time(vcpu) ? HOOK_OVERWRITE : HOOK_IGNORE;
}
