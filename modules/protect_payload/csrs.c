/* What the firmware sees of the CSRs that belong to the payload, or that decide what the payload may do, once the payload has
 * started. */
#define LOG_NAME protect_payload
#include "modules/protect_payload/protect_payload.h"

/* The exceptions for which the module or the firmware is responsible. S-mode gets all others. */
#define KEPT                                                                                                           \
	(1ull << CAUSE_ILLEGAL | 1ull << CAUSE_LOAD_MISALIGNED | 1ull << CAUSE_STORE_MISALIGNED | 1ull << CAUSE_ECALL_S)

/* The frozen CSRs, and the values that they have for the payload on every hart. protect_csrs_freeze writes the values, before
 * any hart is in the payload. */
static const unsigned frozen_csrs[PROTECT_FROZEN] = { CSR_medeleg, CSR_mideleg, CSR_menvcfg, CSR_mcounteren };
static uint64_t frozen_values[PROTECT_FROZEN];

void protect_csrs_freeze(struct vcpu *vcpu)
{
	for (unsigned i = 0; i < PROTECT_FROZEN; i++)
		IGNORE_ERROR(
			vcpu_csr(vcpu, frozen_csrs[i], &frozen_values[i])); /* the value of an absent CSR stays 0 */
	frozen_values[0] = (frozen_values[0] & ~(1ull << CAUSE_ECALL_S)) | (machine.medeleg_mask & ~KEPT);
}

/* Whether the machine is locked, so that the module answers for guarded CSRs on this hart. */
static bool guards(struct protect_payload *self, struct vcpu *vcpu)
{
	if (self->guards || !protect_has_begun())
		return self->guards;
	for (unsigned i = 0; i < PROTECT_FROZEN; i++)
		IGNORE_ERROR(vcpu_csr(vcpu, frozen_csrs[i], &self->frozen[i]));
	return self->guards = true;
}

void protect_csrs_apply(struct protect_payload *self, struct vcpu *vcpu)
{
	for (unsigned i = 0; i < PROTECT_FROZEN; i++)
		IGNORE_ERROR(vcpu_set_csr(vcpu, frozen_csrs[i], frozen_values[i]));
	self->sets_satp = false;
}

/* While the payload does not run on a hart, the firmware may prepare the hart: nothing that it writes has an effect. */
static void note_write(struct protect_payload *self, unsigned number)
{
	if (self->entry != PROTECT_ENTRY_START)
		protect_note_denied(self, number, PMP_ACCESS_WRITE);
}

/* The firmware reads back what it has written to a frozen CSR, but the payload keeps its value. */
static void access_frozen(struct protect_payload *self, unsigned index, bool write, uint64_t *value)
{
	if (!write) {
		*value = self->frozen[index];
		return;
	}
	if (*value != self->frozen[index])
		note_write(self, frozen_csrs[index]);
	self->frozen[index] = *value;
}

/* The payload's own CSRs are 0 for the firmware, as at reset. */
static void access_payloads(struct protect_payload *self, unsigned number, bool write, uint64_t *value)
{
	if (!write) {
		*value = 0;
		return;
	}
	if (number == CSR_satp && *value != 0)
		self->sets_satp = true;
	if (*value != 0)
		note_write(self, number);
}

static bool is_pmp(unsigned number)
{
	return (number >= CSR_pmpcfg && number < CSR_pmpcfg + 16) ||
	       (number >= CSR_pmpaddr && number < CSR_pmpaddr + 64);
}

enum hook_action protect_payload_csr_access(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu,
					    unsigned number, bool write, uint64_t *value)
{
	(void)hart;
	if (!guards(self, vcpu))
		return HOOK_IGNORE;
	if (is_pmp(number)) { /* the module's entries have priority, so that these have no effect on the payload */
		if (write)
			note_write(self, number);
		return HOOK_IGNORE;
	}
	if (number == CSR_mstatus) { /* hidden bits, which the write does not change */
		if (write && (*value & (MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR)))
			note_write(self, number);
		return HOOK_IGNORE;
	}
	for (unsigned i = 0; i < PROTECT_FROZEN; i++)
		if (number == frozen_csrs[i]) {
			access_frozen(self, i, write, value);
			return HOOK_OVERWRITE;
		}
	access_payloads(self, number, write, value);
	return HOOK_OVERWRITE;
}

void protect_payload_access_denied(struct protect_payload *self, struct hart *hart, struct vcpu *vcpu, uint64_t address,
				   enum pmp_access access)
{
	(void)hart;
	if (vcpu->world == WORLD_FIRMWARE)
		protect_note_denied(self, address, access);
}
