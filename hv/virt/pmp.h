/* Physical memory protection: the entries that the firmware believes it has (virtual PMP), and how they are laid into
 * the physical ones below hv's and the modules' (architecture.md, "PMP layout").
 * Called by the CSR table (writes), by the world switch (which view is in force), and by boot. Must not know why a
 * region is protected. */
#ifndef HV_VIRT_PMP_H
#define HV_VIRT_PMP_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/csr.h"
#include "hv/arch/isa.h"

#define PMP_WORDS 8 /* pmpcfg registers of RV64: pmpcfg0, 2, ... 14; eight entries each */

/** Physical entries that hv keeps for itself, by physical index; the modules' follow, then null, the virtual entries,
 * and the default entry as the last. */
enum pmp_entry { PMP_ENTRY_HV, PMP_ENTRY_CLINT, PMP_ENTRY_RESET, PMP_ENTRY_MODULES };
#define PMP_OWN_ENTRIES 5 /* hv, CLINT, reset device, null, default */

/** Which permissions the virtual entries get: the table of semantics 13. */
enum pmp_view { PMP_VIEW_FIRMWARE, PMP_VIEW_MPRV, PMP_VIEW_PAYLOAD, PMP_VIEWS };

/** What an access wants. */
enum pmp_access { PMP_ACCESS_READ = 1, PMP_ACCESS_WRITE = 2, PMP_ACCESS_EXECUTE = 4 };

struct pmp {
	uint64_t virtual_config[PMP_WORDS];  /* what the firmware reads in pmpcfg, byte by entry */
	uint64_t implemented[PMP_WORDS];     /* 0xff for each entry that the firmware has */
	uint64_t view[PMP_VIEWS][PMP_WORDS]; /* physical pmpcfg words of each view */
	bool stale[PMP_VIEWS];               /* virtual_config changed since that view was made */
	unsigned first_virtual;              /* physical index of virtual entry 0 */
	unsigned first_word, first_shift;    /* its pmpcfg word, and its bit in that */
	unsigned words;                      /* physical pmpcfg registers in use */
	uint64_t installed[PMP_WORDS];       /* what the physical pmpcfg hold */
	enum pmp_view current;
	bool address_changed; /* a pmpaddr was written since the last fence */
	bool unbound;    /* known: no entry is locked, none borders inside a doubleword, so that virtual M-mode may make
				 any aligned access of up to 8 bytes; false after each change of an entry */
	uint64_t locked; /* L bits of virtual_config, of all words: an entry that is locked binds virtual M-mode too */
	uint64_t granule; /* machine.pmp_granule */
};

struct vcpu;

#define PMPCFG_RWX (PMPCFG_R | PMPCFG_W | PMPCFG_X)
#define PMPADDR_ADDRESS FIELD(0, 54) /* bits 55:2 of an address; those above are 0 (3.7.1) */
#define PMP_BYTES(byte) (0x0101010101010101ull * (byte))
#define PMP_CONFIG_DEFINED PMP_BYTES(PMPCFG_RWX | PMPCFG_A | PMPCFG_L)

/** 0xff in each byte of which bit 0 of @p flags is set; the other bits of @p flags are ignored. Pure. */
PART_OF_FAST_PATH uint64_t pmp_whole_bytes(uint64_t flags)
{
	return (flags & PMP_BYTES(1)) * 0xff;
}

/** Legal value of eight pmpcfg bytes @p current when the firmware writes @p requested (3.7.1): bits 5-6 are 0, a locked
 * byte and one with W without R keep their old value whole, and so does NA4 where @p granule > 4 bytes. Pure. */
PART_OF_FAST_PATH uint64_t pmp_legal_config(uint64_t current, uint64_t requested, uint64_t granule)
{
	uint64_t write_only = requested >> 1 & ~requested;
	uint64_t keep = pmp_whole_bytes(current >> 7) | pmp_whole_bytes(write_only);

	if (granule > 4) /* NA4 is not selectable */
		keep |= pmp_whole_bytes(requested >> 4 & ~(requested >> 3));
	return field_merge(~keep, current, requested & PMP_CONFIG_DEFINED);
}

/** The eight bytes @p config as @p view has them physically: never locked (semantics 13). Pure. */
PART_OF_FAST_PATH uint64_t pmp_view_of_config(uint64_t config, enum pmp_view view)
{
	uint64_t locked = pmp_whole_bytes(config >> 7);
	uint64_t match = config & PMP_BYTES(PMPCFG_A);
	uint64_t written = config & PMP_BYTES(PMPCFG_RWX);

	switch (view) {
	case PMP_VIEW_FIRMWARE:
		return match | (written & locked) | (PMP_BYTES(PMPCFG_RWX) & ~locked);
	case PMP_VIEW_MPRV:
		return match | (written & locked & PMP_BYTES(PMPCFG_X)) | (PMP_BYTES(PMPCFG_X) & ~locked);
	default:
		return match | written;
	}
}

/** Puts those of the eight virtual entries of pmpcfg register @p word that exist into @p view. */
PART_OF_FAST_PATH void pmp_place(struct pmp *pmp, enum pmp_view view, uint64_t word)
{
	unsigned shift = pmp->first_shift;
	uint64_t *physical = &pmp->view[view][word + pmp->first_word];
	uint64_t mask = pmp->implemented[word], bytes = pmp_view_of_config(pmp->virtual_config[word], view);

	physical[0] = field_merge(mask << shift, physical[0], bytes << shift);
	mask = mask >> 1 >> (63 - shift); /* what did not fit; nothing if shift is 0 */
	if (mask)
		physical[1] = field_merge(mask, physical[1], bytes >> 1 >> (63 - shift));
}

/** Writes physical pmpcfg0 and pmpcfg2, all that a machine with 16 entries has, where @p view differs from what they hold.
 * @return whether one was written */
PART_OF_FAST_PATH bool pmp_install_pair(struct pmp *pmp, enum pmp_view view)
{
	uint64_t first = pmp->view[view][0], second = pmp->view[view][1];
	bool changed = false;

	if (first != pmp->installed[0]) {
		pmp->installed[0] = first;
		csr_write(CSR_pmpcfg, first);
		changed = true;
	}
	if (second != pmp->installed[1]) {
		pmp->installed[1] = second;
		csr_write(CSR_pmpcfg + 2, second);
		changed = true;
	}
	pmp->current = view;
	return changed;
}

/** Writes virtual pmpcfg register @p word (index of pmpcfg2*word, 0-7); takes effect before the next guest instruction. */
void pmp_write_config(struct vcpu *vcpu, unsigned word, uint64_t requested);

/** Reads and writes virtual pmpaddr @p entry (0-63; entries that the firmware does not have read 0 and ignore writes). */
uint64_t pmp_read_address(const struct vcpu *vcpu, unsigned entry);
void pmp_write_address(struct vcpu *vcpu, unsigned entry, uint64_t address);

/** Whether virtual PMP lets @p mode (U/S, or M which only locked entries bind) make @p access at [@p address, + @p size)
 * (3.7.1.3: the first matching entry decides, a partial match fails). */
COLD bool pmp_allows(const struct vcpu *vcpu, uint64_t address, uint64_t size, enum pmp_access access,
		     bool machine_mode);

/** The same for virtual M-mode and an access of @p size 1, 2, 4 or 8 bytes, in a few instructions where nothing binds it. */
bool pmp_lets_machine_access(struct vcpu *vcpu, uint64_t address, uint64_t size, enum pmp_access access);

/** Number of virtual entries that are not OFF (for messages). */
unsigned pmp_entries_in_use(const struct vcpu *vcpu);

/** Programs all physical entries of this hart for the firmware world, with every virtual entry OFF. */
COLD void pmp_reset(struct vcpu *vcpu);

/** Puts @p view in force: writes the pmpcfg words that differ, and fences if any word or address changed. */
void pmp_install(struct vcpu *vcpu, enum pmp_view view);

/** Sets physical entry @p entry (hv's own or a module's) in all views to @p config, and to address register @p address
 * (in units of 4 bytes, as pmpaddr holds it). In force with the next pmp_install. */
void pmp_set_own_entry(struct vcpu *vcpu, unsigned entry, uint8_t config, uint64_t address);

/** pmpaddr value of the naturally aligned power-of-two region [@p base, + @p size), size >= 8. Pure. */
uint64_t pmp_napot(uint64_t base, uint64_t size);

#endif
