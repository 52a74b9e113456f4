/* Guarded accesses by width, operation or slot. Each function selects the thunk of guard.S that has the right
 * instruction, and passes it to guarded_call. */
#include "hv/arch/access.h"

#include "hv/arch/csr.h"

#define HSTATUS_SPVP 0x100ull

const uint8_t amo_operations[AMO_OPERATIONS] = { 0x00, 0x01, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c };

static unsigned log2_of(unsigned width)
{
	unsigned log = 0;

	while (width >>= 1)
		log++;
	return log;
}

enum error guarded_load(uint64_t status, uint64_t address, unsigned width, uint64_t *value)
{
	struct guarded result = guarded_call(0, load_thunks + log2_of(width), address, status);

	*value = result.value;
	return guarded_error(result);
}

enum error guarded_store(uint64_t status, uint64_t address, unsigned width, uint64_t value)
{
	return guarded_error(guarded_call(value, store_thunks + log2_of(width), address, status));
}

enum error guarded_amo(uint64_t status, uint64_t address, unsigned width, unsigned funct5, uint64_t operand,
		       uint64_t *old)
{
	unsigned i = 0;

	while (amo_operations[i] != funct5)
		i++;

	struct guarded result = guarded_call(operand, amo_thunks + 2 * i + (width == 8), address, status);

	*old = result.value;
	return guarded_error(result);
}

enum error guarded_cbo(uint64_t status, uint64_t address, unsigned operation)
{
	return guarded_error(guarded_call(0, cbo_thunks + operation, address, status));
}

enum error guarded_guest_fetch(uint64_t status, uint64_t address, bool user, uint64_t *value)
{
	uint64_t hstatus = csr_read(CSR_hstatus);

	csr_write(CSR_hstatus, user ? hstatus & ~HSTATUS_SPVP : hstatus | HSTATUS_SPVP);
	struct guarded result = guarded_call(0, guest_fetch_thunk, address, status);
	csr_write(CSR_hstatus, hstatus);
	*value = result.value;
	return guarded_error(result);
}

uint64_t float_register_read(unsigned index)
{
	return guarded_call(0, float_read_thunks + index, 0, csr_read(CSR_mstatus)).value;
}

void float_register_write(unsigned index, uint64_t value)
{
	(void)guarded_call(value, float_write_thunks + index, 0, csr_read(CSR_mstatus));
}

struct guarded csr_physical_read(unsigned slot)
{
	return guarded_call(0, csr_read_thunks + slot, 0, csr_read(CSR_mstatus));
}

struct guarded csr_physical_write(unsigned slot, uint64_t value)
{
	return guarded_call(value, csr_write_thunks + slot, 0, csr_read(CSR_mstatus));
}
