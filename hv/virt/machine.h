/* What the physical machine offers, found once at boot, and the constant of what hv exposes of it.
 * Written by machine_probe on the boot hart before any other hart runs; read by everybody, never written again. */
#ifndef HV_VIRT_MACHINE_H
#define HV_VIRT_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"

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
	uint64_t ram_base, ram_size;     /* the guests' memory, hv's own included, bytes */
	uint64_t word_places;            /* bytes from ram_base on where a word of two halfwords can begin */
	int pmp_locked;                  /* first physical entry found locked at boot; -1 if none */
};

extern struct machine machine;

/** Sets where RAM is: @p size bytes, more than a halfword, from @p base on. Boot hart, once. */
static inline void machine_set_ram(uint64_t base, uint64_t size)
{
	machine.ram_base = base;
	machine.ram_size = size;
	machine.word_places = size - sizeof(uint16_t);
}

/** Whether physical @p address is RAM outside hv's own: hv dereferences no guest-controlled address without it. */
static inline bool memory_is_guests(uint64_t address)
{
	return address - machine.ram_base < machine.ram_size && address - machine.hv_base >= machine.hv_size;
}

/** Fills `machine` by guarded accesses on the calling hart (semantics 23, 32).
 * @param pmp_limit   use at most this many physical PMP entries
 * @param pmp_modules entries that the enabled modules need
 * Boot hart only, once, with traps caught by nothing but the guards. */
COLD void machine_probe(unsigned pmp_limit, unsigned pmp_modules);

/** Brings this hart to the state that hv expects of it: no delegation, interrupts off, gates of hidden extensions open
 * (semantics 27, 32). Each hart, after machine_probe. */
COLD void machine_prepare_hart(void);

#endif
