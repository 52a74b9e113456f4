/* Physical memory protection: the entries that the firmware sees (virtual PMP), and how hv places them in the physical
 * entries. They follow hv's own entries and the modules' entries (architecture.md, "Physical memory protection").
 * Called by the CSR functions when the firmware writes, by the world switch to select a view, and by boot. Must not
 * know why a region is protected. */
#ifndef HV_VIRT_PMP_H
#define HV_VIRT_PMP_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/csr.h"
#include "hv/arch/isa.h"
#include "hv/config/config.h"
#include "hv/virt/pmp_list.h"

/* number of pmpcfg registers of RV64, which have eight entries each: pmpcfg0, pmpcfg2, ... pmpcfg14 */
#define PMP_WORDS 8

/** The first physical entries, which hv keeps for itself. After them come the modules' entries, a null entry with
 * address 0, the virtual entries, and the default entry, in this order. With few entries (CONFIG_PMP_FEW), there is no null
 * entry, and pmp_few.c computes the entries that stand for the virtual ones. */
enum pmp_entry { PMP_ENTRY_HV, PMP_ENTRY_CLINT, PMP_ENTRY_RESET, PMP_ENTRY_MODULES };
#define PMP_OWN_ENTRIES (5 - CONFIG_PMP_FEW) /* hv, CLINT, reset device, the null entry, the default entry */
#define PMP_FEW_VIRTUAL 16                   /* virtual entries with few physical entries, whatever their number is */

/** A view decides which permissions the physical copies of the virtual entries have (table of semantics 13), and whether
 * the modules' entries have the permissions for the firmware or those for the payload. hv makes the firmware's accesses
 * under MPRV in the view PMP_VIEW_REDIRECTED: the virtual entries apply as to the payload, the modules' entries as to the
 * firmware. In images without modules' entries, it is the payload's view. */
enum pmp_view {
	PMP_VIEW_FIRMWARE,
	PMP_VIEW_MPRV,
	PMP_VIEW_PAYLOAD,
	PMP_VIEW_REDIRECTED = PMP_VIEW_PAYLOAD + CONFIG_MODULE_PMP,
	PMP_VIEWS
};

/** The permission that an access needs, as a bit of a pmpcfg byte. */
enum pmp_access { PMP_ACCESS_READ = 1, PMP_ACCESS_WRITE = 2, PMP_ACCESS_EXECUTE = 4 };

/** What hv keeps on machines with few entries (pmp_few.c). */
struct pmp_few {
	uint64_t virtual_address[PMP_FEW_VIRTUAL]; /* the pmpaddr values that the firmware has written */
	uint64_t address[PMP_FEW_VIRTUAL];         /* the pmpaddr values in the physical entries for the virtual ones */
	struct pmp_list list;                      /* what these entries describe, unless a view is stale */
	bool reduced;                              /* the list is not the list of the virtual entries */
	/* The instruction and the registers for which the last range was loaded, and how many ranges in a row. */
	uint64_t loaded_pc, loaded_regs[32];
	unsigned loads;
	bool is_reported; /* that an instruction needs too many ranges */
	uint64_t total;   /* number of ranges loaded since the reset */
};

struct pmp {
	uint64_t virtual_config[PMP_WORDS];  /* the values that the firmware reads from pmpcfg; one byte per entry */
	uint64_t implemented[PMP_WORDS];     /* 0xff in the byte of each entry that the firmware has */
	uint64_t view[PMP_VIEWS][PMP_WORDS]; /* the physical pmpcfg registers in each view */
	bool stale[PMP_VIEWS];               /* virtual_config has changed since hv computed this view */
	unsigned first_virtual;              /* physical number of virtual entry 0 */
	/* index of the pmpcfg register of that entry, and the entry's first bit in it */
	unsigned first_word, first_shift;
	unsigned words;                /* number of physical pmpcfg registers in use */
	uint64_t installed[PMP_WORDS]; /* the values in the physical pmpcfg registers */
	enum pmp_view current;
	bool address_changed; /* a pmpaddr was written after the last fence */
	/* True only if hv has found that virtual M-mode may make any aligned access of up to 8 bytes, because no entry
	 * is locked and no entry starts or ends inside a doubleword. Each change of an entry makes this member
	 * false. */
	bool unbound;
	/* The L bits of all words of virtual_config, combined by OR. It is not 0 if any entry is locked. A locked entry
	 * restricts virtual M-mode too. */
	uint64_t locked;
	uint64_t granule; /* machine.pmp_granule */
	/* A pointer, because trap.S and boot.S can only address a struct vcpu of less than 2 KiB. */
	struct pmp_few *few[CONFIG_PMP_FEW];
};

struct vcpu;

#define PMPCFG_RWX (PMPCFG_R | PMPCFG_W | PMPCFG_X)
#define PMPADDR_ADDRESS FIELD(0, 54) /* bits 55:2 of an address; higher bits of pmpaddr are 0 (3.7.1) */
#define PMP_BYTES(byte) (0x0101010101010101ull * (byte))
#define PMP_CONFIG_DEFINED PMP_BYTES(PMPCFG_RWX | PMPCFG_A | PMPCFG_L)

/** A mask that has 0xff in each byte in which @p flags has bit 0 set. All other bits of @p flags are ignored. Pure. */
PART_OF_FAST_PATH uint64_t pmp_whole_bytes(uint64_t flags)
{
	return (flags & PMP_BYTES(1)) * 0xff;
}

/** The legal value of a pmpcfg register (3.7.1). Bits 5-6 of each byte become 0. A byte keeps its old value if the
 * entry is locked. It also keeps its old value if the new value allows W without R, or selects NA4 while @p granule is
 * above 4. Pure.
 * @param current   the eight bytes that the register holds
 * @param requested the eight bytes that the firmware writes
 * @param granule   PMP granularity in bytes */
PART_OF_FAST_PATH uint64_t pmp_legal_config(uint64_t current, uint64_t requested, uint64_t granule)
{
	uint64_t write_only = requested >> 1 & ~requested;
	uint64_t keep = pmp_whole_bytes(current >> 7) | pmp_whole_bytes(write_only);

	if (granule > 4) /* NA4 cannot be selected (3.7.1.1) */
		keep |= pmp_whole_bytes(requested >> 4 & ~(requested >> 3));
	return field_merge(~keep, current, requested & PMP_CONFIG_DEFINED);
}

/** Converts eight bytes of virtual pmpcfg to the physical bytes of @p view. The physical bytes are never locked
 * (semantics 13). Pure. */
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

/** Writes the entries of virtual pmpcfg register @p word (0-7) that exist to their physical position in @p view. */
PART_OF_FAST_PATH void pmp_place(struct pmp *pmp, enum pmp_view view, uint64_t word)
{
	unsigned shift = pmp->first_shift;
	uint64_t *physical = &pmp->view[view][word + pmp->first_word];
	uint64_t mask = pmp->implemented[word], bytes = pmp_view_of_config(pmp->virtual_config[word], view);

	physical[0] = field_merge(mask << shift, physical[0], bytes << shift);
	mask = mask >> 1 >> (63 - shift); /* the part that lies in the next register; 0 if shift is 0 */
	if (mask)
		physical[1] = field_merge(mask, physical[1], bytes >> 1 >> (63 - shift));
}

/** Gives physical pmpcfg0 and pmpcfg2 the values of @p view. A machine with 16 entries has only these two registers. A
 * register that already has the right value is not written. The caller fences.
 * @return true if it wrote a register */
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

/** Writes a virtual pmpcfg register. The write takes effect before the guest's next instruction.
 * @param word      0-7, for pmpcfg0, pmpcfg2, ... pmpcfg14
 * @param requested the value that the firmware writes; this function makes it legal (pmp_legal_config) */
void pmp_write_config(struct vcpu *vcpu, unsigned word, uint64_t requested);

/** Reads virtual pmpaddr @p entry (0-63), in units of 4 bytes. If the firmware does not have the entry, the value is
 * 0. */
uint64_t pmp_read_address(const struct vcpu *vcpu, unsigned entry);
/** Writes virtual pmpaddr @p entry (0-63), in units of 4 bytes. The write is ignored if the firmware does not have
 * the entry or if the entry's address is locked (3.7.1.2). It takes effect before the guest's next instruction. */
void pmp_write_address(struct vcpu *vcpu, unsigned entry, uint64_t address);

/** Whether virtual PMP allows an access (3.7.1.3). The first entry that matches any byte of the access decides. The
 * access fails if that entry does not match all bytes of the access. An access that wraps around to address 0 fails,
 * whatever the entries are.
 * @param address      physical address of the first byte; it may have any value and any alignment
 * @param size         number of bytes, at least 1
 * @param machine_mode true for virtual M-mode, which only locked entries restrict; false for S- and U-mode */
COLD bool pmp_allows(const struct vcpu *vcpu, uint64_t address, uint64_t size, enum pmp_access access,
		     bool machine_mode);

/** Like pmp_allows, for virtual M-mode and an access of @p size 1, 2, 4 or 8 bytes, with any @p address. It takes only a
 * few instructions if no entry restricts M-mode and the access is aligned. */
bool pmp_lets_machine_access(struct vcpu *vcpu, uint64_t address, uint64_t size, enum pmp_access access);

/** Number of virtual entries that are not OFF, for messages. */
unsigned pmp_entries_in_use(const struct vcpu *vcpu);

/** Writes all physical entries of the calling hart for the firmware world. Every virtual entry is OFF then. Called at
 * boot. */
COLD void pmp_reset(struct vcpu *vcpu);

/** Makes @p view the PMP view that applies on the calling hart. It writes the pmpcfg registers that differ, and
 * executes a fence if a register or an address has changed. */
void pmp_install(struct vcpu *vcpu, enum pmp_view view);

/** Sets a physical entry that belongs to hv or a module, in all views. The change takes effect with the next
 * pmp_install.
 * @param entry    physical number
 * @param firmware pmpcfg byte while the firmware runs, and for its accesses under MPRV
 * @param payload  pmpcfg byte while the payload runs
 * @param address  pmpaddr value, in units of 4 bytes */
void pmp_set_own_entry(struct vcpu *vcpu, unsigned entry, uint8_t firmware, uint8_t payload, uint64_t address);

/** Whether a virtual entry that is not OFF begins or ends inside a doubleword between physical @p first and @p last. An
 * aligned access to that doubleword fails even in M-mode, and even if the entry is not locked (3.7.1.3). */
COLD bool pmp_splits_doubleword(const struct vcpu *vcpu, uint64_t first, uint64_t last);

/** Whether an entry of a module covers any byte from physical @p first to @p last and does not permit both reads and writes
 * in @p view. */
COLD bool pmp_modules_close(const struct vcpu *vcpu, enum pmp_view view, uint64_t first, uint64_t last);

/** The entry of a module that denies an access to the guest. The first entry of hv or of a module that matches any byte of
 * the access decides (3.7.1.3). It denies the access if it does not match all bytes, or does not permit the access.
 * @param first, last addresses of the first and the last byte; last >= first
 * @param view PMP_VIEW_FIRMWARE or PMP_VIEW_PAYLOAD: whose permissions count
 * @return the physical number of the entry; 0 if no module's entry denies the access */
COLD unsigned pmp_denying_entry(const struct vcpu *vcpu, uint64_t first, uint64_t last, enum pmp_access access,
				enum pmp_view view);

/** With few entries: what hv keeps for the hart. */
static inline struct pmp_few *pmp_few_of(const struct pmp *pmp)
{
	return *pmp->few;
}

/** With few entries: prepares the state of the calling hart, on which every virtual entry is OFF. Called by pmp_reset. */
COLD void pmp_few_reset(struct pmp *pmp);

/** With few entries: computes @p view from the virtual entries, and all views if it has to change addresses. The caller
 * writes pmpcfg and fences. */
COLD void pmp_few_make(struct vcpu *vcpu, enum pmp_view view);

/** With few entries: lets the guest make an access that virtual PMP allows and that the physical entries have stopped. The
 * parameters are the same as for pmp_allows, but with the address of the last byte.
 * @return true if the access is worth another try; false if the guest must get its fault, because virtual PMP or an entry of hv or
 * a module denies the access, or because one instruction needs more ranges than there are entries (pmp_few_is_stuck) */
COLD bool pmp_few_load(struct vcpu *vcpu, uint64_t first, uint64_t last, enum pmp_access access, bool machine_mode);

/** Whether the last pmp_few_load has given up because the instruction needs more ranges than there are entries. Returns true
 * only once, so that the caller reports it only once. */
COLD bool pmp_few_is_stuck(struct vcpu *vcpu);

/** The range of virtual entry @p entry, or of physical entry @p entry of hv or a module. Only for pmp_few.c.
 * @return false if the entry is OFF or empty */
COLD bool pmp_virtual_range(const struct vcpu *vcpu, unsigned entry, struct pmp_range *range);
COLD bool pmp_own_range(const struct vcpu *vcpu, unsigned entry, struct pmp_range *range);

/** Sets the byte of physical @p entry in @p view, without the rights that a view with MPRV must not have. */
void pmp_set_entry(struct pmp *pmp, unsigned entry, enum pmp_view view, unsigned config);

/** The pmpaddr value for the region of @p size bytes at @p base. @p size is a power of two and at least 8, and @p base
 * is a multiple of @p size (3.7.1.1, NAPOT). Pure. */
uint64_t pmp_napot(uint64_t base, uint64_t size);

#endif
