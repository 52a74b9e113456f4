/* The features of the physical machine, and the part of them that hv exposes to guests. machine_probe fills in
 * `machine` once, on the boot hart, before any other hart runs. After that, any code may read it and no code writes
 * it. */
#ifndef HV_VIRT_MACHINE_H
#define HV_VIRT_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/error.h"

#define MEMORY_RANGES_MAX 16

struct memory_range {
	uint64_t base, size; /* bytes */
};

/** Whether two ranges, neither of which wraps around, have a byte in common. Pure. */
static inline bool ranges_overlap(struct memory_range a, struct memory_range b)
{
	return a.base - b.base < b.size || b.base - a.base < a.size;
}

struct machine {
	uint64_t misa;            /* physical misa; virtual misa does not have H */
	uint64_t mstatus_mask;    /* writable bits of the mstatus fields that struct vcpu holds */
	uint64_t medeleg_mask;    /* legal bits of virtual medeleg */
	uint64_t menvcfg_mask;    /* legal bits of virtual menvcfg; 0 if the machine has no menvcfg */
	uint64_t mcounteren_mask; /* legal bits of virtual mcounteren */
	uint64_t inhibit_mask;    /* legal bits of virtual mcountinhibit */
	/* legal bits of mepc: bit 0 is always 0, and without C bit 1 is 0 too (semantics 21) */
	uint64_t pc_mask;
	uint64_t cause_mask, value_mask; /* bits that mcause and mtval can hold */
	bool has_hypervisor;             /* misa.H */
	bool has_supervisor;             /* S-mode, with medeleg and mideleg (3.1.8); hv needs it for the payload */
	/** Whether the machine has these CSRs and extensions. */
	bool has_menvcfg, has_mcounteren, has_mcountinhibit, has_senvcfg;
	bool has_time; /* the CSR time; boot fills this in, because it reads the CSR first of all */
	bool has_svinval, has_zawrs, has_zicboz, has_zicbom;
	unsigned pmp_machine;      /* PMP entries that the machine has: 0, 16 or 64 */
	unsigned pmp_used;         /* PMP entries that hv uses, at most pmp_machine */
	unsigned pmp_modules;      /* PMP entries that modules use */
	unsigned pmp_virtual;      /* PMP entries that the firmware sees */
	uint64_t pmp_granule;      /* PMP granularity in bytes; it is 4 if NA4 is supported */
	uint64_t hv_base, hv_size; /* hv's own memory, in bytes */
	/* One region that contains all CLINTs, in bytes. Its size is a power of two, and its base is aligned to its
	 * size. */
	uint64_t clint_base, clint_size;
	struct memory_range ram[MEMORY_RANGES_MAX]; /* all memory, including hv's own */
	unsigned ram_count;
	uint64_t ram_base; /* start of the memory range that contains the firmware */
	/* The number of addresses from ram_base on at which an instruction of two halfwords can start without extending
	 * past the end of that range. */
	uint64_t word_places;
	bool pmp_tor_at_zero_matches; /* on this machine, a TOR entry from 0 to 0 matches everything */
	int pmp_locked;               /* the first physical PMP entry that was locked at boot; -1 if there was none */
};

extern struct machine machine;

/** Adds a memory range. Ranges that touch or overlap are merged. Called on the boot hart only.
 * @param base, size in bytes; the range must not wrap around
 * @return ERROR_FULL if there are more than MEMORY_RANGES_MAX ranges */
COLD enum error machine_add_ram(uint64_t base, uint64_t size) MUST_CHECK;

/** Selects the memory range from which fast paths read instructions: the range that contains physical @p address. Does
 * nothing if no range contains the address. Called on the boot hart only. */
COLD void machine_prefer_ram(uint64_t address);

/** Whether physical @p address is in memory that does not belong to hv. hv checks this before it dereferences any
 * address that a guest controls. */
bool memory_is_guests(uint64_t address);

/** The number of bytes of contiguous guest memory that begin at physical @p address. Guest memory ends at the next gap
 * or at hv's own memory. The number is 0 if the address is not in guest memory. */
COLD uint64_t memory_behind(uint64_t address);

/** Fills in `machine` by guarded accesses (semantics 23, 32). Called once, on the boot hart, with interrupts disabled and
 * mstatus.MPRV clear. While it runs, no trap may occur except under a guard. It leaves satp and the PMP registers
 * changed; pmp_reset and machine_prepare_hart set them.
 *
 * It returns no error. The caller must refuse the machine in these cases, and check for them in this order:
 * - The hart lacks medeleg, mideleg or satp. Then has_supervisor is false. Of the other members, only medeleg_mask is
 *   filled in.
 * - A PMP entry is locked. Then pmp_locked is its number, and pmp_used, pmp_modules, pmp_virtual and pmp_granule are not
 *   filled in.
 * - The machine has too few PMP entries. Then pmp_used is less than PMP_OWN_ENTRIES + @p pmp_modules.
 * @param pmp_limit   the maximum number of physical PMP entries that hv may use
 * @param pmp_modules the number of entries that the enabled modules need */
COLD void machine_probe(unsigned pmp_limit, unsigned pmp_modules);

/** Sets up the calling hart as hv expects it. The hart delegates no trap, guest interrupts are disabled, and the CSRs
 * of hidden extensions restrict nothing (semantics 27, 32). Each hart calls it once, after machine_probe. */
COLD void machine_prepare_hart(void);

#endif
