/* What the physical machine offers, found once at boot, and the constant of what hv exposes of it.
 * Written by machine_probe on the boot hart before any other hart runs; read by everybody, never written again. */
#ifndef HV_VIRT_MACHINE_H
#define HV_VIRT_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

#define MEMORY_RANGES_MAX 16

struct memory_range {
	uint64_t base, size; /* bytes */
};

/** Whether @p a and @p b, which do not wrap around, have a byte in common. Pure. */
static inline bool ranges_overlap(struct memory_range a, struct memory_range b)
{
	return a.base - b.base < b.size || b.base - a.base < a.size;
}

struct machine {
	uint64_t misa;                   /* physical; the virtual one lacks H */
	uint64_t mstatus_mask;           /* writable bits of those that virtual mstatus holds itself */
	uint64_t medeleg_mask;           /* legal bits of virtual medeleg */
	uint64_t menvcfg_mask;           /* legal bits of virtual menvcfg; 0 where it is absent */
	uint64_t mcounteren_mask;        /* legal bits of virtual mcounteren */
	uint64_t inhibit_mask;           /* legal bits of virtual mcountinhibit */
	uint64_t pc_mask;                /* legal bits of mepc: bit 0 is 0, bit 1 too without C (semantics 21) */
	uint64_t cause_mask, value_mask; /* bits that mcause and mtval keep */
	bool has_hypervisor;             /* misa.H */
	bool has_menvcfg, has_mcounteren, has_mcountinhibit, has_medeleg, has_senvcfg;
	bool has_svinval, has_zawrs, has_zicboz, has_zicbom;
	unsigned pmp_machine;            /* entries that the machine has: 0, 16 or 64 */
	unsigned pmp_used;               /* entries that hv uses, at most pmp_machine */
	unsigned pmp_modules;            /* entries that modules use */
	unsigned pmp_virtual;            /* entries that the firmware has */
	uint64_t pmp_granule;            /* bytes; 4 where NA4 exists */
	uint64_t hv_base, hv_size;       /* hv's own memory, bytes */
	uint64_t clint_base, clint_size; /* one region with all CLINTs in it, bytes; a naturally aligned power of two */
	struct memory_range ram[MEMORY_RANGES_MAX]; /* all memory, hv's own included */
	unsigned ram_count;
	uint64_t ram_base;            /* of the range that the firmware lies in */
	uint64_t word_places;         /* bytes from there on where a word of two halfwords can begin */
	bool pmp_tor_at_zero_matches; /* a TOR entry from 0 to 0 matches everything */
	int pmp_locked;               /* first physical entry found locked at boot; -1 if none */
};

extern struct machine machine;

/** Adds @p size bytes of memory from @p base on, which do not wrap around; ranges that meet become one. Boot hart.
 * @return false if there are too many ranges */
COLD bool machine_add_ram(uint64_t base, uint64_t size) __attribute__((warn_unused_result));

/** Makes the range that has physical @p address, if one does, the one whose words the fast paths read. Boot hart. */
COLD void machine_prefer_ram(uint64_t address);

/** Whether physical @p address is memory outside hv's own: hv dereferences no guest-controlled address without it. */
bool memory_is_guests(uint64_t address);

/** Bytes of memory from physical @p address on that are not hv's own and have no gap; 0 if it is none. */
COLD uint64_t memory_behind(uint64_t address);

/** Fills `machine` by guarded accesses on the calling hart (semantics 23, 32).
 * @param pmp_limit   use at most this many physical PMP entries
 * @param pmp_modules entries that the enabled modules need
 * Boot hart only, once, with traps caught by nothing but the guards. */
COLD void machine_probe(unsigned pmp_limit, unsigned pmp_modules);

/** Brings this hart to the state that hv expects of it: no delegation, interrupts off, gates of hidden extensions open
 * (semantics 27, 32). Each hart, after machine_probe. */
COLD void machine_prepare_hart(void);

#endif
