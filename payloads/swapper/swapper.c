/* The swapper's answers to ecalls. */
#define LOG_NAME swapper
#include "payloads/swapper/swapper.h"

#include "hv/arch/csr.h"

#define A0 10
#define A1 11
#define A6 16
#define A7 17

void swapper_init(struct swapper *self, struct hart *hart)
{
	(void)hart;
	supervisor_context_reset(&self->context);
	if (extension_state_size() > sizeof(self->state))
		module_fatal(self, "the vector registers are too large");
}

/* The member of the context with the number @p member (enum swapper_member). All members are 64 bits. */
static uint64_t *member_of(struct swapper *self, uint64_t member)
{
	_Static_assert(offsetof(struct supervisor_context, mip) == SWAPPER_MIP * sizeof(uint64_t), "in the same order");
	return (uint64_t *)&self->context + (member < SWAPPER_MEMBERS ? member : 0);
}

static uint64_t swap(struct swapper *self, struct vcpu *vcpu)
{
	uint64_t start = csr_read(CSR_minstret);

	supervisor_context_swap(vcpu, &self->context);

	uint64_t end = csr_read(CSR_minstret);

	fence_translations();
	return end - start - 1; /* the second read of minstret does not count */
}

static uint64_t serve(struct swapper *self, struct vcpu *vcpu)
{
	uint64_t a0 = vcpu_reg(vcpu, A0);

	switch (vcpu_reg(vcpu, A6)) {
	case SWAPPER_HAS:
		return machine_has((unsigned)a0);
	case SWAPPER_ENTRIES:
		return machine_pmp_entries();
	case SWAPPER_SIZE:
		return extension_state_size();
	case SWAPPER_SAVE:
		extension_state_save(&self->state);
		return 0;
	case SWAPPER_RESTORE:
		extension_state_restore(&self->state);
		return 0;
	case SWAPPER_CLEAR:
		extension_state_clear();
		return 0;
	case SWAPPER_RESET:
		supervisor_context_reset(&self->context);
		return 0;
	case SWAPPER_PUT:
		*member_of(self, a0) = vcpu_reg(vcpu, A1);
		return 0;
	case SWAPPER_GET:
		return *member_of(self, a0);
	case SWAPPER_SWAP:
		return swap(self, vcpu);
	default:
		return 0;
	}
}

static enum hook_action answer(struct swapper *self, struct vcpu *vcpu)
{
	if (vcpu_reg(vcpu, A7) != SWAPPER_EID)
		return HOOK_IGNORE;
	sbi_return(vcpu, SBI_SUCCESS, serve(self, vcpu));
	return HOOK_OVERWRITE;
}

enum hook_action swapper_ecall_from_firmware(struct swapper *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	return answer(self, vcpu);
}

enum hook_action swapper_ecall_from_payload(struct swapper *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	return answer(self, vcpu);
}
