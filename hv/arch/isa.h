/* The fields, causes and encodings of the RISC-V privileged architecture that hv uses, under the manual's names.
 * Included everywhere in hv. It makes no decisions: hv/virt decides which features hv exposes to guests and which ones
 * it hides.
 * Source: RISC-V Instruction Set Manual, Volume II (Privileged Architecture). A comment before each group names the
 * section of the manual. */
#ifndef HV_ARCH_ISA_H
#define HV_ARCH_ISA_H

#include "hv/arch/field.h"

/* 3.1.6 mstatus (RV64), including the bits of Zicfilp, Smdbltrp, Ssdbltrp and the hypervisor extension */
#define MSTATUS_SIE FIELD(1, 1)
#define MSTATUS_MIE FIELD(3, 1)
#define MSTATUS_SPIE FIELD(5, 1)
#define MSTATUS_UBE FIELD(6, 1)
#define MSTATUS_MPIE FIELD(7, 1)
#define MSTATUS_SPP FIELD(8, 1)
#define MSTATUS_VS FIELD(9, 2)
#define MSTATUS_MPP FIELD(11, 2)
#define MSTATUS_FS FIELD(13, 2)
#define MSTATUS_XS FIELD(15, 2)
#define MSTATUS_MPRV FIELD(17, 1)
#define MSTATUS_SUM FIELD(18, 1)
#define MSTATUS_MXR FIELD(19, 1)
#define MSTATUS_TVM FIELD(20, 1)
#define MSTATUS_TW FIELD(21, 1)
#define MSTATUS_TSR FIELD(22, 1)
#define MSTATUS_SPELP FIELD(23, 1)
#define MSTATUS_SDT FIELD(24, 1)
#define MSTATUS_UXL FIELD(32, 2)
#define MSTATUS_SXL FIELD(34, 2)
#define MSTATUS_SBE FIELD(36, 1)
#define MSTATUS_MBE FIELD(37, 1)
#define MSTATUS_GVA FIELD(38, 1)
#define MSTATUS_MPV FIELD(39, 1)
#define MSTATUS_MPELP FIELD(41, 1)
#define MSTATUS_MDT FIELD(42, 1)
#define MSTATUS_SD FIELD(63, 1)
#define XLEN_64 2ull
#define FS_DIRTY 3ull

/* 3.1.9 mip, mie: the bit numbers are also the interrupt codes */
#define INTERRUPT_SSI 1
#define INTERRUPT_MSI 3
#define INTERRUPT_STI 5
#define INTERRUPT_MTI 7
#define INTERRUPT_SEI 9
#define INTERRUPT_MEI 11
#define IP_SSI FIELD(INTERRUPT_SSI, 1)
#define IP_MSI FIELD(INTERRUPT_MSI, 1)
#define IP_STI FIELD(INTERRUPT_STI, 1)
#define IP_MTI FIELD(INTERRUPT_MTI, 1)
#define IP_SEI FIELD(INTERRUPT_SEI, 1)
#define IP_MEI FIELD(INTERRUPT_MEI, 1)
#define IP_S_BITS (IP_SSI | IP_STI | IP_SEI)
#define IP_M_BITS (IP_MSI | IP_MTI | IP_MEI)

/* Volume I, Zkr: seed */
#define SEED_ENTROPY FIELD(0, 16)
#define SEED_OPST FIELD(30, 2)
enum seed_state { SEED_BIST, SEED_WAIT, SEED_ES16, SEED_DEAD };

/* 3.1.15 mcause */
#define CAUSE_INTERRUPT FIELD(63, 1)
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
	CAUSE_ECALL_VS = 10,
	CAUSE_ECALL_M = 11,
	CAUSE_FETCH_PAGE = 12,
	CAUSE_LOAD_PAGE = 13,
	CAUSE_STORE_PAGE = 15,
};

/* 3.1.7 xtvec */
#define TVEC_MODE FIELD(0, 2)
#define TVEC_VECTORED 1

/* 3.1.18 menvcfg */
#define MENVCFG_FIOM FIELD(0, 1)
#define MENVCFG_LPE FIELD(2, 1)
#define MENVCFG_SSE FIELD(3, 1)
#define MENVCFG_CBIE FIELD(4, 2)
#define MENVCFG_CBCFE FIELD(6, 1)
#define MENVCFG_CBZE FIELD(7, 1)
#define MENVCFG_PMM FIELD(32, 2)
#define MENVCFG_ADUE FIELD(61, 1)
#define MENVCFG_PBMTE FIELD(62, 1)
#define MENVCFG_STCE FIELD(63, 1)

/* 3.1.11 mcounteren, mcountinhibit: each bit has the number of its counter */
#define COUNTER_CY FIELD(0, 1)
#define COUNTER_TM FIELD(1, 1)
#define COUNTER_IR FIELD(2, 1)

/* 3.7.1 pmpcfg */
#define PMPCFG_R FIELD(0, 1)
#define PMPCFG_W FIELD(1, 1)
#define PMPCFG_X FIELD(2, 1)
#define PMPCFG_A FIELD(3, 2)
#define PMPCFG_L FIELD(7, 1)
#define PMP_OFF 0
#define PMP_TOR 1
#define PMP_NA4 2
#define PMP_NAPOT 3

/* 4.1.11 satp */
#define SATP_PPN FIELD(0, 44)
#define SATP_MODE FIELD(60, 4)
#define SATP_BARE 0
#define SATP_SV39 8
#define SATP_SV48 9
#define SATP_SV57 10

/* Privilege modes as mstatus.MPP encodes them */
enum mode { MODE_USER = 0, MODE_SUPERVISOR = 1, MODE_MACHINE = 3 };

/** Bit of extension @p letter ('A' to 'Z') in misa (3.1.1). */
#define MISA(letter) FIELD((letter) - 'A', 1)

#endif
