/* The hooks of warden. */
#define LOG_NAME warden
#include "payloads/warden/warden.h"

#define A0 10

_Static_assert(WARDEN_READ == PMP_ACCESS_READ && WARDEN_WROTE == PMP_ACCESS_WRITE &&
		       WARDEN_EXECUTED == PMP_ACCESS_EXECUTE,
	       "guests know these values");

static MUST_CHECK enum error close(struct warden *self, uint64_t address, uint64_t size, unsigned firmware,
				   unsigned payload)
{
	if (size == 0)
		return module_pmp_off(self, 0, 0);
	return module_pmp_napot(self, 0, address, size, (enum pmp_permission)firmware, (enum pmp_permission)payload);
}

void warden_access_denied(struct warden *self, struct hart *hart, struct vcpu *vcpu, uint64_t address,
			  enum pmp_access access)
{
	(void)hart, (void)vcpu;
	self->denied++;
	self->address = address;
	self->access = access;
	if (self->opens && close(self, 0, 0, 0, 0) != ERROR_NONE)
		LOG_ERROR(self, "the entry is missing");
	self->opens = false;
}

enum hook_action warden_csr_access(struct warden *self, struct hart *hart, struct vcpu *vcpu, unsigned number,
				   bool write, uint64_t *value)
{
	(void)hart, (void)vcpu;
	if (self->count < WARDEN_CALLS)
		self->asked[self->count] = (struct asked){ number, write, *value };
	self->count++;
	*value = self->answer;
	return (write ? self->takes_writes : self->takes_reads) ? HOOK_OVERWRITE : HOOK_IGNORE;
}

/* ---- ecalls ---- */

static uint64_t denied(const struct warden *self, uint64_t what)
{
	switch (what) {
	case WARDEN_DENIED_COUNT:
		return self->denied;
	case WARDEN_DENIED_ADDRESS:
		return self->address;
	default:
		return self->access;
	}
}

static uint64_t asked(const struct warden *self, uint64_t what, uint64_t i)
{
	const struct asked *call = &self->asked[i % WARDEN_CALLS];

	switch (what) {
	case WARDEN_ASKED_COUNT:
		return self->count;
	case WARDEN_ASKED_NUMBER:
		return call->number;
	case WARDEN_ASKED_WRITE:
		return call->write;
	default:
		return call->value;
	}
}

static MUST_CHECK enum error serve(struct warden *self, struct vcpu *vcpu, uint64_t *value)
{
	uint64_t a = vcpu_reg(vcpu, A0), b = vcpu_reg(vcpu, A0 + 1), c = vcpu_reg(vcpu, A0 + 2);

	switch (vcpu_reg(vcpu, 16)) {
	case WARDEN_CLOSE:
		return close(self, a, b, (unsigned)c, (unsigned)vcpu_reg(vcpu, A0 + 3));
	case WARDEN_DENIED:
		*value = denied(self, a);
		break;
	case WARDEN_FORGET:
		*self = (struct warden){ 0 };
		break;
	case WARDEN_ANSWER:
		self->takes_reads = a, self->takes_writes = b, self->answer = c;
		break;
	case WARDEN_ASKED:
		*value = asked(self, a, b);
		break;
	case WARDEN_CSR:
		return vcpu_csr(vcpu, (unsigned)a, value);
	case WARDEN_WRITE:
		return vcpu_set_csr(vcpu, (unsigned)a, b);
	case WARDEN_OPENS:
		self->opens = true;
		break;
	default:
		return ERROR_UNSUPPORTED;
	}
	return ERROR_NONE;
}

enum hook_action warden_ecall_from_firmware(struct warden *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t value = 0;

	(void)hart;
	if (vcpu_reg(vcpu, 17) != WARDEN_EID)
		return HOOK_IGNORE;

	enum error error = serve(self, vcpu, &value);

	sbi_return(vcpu, error == ERROR_NONE ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM, value);
	return HOOK_OVERWRITE;
}
