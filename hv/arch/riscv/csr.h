/* The inline accessors through which all C code of hv reads and writes physical CSRs.
 * Used by all of hv. Must not know what a value means. The host's version of this header has the same name. */
#ifndef HV_ARCH_CSR_H
#define HV_ARCH_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/csr_number.h"

/** An assembly statement that orders memory accesses (hv/arch/fence.h), with 0 to 2 register operands. */
#define arch_statement(text) __asm__ volatile(text : : : "memory")
#define arch_statement_1(text, a) __asm__ volatile(text : : "r"(a) : "memory")
#define arch_statement_2(text, a, b) __asm__ volatile(text : : "r"(a), "r"(b) : "memory")

/* These macros read, write or swap a CSR, or set or clear bits of it. The number must be a constant expression (enum
 * csr_number). The memory clobber keeps the compiler from moving memory accesses across the CSR access, because many
 * CSRs change the effect of memory accesses. */
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
