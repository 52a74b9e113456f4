/* Proof: pmp_allows answers as a look-up of each byte says. The first entry that matches any byte of the access decides;
 * it must match all bytes (3.7.1.3). In M-mode only a locked entry restricts. If no entry matches, only M-mode may make
 * the access, unless no entry is implemented.
 * Bound: ENTRIES virtual entries; accesses of 1 to BYTES bytes, or aligned accesses of exactly BYTES bytes if ALIGNED is
 * 1. The look-up takes each byte, or the first byte of each four if ALIGNED is 1, because PMP regions consist of aligned
 * groups of four bytes. These macros are in the cases of the proof. MATCHING, if it is defined, is the field A of entry 1;
 * there is a case for each value then.
 * Stubs: csr_physical_read reads the hart of the proofs (hart.c).
 * Assumptions: the granularity is 4 bytes, so that pmpaddr reads as it was written; the machine does not have QEMU's TOR
 * entry at 0 that matches everything. */
#include "hv/proofs/hart.h"
#include "hv/proofs/proof.h"
#include "hv/proofs/spec.h"
#include "hv/virt/machine.h"
#include "hv/virt/vcpu.h"

#define STEP (ALIGNED ? 4 : 1)
#define FIRST 4 /* physical number of virtual entry 0 */

struct machine machine;
struct vcpu nondet_vcpu(void);

static uint8_t config_of(const struct vcpu *vcpu, unsigned entry)
{
	return (uint8_t)(vcpu->pmp.virtual_config[0] >> 8 * entry);
}

static uint64_t address_of(unsigned entry)
{
	return proof_hart.value[CSR_SLOT_pmpaddr + FIRST + entry];
}

static bool matches(const struct vcpu *vcpu, unsigned entry, uint64_t address)
{
	return spec_pmp_matches(config_of(vcpu, entry), entry ? address_of(entry - 1) : 0, address_of(entry), address);
}

static bool as_specified(const struct vcpu *vcpu, uint64_t address, uint64_t size, enum pmp_access access,
			 bool machine_mode)
{
	if (address + size - 1 < address) /* no machine has memory there */
		return false;
	for (unsigned entry = 0; entry < ENTRIES; entry++) {
		unsigned matching = 0;

		for (unsigned i = 0; i < BYTES; i += STEP)
			matching += i < size && matches(vcpu, entry, address + i) ? STEP : 0;
		if (matching == 0)
			continue;
		if (matching < size)
			return false;
		if (machine_mode && !(config_of(vcpu, entry) & SPEC_PMP_L))
			return true;
		return (config_of(vcpu, entry) & access) == access;
	}
	return machine_mode;
}

int main(void)
{
	struct vcpu vcpu = nondet_vcpu();
	uint64_t address = nondet_u64(), size = nondet_u64();
	enum pmp_access access = nondet_bool()   ? PMP_ACCESS_READ
				 : nondet_bool() ? PMP_ACCESS_WRITE
						 : PMP_ACCESS_EXECUTE;
	bool machine_mode = nondet_bool();

	hart_choose();
	machine.pmp_virtual = ENTRIES;
	vcpu.pmp.first_virtual = FIRST;
	assume(proof_hart.pmp_granule == 4);
	for (unsigned entry = 0; entry < ENTRIES; entry++) {
		assume(hart_present[CSR_SLOT_pmpaddr + FIRST + entry] &&
		       proof_hart.value[CSR_SLOT_pmpaddr + FIRST + entry] < 1ull << 54);
		assume(spec_pmp_config_legal(config_of(&vcpu, entry), 4));
	}
#ifdef MATCHING
	assume(spec_pmp_matching(config_of(&vcpu, 1)) == MATCHING);
#endif
	assume(ALIGNED ? size == BYTES && address % BYTES == 0 : size >= 1 && size <= BYTES);

	prove(pmp_allows(&vcpu, address, size, access, machine_mode) ==
		      as_specified(&vcpu, address, size, access, machine_mode),
	      "an access is allowed if and only if a look-up of each byte allows it");
	return 0;
}
