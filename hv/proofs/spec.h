/* What the privileged architecture says, by section of the manual: the specification of the proofs.
 * Included by proofs. Must not include anything of hv/virt, because the proofs compare hv/virt with it.
 * Source: RISC-V Instruction Set Manual, Volume II (Privileged Architecture). */
#ifndef HV_PROOFS_SPEC_H
#define HV_PROOFS_SPEC_H

#include <stdbool.h>
#include <stdint.h>

/* ---- 3.1.6 mstatus ---- */

#define SPEC_BIT(index) (1ull << (index))
#define SPEC_SIE SPEC_BIT(1)
#define SPEC_MIE SPEC_BIT(3)
#define SPEC_SPIE SPEC_BIT(5)
#define SPEC_MPIE SPEC_BIT(7)
#define SPEC_SPP SPEC_BIT(8)
#define SPEC_MPP (3ull << 11)
#define SPEC_MPRV SPEC_BIT(17)

enum spec_mode { SPEC_U = 0, SPEC_S = 1, SPEC_M = 3 };

/** mstatus and the mode of the hart. */
struct spec_status {
	uint64_t mstatus;
	enum spec_mode mode;
};

static inline uint64_t spec_with(uint64_t mstatus, uint64_t bit, bool value)
{
	return value ? mstatus | bit : mstatus & ~bit;
}

/** A trap into M-mode (3.1.6.1): MPIE = MIE, MIE = 0, MPP = mode. */
static inline struct spec_status spec_trap(struct spec_status before)
{
	uint64_t mstatus = spec_with(before.mstatus, SPEC_MPIE, before.mstatus & SPEC_MIE);

	mstatus = (mstatus & ~SPEC_MIE & ~SPEC_MPP) | (uint64_t)before.mode << 11;
	return (struct spec_status){ mstatus, SPEC_M };
}

/** mret (3.3.2, 3.1.6.1): MIE = MPIE, MPIE = 1, mode = MPP, MPP = U, and MPRV = 0 if the new mode is not M. */
static inline struct spec_status spec_mret(struct spec_status before)
{
	enum spec_mode mode = before.mstatus >> 11 & 3;
	uint64_t mstatus = spec_with(before.mstatus, SPEC_MIE, before.mstatus & SPEC_MPIE);

	mstatus = (mstatus | SPEC_MPIE) & ~SPEC_MPP;
	return (struct spec_status){ mode == SPEC_M ? mstatus : mstatus & ~SPEC_MPRV, mode };
}

/** sret (3.3.2, 3.1.6.1): SIE = SPIE, SPIE = 1, mode = SPP, SPP = U, MPRV = 0. */
static inline struct spec_status spec_sret(struct spec_status before)
{
	uint64_t mstatus = spec_with(before.mstatus, SPEC_SIE, before.mstatus & SPEC_SPIE);

	mstatus = (mstatus | SPEC_SPIE) & ~SPEC_SPP & ~SPEC_MPRV;
	return (struct spec_status){ mstatus, before.mstatus & SPEC_SPP ? SPEC_S : SPEC_U };
}

/* ---- 3.1.7 mtvec, 4.1.2 stvec ---- */

/** Where a trap with @p cause continues: at BASE, or at BASE + 4 * code for an interrupt in vectored mode. */
static inline uint64_t spec_trap_pc(uint64_t tvec, uint64_t cause)
{
	bool vectored = (tvec & 3) == 1 && (cause >> 63);

	return (tvec & ~3ull) + (vectored ? 4 * (cause & ~(1ull << 63)) : 0);
}

/* ---- 3.1.9 mip and mie ---- */

enum spec_interrupt { SPEC_SSI = 1, SPEC_MSI = 3, SPEC_STI = 5, SPEC_MTI = 7, SPEC_SEI = 9, SPEC_MEI = 11 };

/** The interrupt that M-mode takes, or 0. An interrupt traps to M-mode if it is pending, enabled and not delegated, and
 * the mode is below M or MIE is 1. MEI, MSI, MTI, SEI, SSI, STI have this order of priority. */
static inline unsigned spec_interrupt(struct spec_status status, uint64_t mip, uint64_t mie, uint64_t mideleg)
{
	static const uint8_t order[] = { SPEC_MEI, SPEC_MSI, SPEC_MTI, SPEC_SEI, SPEC_SSI, SPEC_STI };
	bool enabled = status.mode != SPEC_M || (status.mstatus & SPEC_MIE);

	for (unsigned i = 0; i < 6; i++)
		if (enabled && (mip & mie & ~mideleg) >> order[i] & 1)
			return order[i];
	return 0;
}

/* ---- 3.7.1 Physical memory protection CSRs ---- */

enum spec_pmp_bits { SPEC_PMP_R = 1, SPEC_PMP_W = 2, SPEC_PMP_X = 4, SPEC_PMP_L = 0x80 };
enum spec_pmp_matching { SPEC_PMP_OFF, SPEC_PMP_TOR, SPEC_PMP_NA4, SPEC_PMP_NAPOT };

/** The address-matching mode of an entry with the configuration byte @p config. */
static inline enum spec_pmp_matching spec_pmp_matching(uint8_t config)
{
	return config >> 3 & 3;
}

/** Whether a configuration byte can hold @p config: bits 5 and 6 are 0, W without R is reserved, and NA4 cannot be
 * selected if the granularity @p granule is above 4 bytes. */
static inline bool spec_pmp_config_legal(uint8_t config, uint64_t granule)
{
	return !(config & 0x60) && !((config & SPEC_PMP_W) && !(config & SPEC_PMP_R)) &&
	       !(granule > 4 && spec_pmp_matching(config) == SPEC_PMP_NA4);
}

/** Whether an entry matches the byte at @p address.
 * @param previous pmpaddr of the entry before, 0 for entry 0
 * @param own      pmpaddr of the entry itself */
static inline bool spec_pmp_matches(uint8_t config, uint64_t previous, uint64_t own, uint64_t address)
{
	uint64_t unit = address >> 2;

	switch (spec_pmp_matching(config)) {
	case SPEC_PMP_TOR:
		return previous <= unit && unit < own;
	case SPEC_PMP_NA4:
		return unit == own;
	case SPEC_PMP_NAPOT:
		return (unit & ~(own ^ (own + 1))) == (own & ~(own ^ (own + 1)));
	default:
		return false;
	}
}

#endif
