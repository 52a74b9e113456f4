/* What the hart of the proofs does where hv/arch has assembly code: guarded accesses to CSRs, the trap vector, and the
 * ends of fast paths. */
#include "hv/proofs/hart.h"

#include "hv/arch/access.h"
#include "hv/arch/entry.h"

struct physical_hart proof_hart;
uint64_t hart_live[32];
uint64_t hart_writable[CSR_SLOT_COUNT];
bool hart_present[CSR_SLOT_COUNT];
struct hart_statement hart_statement;

struct guarded csr_physical_read(unsigned slot)
{
	prove(slot < CSR_SLOT_COUNT, "hv accesses only CSRs of csr.def");
	if (!hart_present[slot])
		return (struct guarded){ .value = nondet_u64(), .error = ERROR_TRAPPED };
	return (struct guarded){ .value = hart_csr_read(hart_number(slot), slot) };
}

struct guarded csr_physical_write(unsigned slot, uint64_t value)
{
	prove(slot < CSR_SLOT_COUNT, "hv accesses only CSRs of csr.def");
	if (!hart_present[slot])
		return (struct guarded){ .error = ERROR_TRAPPED };
	hart_csr_write(hart_number(slot), slot, value);
	return (struct guarded){ .value = 0 };
}

void trap_vector_set(void (*entry)(void))
{
	proof_hart.vector = entry;
}

void trap_entry_firmware(void)
{
}

void trap_entry_payload(void)
{
}

/* Proofs are about one hart. CBMC's own library has this function, but costs a second. */
void __atomic_thread_fence(int order)
{
	(void)order;
}

/* ---- functions of hv/core that hv/virt calls ---- */

unsigned state_handlers_missing;

void vcpu_handler_missing(const struct vcpu *vcpu)
{
	(void)vcpu;
	state_handlers_missing++;
}
