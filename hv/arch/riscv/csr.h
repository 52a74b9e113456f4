/* Physical CSRs: typed inline accessors, the only way by which hv reads or writes one from C.
 * Called from all of hv. Must not know what a value means. The host's version of this header has the same name. */
#ifndef HV_ARCH_CSR_H
#define HV_ARCH_CSR_H

#include <stdbool.h>
#include <stdint.h>

/** One statement of assembly, with 0 to 2 register operands, that orders memory accesses (hv/arch/fence.h). */
#define arch_statement(text) __asm__ volatile(text : : : "memory")
#define arch_statement_1(text, a) __asm__ volatile(text : : "r"(a) : "memory")
#define arch_statement_2(text, a, b) __asm__ volatile(text : : "r"(a), "r"(b) : "memory")

/* Each takes the CSR's number as a constant expression (enum csr_number of hv/virt/csr.h). A memory clobber keeps
 * accesses to memory on their side of the CSR access: many CSRs change what memory accesses mean. */
#define csr_read(number)                                                                                               \
	({                                                                                                             \
		uint64_t csr_value_;                                                                                   \
		__asm__ volatile("csrr %0, %1" : "=r"(csr_value_) : "i"(number) : "memory");                           \
		csr_value_;                                                                                            \
	})
#define csr_write(number, value)                                                                                       \
	__asm__ volatile("csrw %0, %1" : : "i"(number), "rK"((uint64_t)(value)) : "memory")
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

/** Reads CSR @p number (a constant) without trusting that it exists.
 * @return whether it does; *@p value is its content then, else unchanged. Any context with interrupts off. */
#define csr_probe(number, value) csr_guarded_read_(number, value)

/** Writes @p value to CSR @p number (a constant) without trusting that it exists. @return whether it does. */
#define csr_probe_write(number, value) csr_guarded_write_(number, value)

/* A guard is a trap vector that is the statement's own end: a trap skips what is left of it (and "ok" stays 0). mstatus
 * is restored whole, because a trap leaves MPP = M, and MDT set where Smdbltrp is present (3.1.6.2). */
#define csr_guarded_(access, ...)                                                                                      \
	__asm__ volatile("	la %[vector], 9f\n"                                                                    \
			 "	csrr %[status], mstatus\n"                                                             \
			 "	csrrw %[vector], mtvec, %[vector]\n"                                                   \
			 "	li %[ok], 0\n" access "	li %[ok], 1\n"                                                 \
			 "	.balign 4\n"                                                                           \
			 "9:	csrw mtvec, %[vector]\n"                                                               \
			 "	csrw mstatus, %[status]\n"                                                             \
			 : [ok] "=&r"(ok), [vector] "=&r"(vector), [status] "=&r"(status), [value] "+&r"(content)      \
			 : __VA_ARGS__                                                                                 \
			 : "memory")

#define csr_guarded_read_(number, destination)                                                                         \
	({                                                                                                             \
		uint64_t ok, vector, status, content = *(destination);                                                 \
		csr_guarded_("	csrr %[value], %[csr]\n", [csr] "i"(number));                                          \
		*(destination) = content;                                                                              \
		ok != 0;                                                                                               \
	})
#define csr_guarded_write_(number, source)                                                                             \
	({                                                                                                             \
		uint64_t ok, vector, status, content = (source);                                                       \
		csr_guarded_("	csrw %[csr], %[value]\n", [csr] "i"(number));                                          \
		ok != 0;                                                                                               \
	})

/** Runs the 32-bit instruction @p word (a constant without operands, or with a0 = @p operand) without trusting that it
 * exists. @return whether it did not trap. */
#define instruction_probe(word, operand)                                                                               \
	({                                                                                                             \
		register uint64_t content __asm__("a0") = (uint64_t)(operand);                                         \
		uint64_t ok, vector, status;                                                                           \
		csr_guarded_("	.word %[code]\n", [code] "i"(word));                                                   \
		ok != 0;                                                                                               \
	})

#endif
