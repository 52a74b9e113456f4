/* Proof: a write of pmpcfg leaves eight legal bytes. A byte takes the written value, without the bits 5 and 6, if it is
 * not locked and the value is legal; otherwise it keeps its value (3.7.1). The physical byte of each view follows from
 * the virtual byte as in the table of semantics 13, and is never locked.
 * Bound: none. Stubs: none.
 * Assumptions: the old bytes are legal (they are after reset, and this proof says that they stay so); the granularity is
 * a power of two and at least 4 (machine_probe). */
#include "hv/proofs/proof.h"
#include "hv/proofs/spec.h"
#include "hv/virt/pmp.h"

#define RWX (SPEC_PMP_R | SPEC_PMP_W | SPEC_PMP_X)

static uint8_t byte(uint64_t word, unsigned index)
{
	return (uint8_t)(word >> 8 * index);
}

static uint8_t physical(uint8_t config, enum pmp_view view)
{
	uint8_t matching = config & 0x18, rights = config & RWX;
	bool locked = config & SPEC_PMP_L;

	switch (view) {
	case PMP_VIEW_FIRMWARE:
		return matching | (locked ? rights : RWX);
	case PMP_VIEW_MPRV:
		return matching | (locked ? rights & SPEC_PMP_X : SPEC_PMP_X);
	default:
		return matching | rights;
	}
}

int main(void)
{
	uint64_t old = nondet_u64(), requested = nondet_u64(), granule = nondet_u64();
	unsigned index = nondet_u8();
	enum pmp_view view = nondet_u8();

	assume(granule >= 4 && (granule & (granule - 1)) == 0 && index < 8 && view < PMP_VIEWS);
	assume(spec_pmp_config_legal(byte(old, index), granule));

	uint8_t before = byte(old, index), wanted = byte(requested, index) & 0x9f;
	uint64_t written = pmp_legal_config(old, requested, granule);
	uint8_t after = byte(written, index);

	prove(spec_pmp_config_legal(after, granule), "the byte is legal");
	if (before & SPEC_PMP_L)
		prove(after == before, "a locked byte keeps its value");
	else if (spec_pmp_config_legal(wanted, granule))
		prove(after == wanted, "a legal byte is written");
	else
		prove(after == before, "a byte keeps its value if the written value is reserved");
	prove(byte(pmp_view_of_config(written, view), index) == physical(after, view),
	      "each view is as in semantics 13");
	return 0;
}
