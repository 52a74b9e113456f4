/* What hv does with the SBI calls of the payload: it refuses those that calls.def does not list, and for the others it decides
 * what passes. Section numbers are those of the SBI specification 2.0. */
#define LOG_NAME protect_payload
#include <string.h>

#include "modules/protect_payload/protect_payload.h"

/* ---- the table ---- */

static const struct protect_call calls[] = {
#define PROTECT_CALL(EID, fid, in, out, kind) { SBI_EID_##EID, fid, in, out, PROTECT_##kind },
#include "modules/protect_payload/calls.def"
};
#define RETURNS_A1 2u
#define CALLS (sizeof(calls) / sizeof(calls[0]))

struct protect_extension protect_extensions[PROTECT_EXTENSIONS];

void protect_calls_init(void)
{
	for (const struct protect_call *call = calls; call < calls + CALLS; call++) {
		struct protect_extension *extension = &protect_extensions[protect_slot(call->eid)];

		bool is_plain =
			call->kind == PROTECT_PLAIN || (call->kind == PROTECT_TIMER && !supervisor_timer_is_hardware());

		if (!is_plain || call->out != RETURNS_A1 || call->fid >= PROTECT_FUNCTIONS)
			continue;
		extension->eid = call->eid;
		extension->functions |= (uint64_t)(call->in | PROTECT_IS_PLAIN) << PROTECT_FUNCTION_BITS * call->fid;
	}
}

const struct protect_call *protect_call_find(uint64_t eid, uint64_t fid)
{
	for (const struct protect_call *call = calls; call < calls + CALLS; call++)
		if (call->eid == eid && (call->fid == fid || call->fid == PROTECT_ANY))
			return call;
	return NULL;
}

static bool is_listed(uint64_t eid)
{
	for (const struct protect_call *call = calls; call < calls + CALLS; call++)
		if (call->eid == eid)
			return true;
	return false;
}

/* ---- refused calls ---- */

#define WARNINGS 32

/* Whether no warning about this function has been printed. After WARNINGS functions, there are no more warnings. */
static bool is_new(uint64_t eid, uint64_t fid)
{
	static struct {
		uint64_t eid, fid;
	} warned[WARNINGS];
	static _Atomic uint32_t count, written;
	uint32_t known = atomic_load_explicit(&written, memory_order_acquire);

	for (uint32_t i = 0; i < known; i++)
		if (warned[i].eid == eid && warned[i].fid == fid)
			return false;
	if (known == WARNINGS || !atomic_compare_exchange_strong(&count, &known, known + 1))
		return false; /* or another hart is adding a function; the next call of this one is warned about */
	warned[known].eid = eid;
	warned[known].fid = fid;
	atomic_store_explicit(&written, known + 1, memory_order_release);
	return true;
}

static enum hook_action answer(struct vcpu *vcpu, int64_t error, uint64_t value)
{
	sbi_return(vcpu, error, value);
	return HOOK_OVERWRITE;
}

enum hook_action protect_call_refuse(struct protect_payload *self, struct vcpu *vcpu)
{
	uint64_t eid = vcpu_reg(vcpu, A7), fid = vcpu_reg(vcpu, A6);

	if (is_new(eid, fid))
		LOG_WARN(self, "refused SBI call 0x%lx, function %lu, which the payload has made", eid, fid);
	return answer(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
}

/* ---- the timer (6 and 4.1) ---- */

static enum hook_action set_timer(struct vcpu *vcpu)
{
	if (!supervisor_timer_is_hardware())
		return HOOK_IGNORE;
	csr_write(CSR_stimecmp, vcpu_reg(vcpu, A0));
	/* a legacy call returns only a0 */
	return answer(vcpu, SBI_SUCCESS, vcpu_reg(vcpu, A7) == SBI_EID_TIME ? 0 : vcpu_reg(vcpu, A1));
}

/* ---- legacy calls with a mask of harts (4.5 to 4.8) ---- */

static void show(struct protect_payload *self, unsigned index, uint64_t value)
{
	self->shown[index - A0] = value;
}

/* The firmware gets the present form of the call, because it cannot read the mask. What follows the mask in the legacy call
 * follows the mask and its base there. */
static enum hook_action replace_legacy(struct protect_payload *self, struct vcpu *vcpu)
{
	static const uint8_t arguments_after_the_mask[] = { 0, 0, 2, 3 }; /* of EIDs 4 to 7 */
	uint64_t eid = vcpu_reg(vcpu, A7), address = vcpu_reg(vcpu, A0), mask = 0;
	bool is_ipi = eid == SBI_EID_LEGACY_SEND_IPI;

	if (hart_total() > 64)
		return protect_call_refuse(self, vcpu);
	if (address && guest_read(vcpu, &mask, address, sizeof(mask)) != ERROR_NONE) {
		vcpu_reflect_to_supervisor(vcpu, vcpu->fault.cause, vcpu->fault.value);
		return HOOK_OVERWRITE;
	}
	show(self, A0, mask);
	show(self, A1, address ? 0 : ~0ull); /* ~0 stands for all harts */
	for (unsigned i = 0; i < arguments_after_the_mask[eid - SBI_EID_LEGACY_SEND_IPI]; i++)
		show(self, A2 + i, vcpu_reg(vcpu, A1 + i));
	show(self, A6, is_ipi ? SBI_FID_send_ipi : eid - SBI_EID_LEGACY_REMOTE_FENCE_I);
	show(self, A7, is_ipi ? SBI_EID_IPI : SBI_EID_RFENCE);
	return HOOK_IGNORE;
}

/* ---- HSM (9) ---- */

static enum hook_action begin_start(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	struct hart *target = hart_from_id(vcpu_reg(vcpu, A0));
	uint32_t none = PROTECT_START_NONE;

	self->starting = NULL;
	if (target == NULL)
		return HOOK_IGNORE;

	struct protect_payload *other = module_state_of(self, hart, target);

	/* If there is a request already, the hart may still start as that request says. */
	if (hart_state(target) != HART_STOPPED ||
	    !atomic_compare_exchange_strong_explicit(&other->start, &none, PROTECT_START_BEING_WRITTEN,
						     memory_order_acquire, memory_order_relaxed))
		return answer(vcpu, SBI_ERR_ALREADY_AVAILABLE, 0);
	other->start_pc = vcpu_reg(vcpu, A1);
	other->start_opaque = vcpu_reg(vcpu, A2);
	atomic_store_explicit(&other->start, PROTECT_START_REQUESTED, memory_order_release);
	self->starting = target;
	return HOOK_IGNORE;
}

static void end_start(struct protect_payload *self, struct hart *hart, uint64_t error)
{
	uint32_t requested = PROTECT_START_REQUESTED;

	if (self->starting == NULL || error == SBI_SUCCESS)
		return;
	(void)atomic_compare_exchange_strong_explicit(&module_state_of(self, hart, self->starting)->start, &requested,
						      PROTECT_START_NONE, memory_order_relaxed, memory_order_relaxed);
}

/* In a non-retentive suspend, the hart loses its registers, and resumes at an address (9.4). */
#define SUSPEND_NON_RETENTIVE (1ull << 31)

static enum hook_action begin_suspend(struct protect_payload *self, const struct vcpu *vcpu)
{
	if (vcpu_reg(vcpu, A0) & SUSPEND_NON_RETENTIVE) {
		self->entry = PROTECT_ENTRY_RESUME;
		self->resume_pc = vcpu_reg(vcpu, A1);
		self->resume_opaque = vcpu_reg(vcpu, A2);
	}
	return HOOK_IGNORE;
}

/* ---- DBCN (12) ---- */

/* 1 while a call uses the page. The hart whose call it is has set it. */
static _Atomic uint32_t page_is_used;

/* The value of the event: the physical address in bits 0 to 49, the number of bytes above. */
static uint64_t copied(uint64_t address, uint64_t length)
{
	return address | length << 50;
}

static enum hook_action begin_console(struct protect_payload *self, struct vcpu *vcpu, bool writes)
{
	uint64_t length = vcpu_reg(vcpu, A0), address = vcpu_reg(vcpu, A1);

	if (length == 0)
		return answer(vcpu, SBI_SUCCESS, 0);

	uint8_t *memory = vcpu_reg(vcpu, A2) ? NULL : guest_memory(address, length);

	if (memory == NULL)
		return answer(vcpu, SBI_ERR_INVALID_PARAM, 0);
	if (atomic_exchange_explicit(&page_is_used, 1, memory_order_acquire))
		return answer(vcpu, SBI_SUCCESS, 0); /* another hart uses the console: nothing has been written */
	if (length > PROTECT_PAGE_SIZE)
		length = PROTECT_PAGE_SIZE;
	if (writes) {
		memcpy((void *)PROTECT_PAGE, memory, length);
		module_trace(self, PROTECT_COPY, copied(address, length));
	}
	self->text_address = address;
	self->text_length = length;
	show(self, A0, length);
	show(self, A1, PROTECT_PAGE);
	return HOOK_IGNORE;
}

static void end_console(struct protect_payload *self, struct vcpu *vcpu, bool reads)
{
	uint64_t count = vcpu_reg(vcpu, A0) == SBI_SUCCESS ? vcpu_reg(vcpu, A1) : 0;

	if (count > self->text_length)
		count = self->text_length;
	if (reads && count > 0) {
		void *memory = guest_memory(self->text_address, count);

		if (memory) {
			memcpy(memory, (const void *)PROTECT_PAGE, count);
			module_trace(self, PROTECT_COPY, copied(self->text_address, count));
		} else { /* now an entry of virtual PMP divides a doubleword of it */
			count = 0;
		}
	}
	vcpu_set_reg(vcpu, A1, count);
	atomic_store_explicit(&page_is_used, 0, memory_order_release);
}

/* ---- all calls ---- */

enum hook_action protect_call_begin(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu,
				    const struct protect_call *call)
{
	for (unsigned i = 0; i <= A5 - A0; i++)
		self->shown[i] = call->in >> i & 1 ? vcpu_reg(vcpu, A0 + i) : 0;
	show(self, A6, call->fid == PROTECT_ANY ? 0 : vcpu_reg(vcpu, A6));
	show(self, A7, vcpu_reg(vcpu, A7));
	self->call = call;
	self->entry = PROTECT_ENTRY_RETURN;
	switch ((enum protect_kind)call->kind) {
	case PROTECT_PLAIN:
		break;
	case PROTECT_TIMER:
		return set_timer(vcpu);
	case PROTECT_PROBE:
		if (!is_listed(vcpu_reg(vcpu, A0)))
			return answer(vcpu, SBI_SUCCESS, 0);
		break;
	case PROTECT_LEGACY_MASK:
		return replace_legacy(self, vcpu);
	case PROTECT_START:
		return begin_start(self, hart, vcpu);
	case PROTECT_STOP:
		self->entry = PROTECT_ENTRY_START;
		break;
	case PROTECT_SUSPEND:
		return begin_suspend(self, vcpu);
	case PROTECT_WRITE:
	case PROTECT_READ:
		return begin_console(self, vcpu, call->kind == PROTECT_WRITE);
	}
	return HOOK_IGNORE;
}

void protect_call_end(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu)
{
	const struct protect_call *call = self->call;

	if (call->kind == PROTECT_START)
		end_start(self, hart, vcpu_reg(vcpu, A0));
	if (call->kind == PROTECT_WRITE || call->kind == PROTECT_READ)
		end_console(self, vcpu, call->kind == PROTECT_READ);
	self->regs[A0] = vcpu_reg(vcpu, A0);
	if (call->out & RETURNS_A1)
		self->regs[A1] = vcpu_reg(vcpu, A1);
}
