/* Saves, loads and clears FP and vector registers. Each function turns FS and VS on, because with FS or VS Off even M-mode
 * cannot reach the registers, and restores mstatus at the end. Fields that the hart does not have stay 0. */
#include "hv/arch/extension.h"

#include "hv/arch/csr.h"
#include "hv/arch/guard.h"
#include "hv/arch/isa.h"
#include "hv/arch/register_file.h"

#define VTYPE_ILL FIELD(63, 1)

/* Without vector registers, the CSR vlenb does not exist. misa.V is no proof, because it is 0 on a hart with the embedded
 * vector extensions (Zve*). */
uint64_t vector_register_bytes(void)
{
	struct guarded vlenb = guarded_call(0, vlenb_thunk, 0, csr_read(CSR_mstatus) | MSTATUS_VS);

	return vlenb.error ? 0 : vlenb.value;
}

size_t extension_state_size(void)
{
	uint64_t bytes = vector_register_bytes();

	if (bytes == 0 && !(csr_read(CSR_misa) & MISA('F')))
		return 0;
	return offsetof(struct extension_state, vector_registers) + 32 * bytes;
}

/* Turns FS and VS on, and returns the old mstatus. */
static uint64_t turn_on(void)
{
	uint64_t status = csr_read(CSR_mstatus);

	csr_set(CSR_mstatus, MSTATUS_FS | MSTATUS_VS);
	return status;
}

void extension_state_save(struct extension_state *state)
{
	uint64_t misa = csr_read(CSR_misa), bytes = vector_register_bytes(), status = turn_on();

	if (misa & MISA('F')) {
		(misa & MISA('D') ? float_save_double : float_save_single)(state->float_registers);
		state->fcsr = csr_read(CSR_fcsr);
	}
	if (bytes) {
		state->vl = csr_read(CSR_vl);
		state->vtype = csr_read(CSR_vtype);
		state->vcsr = csr_read(CSR_vcsr);
		state->vstart = csr_swap(CSR_vstart, 0);
		vector_save(state->vector_registers);
		csr_write(CSR_vstart, state->vstart);
	}
	csr_write(CSR_mstatus, status);
}

void extension_state_restore(const struct extension_state *state)
{
	uint64_t misa = csr_read(CSR_misa), bytes = vector_register_bytes(), status = turn_on();

	if (misa & MISA('F')) {
		(misa & MISA('D') ? float_load_double : float_load_single)(state->float_registers);
		csr_write(CSR_fcsr, state->fcsr);
	}
	if (bytes) {
		csr_write(CSR_vstart, 0);
		vector_load(state->vector_registers);
		vector_configure(state->vl, state->vtype);
		csr_write(CSR_vcsr, state->vcsr);
		csr_write(CSR_vstart, state->vstart); /* last, because every vector instruction sets it to 0 */
	}
	csr_write(CSR_mstatus, status);
}

void extension_state_clear(void)
{
	uint64_t misa = csr_read(CSR_misa), bytes = vector_register_bytes(), status = turn_on();

	if (misa & MISA('F')) {
		(misa & MISA('D') ? float_clear_double : float_clear_single)();
		csr_write(CSR_fcsr, 0);
	}
	if (bytes) {
		csr_write(CSR_vstart, 0);
		vector_clear();
		vector_configure(0, VTYPE_ILL);
		csr_write(CSR_vcsr, 0);
	}
	csr_write(CSR_mstatus, status);
}
