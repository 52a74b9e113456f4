/* Physical CSRs: typed inline accessors, the only way by which hv reads or writes one from C.
 * Called from all of hv. Must not know what a value means. The host's version of this header has the same name. */
#ifndef HV_ARCH_CSR_H
#define HV_ARCH_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/csr_number.h"

/** One statement of assembly, with 0 to 2 register operands, that orders memory accesses (hv/arch/fence.h). */
#define arch_statement(text) __asm__ volatile(text : : : "memory")
#define arch_statement_1(text, a) __asm__ volatile(text : : "r"(a) : "memory")
#define arch_statement_2(text, a, b) __asm__ volatile(text : : "r"(a), "r"(b) : "memory")

/* Each takes the CSR's number as a constant expression (enum csr_number). A memory clobber keeps
 * accesses to memory on their side of the CSR access: many CSRs change what memory accesses mean. */
#define csr_read(number)                                                                                               \
	({                                                                                                             \
		uint64_t csr_value_;                                                                                   \
		__asm__ volatile("csrr %0, %1" : "=r"(csr_value_) : "i"(number) : "memory");                           \
		csr_value_;                                                                                            \
	})
#define csr_write(number, value) __asm__ volatile("csrw %0, %1" : : "i"(number), "rK"((uint64_t)(value)) : "memory")
#define csr_swap(number, value)                                                                                        \
	({                                                                                                             \
		uint64_t csr_value_;                                                                                   \
		__asm__ volatile("csrrw %0, %1, %2"                                                                    \
				 : "=r"(csr_value_)                                                                    \
				 : "i"(number), "rK"((uint64_t)(value))                                                \
				 : "memory");                                                                          \
		csr_value_;                                                                                            \
	})
#define csr_set(number, mask) __asm__ volatile("csrs %0, %1" : : "i"(number), "rK"((uint64_t)(mask)) : "memory")
#define csr_clear(number, mask) __asm__ volatile("csrc %0, %1" : : "i"(number), "rK"((uint64_t)(mask)) : "memory")

#endif
