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

struct physical_hart {
#define CSR(number, name, lives) struct hart_csr name;
#define CSR_RANGE(first, name, count, lives) struct hart_csr name[count];
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	uint64_t wires;       /* bits of mip that come from outside; not a result of a write */
	uint64_t satp_modes;  /* bit n is 1 if satp.MODE can hold n */
	uint64_t pmp_granule; /* in bytes */
	unsigned statements;  /* number of fences and other statements that hv has executed */
	void (*vector)(void);
};

extern struct physical_hart hart;

struct physical_hart nondet_hart(void);

/** Gives each CSR of the hart any value, any writable bits and any presence, within the rules that each hart follows. */
static inline void hart_choose(void)
{
	hart = nondet_hart();
	/* A bool of such a structure could have a value other than 0 and 1. */
#define CSR(number, name, lives) hart.name.present = nondet_bool();
#define CSR_RANGE(first, name, count, lives)                                                                           \
	for (unsigned i = 0; i < (count); i++)                                                                         \
		hart.name[i].present = nondet_bool();
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	assume(field_get(MSTATUS_MPP, hart.mstatus.value) != 2);
	assume(hart.pmp_granule >= 4 && (hart.pmp_granule & (hart.pmp_granule - 1)) == 0);
	hart.statements = 0;
	hart.vector = 0;
}

/* Each of the next functions is a switch over all CSRs. A function that returns a pointer to the CSR would be shorter, but
 * then CBMC would have to consider an access to any byte of the hart. */

/** Whether the hart has CSR @p number. */
static inline bool hart_has(unsigned number)
{
	switch (number) {
#define CSR(number, name, lives)                                                                                       \
	case number:                                                                                                   \
		return hart.name.present;
#define CSR_RANGE(first, name, count, lives)                                                                           \
	case first ...(first) + (count)-1:                                                                             \
		return hart.name[number - (first)].present;
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	}
	prove(false, "hv accesses only CSRs of csr.def");
	return false;
}

static inline uint64_t hart_stored(unsigned number)
{
	switch (number) {
#define CSR(number, name, lives)                                                                                       \
	case number:                                                                                                   \
		return hart.name.value;
#define CSR_RANGE(first, name, count, lives)                                                                           \
	case first ...(first) + (count)-1:                                                                             \
		return hart.name[number - (first)].value;
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	}
	return 0;
}

/* Stores @p value; only writable bits change. */
static inline void hart_store(unsigned number, uint64_t value)
{
	switch (number) {
#define CSR(number, name, lives)                                                                                       \
	case number:                                                                                                   \
		hart.name.value = field_merge(hart.name.writable, hart.name.value, value);                             \
		break;
#define CSR_RANGE(first, name, count, lives)                                                                           \
	case first ...(first) + (count)-1:                                                                             \
		hart.name[number - (first)].value =                                                                    \
			field_merge(hart.name[number - (first)].writable, hart.name[number - (first)].value, value);   \
		break;
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	}
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

/** What a read of CSR @p number returns. */
static inline uint64_t hart_value(unsigned number)
{
	if (number == CSR_mip)
		return hart.mip.value | hart.wires;
	if (number >= CSR_pmpaddr && number <= CSR_pmpaddr_last)
		return hart_pmp_address(number - CSR_pmpaddr);
	return hart_stored(number);
}

/** Whether a write of @p value to CSR @p number has an effect on it. */
static inline bool hart_accepts(unsigned number, uint64_t value)
{
	if (number == CSR_mstatus)
		prove(field_get(MSTATUS_MPP, value) != 2, "hv never writes the reserved mode to physical MPP");
	/* 4.1.11: a write with a MODE that does not exist has no effect at all */
	return number != CSR_satp || (hart.satp_modes >> field_get(SATP_MODE, value) & 1);
}

/* The CSR instructions that hv executes without a guard, on CSR @p number. */
static inline uint64_t hart_csr_read(unsigned number)
{
	prove(hart_has(number), "hv reads no absent CSR");
	return hart_value(number);
}

static inline void hart_csr_write(unsigned number, uint64_t value)
{
	prove(hart_has(number), "hv writes no absent CSR");
	if (hart_accepts(number, value))
		hart_store(number, value);
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
	hart_csr_write(number, hart_stored(number) | mask);
}

static inline void hart_csr_clear(unsigned number, uint64_t mask)
{
	hart_csr_write(number, hart_stored(number) & ~mask);
}

#endif
