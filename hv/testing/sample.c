/* The hooks of the sample module. Each of them calls a part of the module API. */
#define LOG_NAME sample
#include "hv/testing/sample.h"

#define A0 10
#define A7 17

void sample_init(struct sample *self, struct hart *hart)
{
	module_directory()->categories = hart_id(hart);
	if (hart_total() > 4)
		module_fatal(self, "too many harts");
}

/* Copies the bytes in, closes them for the firmware, and returns their sum, or an error. */
static MUST_CHECK enum error close(struct sample *self, struct vcpu *vcpu, uint64_t address, uint64_t *sum)
{
	uint8_t bytes[SAMPLE_CLOSED];

	RETURN_IF_ERROR(guest_copy_in(vcpu, bytes, address, sizeof(bytes)));
	RETURN_IF_ERROR(module_pmp_off(self, 0, address));
	RETURN_IF_ERROR(module_pmp_tor(self, 1, address + sizeof(bytes), PMP_NONE, PMP_RWX));
	for (size_t i = 0; i < sizeof(bytes); i++)
		*sum += bytes[i];
	return ERROR_NONE;
}

enum hook_action sample_ecall_from_payload(struct sample *self, struct hart *hart, struct vcpu *vcpu)
{
	struct hart_set others = { 0 };
	uint64_t sum = 0;

	if (vcpu_reg(vcpu, A7) != SAMPLE_EID)
		return HOOK_IGNORE;
	self->calls++;
	module_trace(self, 0, self->calls);
	for (unsigned i = 0; i < hart_total(); i++)
		if (i != hart_index(hart))
			hart_set_add(&others, i);
	if (close(self, vcpu, vcpu_reg(vcpu, A0), &sum) == ERROR_NONE) {
		module_broadcast_wait(self, others);
		sbi_return(vcpu, SBI_SUCCESS, sum);
	} else {
		sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
	}
	return HOOK_OVERWRITE;
}

void sample_trace_counters(struct sample *self, struct hart *hart)
{
	module_trace_counter(hart, 7, self->calls);
}

void sample_on_interrupt(struct sample *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart, (void)vcpu;
	self->interrupts++;
	if (module_pmp_off(self, 1, 0) != ERROR_NONE)
		LOG_ERROR(self, "entry 1 is missing");
}

void sample_on_shutdown(struct sample *self, struct hart *hart)
{
	(void)hart;
	for (unsigned i = 0; i < hart_total(); i++)
		LOG_INFO(self, "hart %lu: %lu", hart_id(hart_at(i)), module_state(self, i)->calls);
	log_text("since %lu\r\n", boot_stamp_now().mtime - boot_stamp_first().mtime);
}
