/* Macros that access the CSRs of the calling hart, and names for the bits of CSRs.
 * Used by every guest. A test that expects an access to trap calls trap_catch() first.
 * Must not know which values are legal, because that is what the tests examine. */
#ifndef PAYLOADS_RUNTIME_CSR_H
#define PAYLOADS_RUNTIME_CSR_H

#include <stdint.h>

#define CSR_TEXT_(csr) #csr
#define CSR_TEXT(csr) CSR_TEXT_(csr)

/* In all of these macros, the argument csr is a CSR number or a CSR name that the assembler knows. */
#define csr_read(csr)                                                                                                  \
	({                                                                                                             \
		uint64_t csr_read_value_;                                                                              \
		__asm__ volatile("csrr %0, " CSR_TEXT(csr) : "=r"(csr_read_value_)::"memory");                         \
		csr_read_value_;                                                                                       \
	})

#define csr_write(csr, value) __asm__ volatile("csrw " CSR_TEXT(csr) ", %0" ::"r"((uint64_t)(value)) : "memory")

#define csr_set(csr, bits) __asm__ volatile("csrs " CSR_TEXT(csr) ", %0" ::"r"((uint64_t)(bits)) : "memory")

#define csr_clear(csr, bits) __asm__ volatile("csrc " CSR_TEXT(csr) ", %0" ::"r"((uint64_t)(bits)) : "memory")

#define csr_swap(csr, value)                                                                                           \
	({                                                                                                             \
		uint64_t csr_swap_value_;                                                                              \
		__asm__ volatile("csrrw %0, " CSR_TEXT(csr) ", %1"                                                     \
				 : "=r"(csr_swap_value_)                                                               \
				 : "r"((uint64_t)(value))                                                              \
				 : "memory");                                                                          \
		csr_swap_value_;                                                                                       \
	})

/* Writes value to the CSR, reads the CSR back, and restores the old value. The result is the value that was read back.
 * It can differ from the written value, because a CSR keeps only legal values. */
#define csr_kept(csr, value)                                                                                           \
	({                                                                                                             \
		uint64_t csr_kept_old_ = csr_swap(csr, value);                                                         \
		csr_swap(csr, csr_kept_old_);                                                                          \
	})

#define BIT(n) (UINT64_C(1) << (n))

#define MSTATUS_SIE BIT(1)
#define MSTATUS_MIE BIT(3)
#define MSTATUS_SPIE BIT(5)
#define MSTATUS_MPIE BIT(7)
#define MSTATUS_SPP BIT(8)
#define MSTATUS_MPP (UINT64_C(3) << 11)
#define MSTATUS_MPP_S (UINT64_C(1) << 11)
#define MSTATUS_FS (UINT64_C(3) << 13)
#define MSTATUS_FS_INITIAL (UINT64_C(1) << 13)
#define MSTATUS_FS_CLEAN (UINT64_C(2) << 13)
#define MSTATUS_MPRV BIT(17)
#define MSTATUS_SUM BIT(18)
#define MSTATUS_MXR BIT(19)
#define MSTATUS_TVM BIT(20)
#define MSTATUS_TW BIT(21)
#define MSTATUS_TSR BIT(22)
#define MSTATUS_UXL (UINT64_C(3) << 32)
#define MSTATUS_SD BIT(63)

#define IRQ_SSI 1
#define IRQ_MSI 3
#define IRQ_STI 5
#define IRQ_MTI 7
#define IRQ_SEI 9
#define IRQ_MEI 11
#define INTERRUPT BIT(63)

#define MENVCFG_STCE BIT(63)
#define MENVCFG_ADUE BIT(61)
#define COUNTER_CY BIT(0)
#define COUNTER_TM BIT(1)
#define COUNTER_IR BIT(2)

#define SATP_SV39 (UINT64_C(8) << 60)

enum cause {
	CAUSE_FETCH_MISALIGNED = 0,
	CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL = 2,
	CAUSE_BREAKPOINT = 3,
	CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5,
	CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7,
	CAUSE_ECALL_U = 8,
	CAUSE_ECALL_S = 9,
	CAUSE_ECALL_M = 11,
	CAUSE_FETCH_PAGE = 12,
	CAUSE_LOAD_PAGE = 13,
	CAUSE_STORE_PAGE = 15,
};

#endif
