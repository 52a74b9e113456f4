/* Parts that the fast paths of CSR instructions share: how they decode the instruction, and how they end. fast_writes
 * is true if the instruction writes its CSR. csrrs and csrrc with rs1 = 0 do not write (Zicsr).
 * Included only by files with fast paths. */
#ifndef HV_VIRT_FAST_CSR_H
#define HV_VIRT_FAST_CSR_H

#include "hv/arch/csr.h"
#include "hv/virt/csr.h"
#include "hv/virt/fast.h"
#include "hv/virt/fast_register.h"

#define FAST_CSR_PATHS (CSR_INDEX_UNKNOWN + 1 - CSR_MEMORY_COUNT)

/** The fast paths of CSR instructions. A table has one fast path for each line of csr.def. Its first element is the
 * path for index CSR_MEMORY_COUNT, because fast.c itself handles the CSRs that live in memory.
 * @param word    the instruction
 * @param pc      its address
 * @param operand the value of rs1, or the immediate */
typedef void fast_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand);
extern fast_csr *const fast_csr_table[FAST_CSR_PATHS];

PART_OF_FAST_PATH bool fast_writes(uint32_t word)
{
	return (word >> 12 & 3) == CSR_OPERATION_WRITE || (word >> 15 & 31) != 0;
}

/** Like fast_finish, for an rd that trap.S has not saved. */
void fast_finish_live(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old);

/** Ends a CSR instruction that has been carried out: writes @p old to rd, and returns to the guest. */
PART_OF_FAST_PATH void fast_finish(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t old)
{
	unsigned rd = word >> 7 & 31;

	if (__builtin_expect(!register_is_saved(rd), 0))
		return fast_finish_live(vcpu, word, pc, old);
	__asm__("" : "+r"(vcpu), "+r"(word), "+r"(pc)); /* keeps gcc 12 from copying these values for the call below */
	if (rd)
		vcpu->regs[rd] = old;
	csr_write(CSR_mepc, pc + 4);
	return fast_return(vcpu, pc, word, FAST_KIND(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

#endif
