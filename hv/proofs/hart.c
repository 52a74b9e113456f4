/* What the hart of the proofs does where hv/arch has assembly code: guarded accesses to CSRs, the trap vector, and the
 * ends of fast paths. */
#include "hv/proofs/hart.h"

#include "hv/arch/access.h"
#include "hv/arch/entry.h"

struct physical_hart hart;
uint64_t hart_live[32];
uint64_t hart_writable[CSR_SLOT_COUNT];
bool hart_present[CSR_SLOT_COUNT];
struct hart_statement hart_statement;

struct guarded csr_physical_read(unsigned slot)
{
	unsigned number = hart_number(slot);

	if (!hart_has(number))
		return (struct guarded){ .value = nondet_u64(), .error = ERROR_TRAPPED };
	return (struct guarded){ .value = hart_csr_read(number) };
}

struct guarded csr_physical_write(unsigned slot, uint64_t value)
{
	unsigned number = hart_number(slot);

	if (!hart_has(number))
		return (struct guarded){ .error = ERROR_TRAPPED };
	hart_csr_write(number, value);
	return (struct guarded){ .value = 0 };
}

void trap_vector_set(void (*entry)(void))
{
	hart.vector = entry;
}

void trap_entry_firmware(void)
{
}

void trap_entry_payload(void)
{
}

/* ---- functions of hv/core that hv/virt calls ---- */

unsigned state_handlers_missing;

void vcpu_handler_missing(const struct vcpu *vcpu)
{
	(void)vcpu;
	state_handlers_missing++;
}
