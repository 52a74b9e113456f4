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

/** The state of the hart. satp_modes and pmp_granule do not change. */
struct physical_hart {
	uint64_t value[CSR_SLOT_COUNT]; /* the CSRs, by slot */
	uint64_t wires;                 /* bits of mip that come from outside; not a result of a write */
	uint64_t satp_modes;            /* bit n is 1 if satp.MODE can hold n */
	uint64_t pmp_granule;           /* in bytes */
	unsigned statements;            /* number of fences and other statements that hv has executed */
	unsigned stores;                /* number of CSRs that hv has stored, also if the value was the same */
	void (*vector)(void);
};

extern struct physical_hart proof_hart;

/** The guest's registers that trap.S has not saved. The elements of saved registers are not used. */
extern uint64_t hart_live[32];

/** The bits of each CSR that a write changes, by slot. The others are read-only with any value. */
extern uint64_t hart_writable[CSR_SLOT_COUNT];
/** Whether the hart has the CSR of a slot. */
extern bool hart_present[CSR_SLOT_COUNT];

struct physical_hart nondet_hart(void);

static inline void hart_choose_csr(unsigned slot, bool is_present, uint64_t writable)
{
	hart_present[slot] = is_present;
	hart_writable[slot] = writable;
}

/** The last fence or other statement that hv has executed. */
struct hart_statement {
	const char *text;
	uint64_t operands[2];
};
extern struct hart_statement hart_statement;

/** Gives each CSR of the hart any value, any writable bits and any presence, within the rules that each hart follows. */
static inline void hart_choose(void)
{
	proof_hart = nondet_hart();
#define CSR(number, name, lives) hart_choose_csr(CSR_SLOT_##name, nondet_bool(), nondet_u64());
#define CSR_RANGE(first, name, count, lives)                                                                           \
	for (unsigned i = 0; i < (count); i++)                                                                         \
		hart_choose_csr(CSR_SLOT_##name + i, nondet_bool(), nondet_u64());
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	assume(field_get(MSTATUS_MPP, proof_hart.value[CSR_SLOT_mstatus]) != 2);
	assume(proof_hart.pmp_granule >= 4 && (proof_hart.pmp_granule & (proof_hart.pmp_granule - 1)) == 0);
	proof_hart.statements = proof_hart.stores = 0;
	proof_hart.vector = 0;
}

/** Gives a hart that has been chosen all CSRs, with all bits writable that any hart can have. */
static inline void hart_choose_full(void)
{
#define CSR(number, name, lives) hart_choose_csr(CSR_SLOT_##name, true, ~0ull);
#define CSR_RANGE(first, name, count, lives)                                                                           \
	for (unsigned i = 0; i < (count); i++)                                                                         \
		hart_choose_csr(CSR_SLOT_##name + i, true, ~0ull);
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	hart_writable[CSR_SLOT_mepc] = ~1ull;
}

/** The slot of CSR @p number, or CSR_SLOT_COUNT. One expression, because CBMC needs much more time for a switch or for a
 * table of all numbers. */
static inline unsigned hart_slot(unsigned number)
{
	return
#define CSR(number_, name, lives) number == (number_) ? CSR_SLOT_##name:
#define CSR_RANGE(first, name, count, lives)                                                                           \
	number >= (first) && number < (first) + (count) ? CSR_SLOT_##name + number - (first):
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
		CSR_SLOT_COUNT;
}

/** The number of the CSR of @p slot. */
static inline unsigned hart_number(unsigned slot)
{
	return
#define CSR(number, name, lives) slot == CSR_SLOT_##name ? (number):
#define CSR_RANGE(first, name, count, lives)                                                                           \
	slot >= CSR_SLOT_##name &&slot <= CSR_SLOT_##name##_last ? (first) + slot - CSR_SLOT_##name:
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
		CSR_COUNT;
}

/** The slot of a CSR by its name, as HART_SLOT_CSR_mstatus. CBMC needs much less time for an element of an array whose
 * index is a constant in the source. */
enum {
#define CSR(number, name, lives) HART_SLOT_CSR_##name = CSR_SLOT_##name,
#define CSR_RANGE(first, name, count, lives) CSR(first, name, lives)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
};

/** Whether the hart has CSR @p number. */
static inline bool hart_has(unsigned number)
{
	unsigned slot = hart_slot(number);

	prove(slot < CSR_SLOT_COUNT, "hv accesses only CSRs of csr.def");
	return hart_present[slot];
}

/** The value that a read of pmpaddr @p entry returns (3.7.1.1). If the granularity is above 4 bytes, the low bits are
 * ones for NAPOT, and zeros for OFF and TOR. */
static inline uint64_t hart_pmp_address(unsigned entry)
{
	uint64_t value = proof_hart.value[CSR_SLOT_pmpaddr + entry], units = proof_hart.pmp_granule / 4;
	uint64_t config = proof_hart.value[CSR_SLOT_pmpcfg + entry / 8 * 2] >> entry % 8 * 8;

	if (units == 1)
		return value;
	return config & 0x10 ? value | (units / 2 - 1) : value & ~(units - 1);
}

/** What a read of CSR @p number returns, if @p stored is the value of its slot. */
static inline uint64_t hart_value(unsigned number, uint64_t stored)
{
	if (number == CSR_mip)
		return stored | proof_hart.wires;
	if (number >= CSR_pmpaddr && number <= CSR_pmpaddr_last)
		return hart_pmp_address(number - CSR_pmpaddr);
	return stored;
}

/** Whether a write of @p value to CSR @p number has an effect on it. */
static inline bool hart_accepts(unsigned number, uint64_t value)
{
	if (number == CSR_mstatus)
		prove(field_get(MSTATUS_MPP, value) != 2, "hv never writes the reserved mode to physical MPP");
	/* 4.1.11: a write with a MODE that does not exist has no effect at all */
	return number != CSR_satp || (proof_hart.satp_modes >> field_get(SATP_MODE, value) & 1);
}

/** Executes the assembly statement @p text. It only records it. */
static inline void hart_execute(const char *text, uint64_t a, uint64_t b)
{
	hart_statement = (struct hart_statement){ text, { a, b } };
	proof_hart.statements++;
}

/** The CSR instructions that hv executes without a guard, on CSR @p number in @p slot. Only writable bits change. These are
 * macros, so that the slot is a constant where hv names the CSR. */
#define hart_csr_read(number, slot)                                                                                    \
	({                                                                                                             \
		prove(hart_present[slot], "hv reads no absent CSR");                                                   \
		hart_value(number, proof_hart.value[slot]);                                                            \
	})

#define hart_csr_write(number, slot, new)                                                                              \
	({                                                                                                             \
		uint64_t hart_new = (new);                                                                             \
		prove(hart_present[slot], "hv writes no absent CSR");                                                  \
		if (hart_accepts(number, hart_new)) {                                                                  \
			proof_hart.stores++;                                                                           \
			proof_hart.value[slot] = field_merge(hart_writable[slot], proof_hart.value[slot], hart_new);   \
		}                                                                                                      \
		(void)0;                                                                                               \
	})

#define hart_csr_swap(number, slot, new)                                                                               \
	({                                                                                                             \
		uint64_t hart_given = (new), hart_old = hart_csr_read(number, slot);                                   \
		hart_csr_write(number, slot, hart_given);                                                              \
		hart_old;                                                                                              \
	})

/** csrrs and csrrc change the software bits of mip, and do not write the wires back to them (3.1.9). */
#define hart_csr_set(number, slot, mask) hart_csr_write(number, slot, proof_hart.value[slot] | (mask))
#define hart_csr_clear(number, slot, mask) hart_csr_write(number, slot, proof_hart.value[slot] & ~(mask))

/** Whether the CSRs have the same values in @p a and @p b, except mcause, mtval and mscratch: the next trap sets the first
 * two, and the third one belongs to trap.S. The bit MDT of mstatus may differ, because the return to the guest clears
 * it. */
static inline bool hart_same(const struct physical_hart *a, const struct physical_hart *b)
{
	struct physical_hart expected = *b;

	expected.value[CSR_SLOT_mcause] = a->value[CSR_SLOT_mcause];
	expected.value[CSR_SLOT_mtval] = a->value[CSR_SLOT_mtval];
	expected.value[CSR_SLOT_mscratch] = a->value[CSR_SLOT_mscratch];
	expected.value[CSR_SLOT_mstatus] =
		field_merge(MSTATUS_MDT, expected.value[CSR_SLOT_mstatus], a->value[CSR_SLOT_mstatus]);
	return __CPROVER_equal(a->value, expected.value); /* CBMC compares all elements at once */
}

#endif
