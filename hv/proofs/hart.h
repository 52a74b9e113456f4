/* The hart of the proofs: physical CSRs whose values, writable bits and presence may be anything. An access by hv to a
 * CSR that is absent, or that this hart does not list, fails the proof.
 * Included by hv/arch/csr.h in proofs, and by the proofs, which restrict the hart with assume. Must not know hv.
 * Source of the rules: Privileged ISA; the comments name its sections. */
#ifndef HV_PROOFS_HART_H
#define HV_PROOFS_HART_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/csr_number.h"
#include "hv/arch/isa.h"
#include "hv/proofs/proof.h"

/** One physical CSR. A write changes the bits of `writable`; the others are read-only with any value. */
struct hart_csr {
	uint64_t value, writable;
	bool present;
};

struct hart {
#define CSR(number, name, lives) struct hart_csr name;
#define CSR_RANGE(first, name, count, lives) struct hart_csr name[count];
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	uint64_t wires;      /* bits of mip that come from outside; not a result of a write */
	uint64_t satp_modes; /* bit n is 1 if satp.MODE can hold n */
	uint64_t pmp_granule; /* in bytes */
	unsigned statements; /* number of fences and other statements that hv has executed */
	void (*vector)(void);
};

extern struct hart hart;

/** Gives each CSR of the hart any value, any writable bits and any presence, within the rules that each hart follows. */
static inline void hart_choose(void)
{
	struct hart any;

	hart = any;
	assume(field_get(MSTATUS_MPP, hart.mstatus.value) != 2);
	assume(hart.pmp_granule >= 4 && (hart.pmp_granule & (hart.pmp_granule - 1)) == 0);
	hart.statements = 0;
	hart.vector = 0;
}

/** The CSR @p number. */
static inline struct hart_csr *hart_csr(unsigned number)
{
	switch (number) {
#define CSR(number, name, lives)                                                                                       \
	case number:                                                                                                   \
		return &hart.name;
#define CSR_RANGE(first, name, count, lives)                                                                           \
	case first ...(first) + (count)-1:                                                                             \
		return &hart.name[number - (first)];
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	}
	prove(false, "hv accesses only CSRs of csr.def");
	return 0;
}

/** The value that a read of pmpaddr @p entry returns (3.7.1.1). If the granularity is above 4 bytes, the low bits are
 * ones for NAPOT, and zeros for OFF and TOR. */
static inline uint64_t hart_pmp_address(unsigned entry)
{
	uint64_t value = hart.pmpaddr[entry].value, units = hart.pmp_granule / 4;
	uint64_t config = hart.pmpcfg[entry / 8 * 2].value >> entry % 8 * 8;

	if (units == 1)
		return value;
	return config & 0x10 ? value | (units / 2 - 1) : value & ~(units - 1);
}

static inline uint64_t hart_value(unsigned number)
{
	uint64_t value = hart_csr(number)->value;

	if (number == CSR_mip)
		return value | hart.wires;
	if (number >= CSR_pmpaddr && number <= CSR_pmpaddr_last)
		return hart_pmp_address(number - CSR_pmpaddr);
	return value;
}

/** The value that CSR @p number has after a write of @p value. The manual lets a WARL field take any legal value after a
 * write of an illegal one; so it takes any of them here. */
static inline uint64_t hart_legal(unsigned number, uint64_t value)
{
	const struct hart_csr *csr = hart_csr(number);
	uint64_t old = csr->value;

	if (number == CSR_satp && !(hart.satp_modes >> field_get(SATP_MODE, value) & 1)) /* 4.1.11: no effect at all */
		return old;
	if (number == CSR_mstatus) {
		prove(field_get(MSTATUS_MPP, value) != 2, "hv never writes the reserved mode to physical MPP");
	}
	return field_merge(csr->writable, old, value);
}

/* The CSR instructions that hv executes without a guard, on CSR @p number. */
static inline uint64_t hart_csr_read(unsigned number)
{
	prove(hart_csr(number)->present, "hv reads no absent CSR");
	return hart_value(number);
}

static inline void hart_csr_write(unsigned number, uint64_t value)
{
	prove(hart_csr(number)->present, "hv writes no absent CSR");
	hart_csr(number)->value = hart_legal(number, value);
}

static inline uint64_t hart_csr_swap(unsigned number, uint64_t value)
{
	uint64_t old = hart_csr_read(number);

	hart_csr_write(number, value);
	return old;
}

/* csrrs and csrrc change the software bits of mip, and do not write the wires back to them (3.1.9). */
static inline void hart_csr_set(unsigned number, uint64_t mask)
{
	hart_csr_write(number, hart_csr(number)->value | mask);
}

static inline void hart_csr_clear(unsigned number, uint64_t mask)
{
	hart_csr_write(number, hart_csr(number)->value & ~mask);
}

#endif
