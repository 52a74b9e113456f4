/* Virtual PMP, and how hv places it in the physical entries. Each view holds the values of all physical pmpcfg
 * registers, so that hv changes the view only by writing the registers that differ. The code handles eight entries at a
 * time, because a pmpcfg register has eight bytes. PMP checks for emulated accesses are at the end. */
#include "hv/virt/pmp.h"

#include <stddef.h>

#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/arch/access.h"
#include "hv/virt/transition.h"
#include "hv/virt/vcpu.h"

#define CONFIG_NAPOT field_set(PMPCFG_A, 0, PMP_NAPOT)

uint64_t pmp_napot(uint64_t base, uint64_t size)
{
	return base >> 2 | (size / 8 - 1);
}

/* ---- the physical layout ---- */

static void set_stale(struct pmp *pmp)
{
	for (unsigned view = 0; view < PMP_VIEWS; view++)
		pmp->stale[view] = true;
}

static unsigned own_config(const struct vcpu *vcpu, unsigned entry, enum pmp_view view)
{
	return (uint8_t)(vcpu->pmp.view[view][entry / 8] >> entry % 8 * 8);
}

static void write_config_register(unsigned word, uint64_t value)
{
	(void)csr_physical_write(CSR_SLOT_pmpcfg + 2 * word, value);
}

static COLD void make_view(struct pmp *pmp, enum pmp_view view)
{
	for (unsigned word = 0; word < machine.pmp_machine / 8; word++)
		if (pmp->implemented[word])
			pmp_place(pmp, view, word);
	pmp->stale[view] = false;
}

static COLD bool install_rest(struct pmp *pmp, enum pmp_view view)
{
	bool changed = false;

	for (unsigned word = 2; word < pmp->words; word++) {
		if (pmp->view[view][word] == pmp->installed[word])
			continue;
		pmp->installed[word] = pmp->view[view][word];
		write_config_register(word, pmp->installed[word]);
		changed = true;
	}
	return changed;
}

void pmp_install(struct vcpu *vcpu, enum pmp_view view)
{
	struct pmp *pmp = &vcpu->pmp;

	if (pmp->stale[view]) {
		if (CONFIG_PMP_FEW)
			pmp_few_make(vcpu, view);
		else
			make_view(pmp, view);
	}

	bool changed = pmp_install_pair(pmp, view) | pmp->address_changed;

	if (pmp->words > 2)
		changed |= install_rest(pmp, view);
	pmp->address_changed = false;
	if (changed)
		pmp_fence();
}

/* Sets the byte of @p entry in @p view. While MPRV is armed, no entry allows data accesses, so that each data access
 * traps to hv (semantics 17). */
static void set_entry(struct pmp *pmp, unsigned entry, enum pmp_view view, unsigned config)
{
	uint64_t *word = &pmp->view[view][entry / 8];

	if (view == PMP_VIEW_MPRV)
		config &= ~(unsigned)(PMPCFG_R | PMPCFG_W);
	*word = field_set(0xffull << entry % 8 * 8, *word, config);
}

/* With few entries, the entries for the virtual ones leave out what hv's and the modules' entries decide anyway. So they
 * have to be computed again if one of these entries gets another region. */
static void note_own_change(struct vcpu *vcpu, unsigned entry, unsigned config, uint64_t address)
{
	if (((own_config(vcpu, entry, PMP_VIEW_FIRMWARE) ^ config) & PMPCFG_A) ||
	    csr_physical_read(CSR_SLOT_pmpaddr + entry).value != address)
		set_stale(&vcpu->pmp);
}

void pmp_set_entry(struct pmp *pmp, unsigned entry, enum pmp_view view, unsigned config)
{
	if (CONFIG_PMP_FEW)
		set_entry(pmp, entry, view, config);
}

void pmp_set_own_entry(struct vcpu *vcpu, unsigned entry, uint8_t firmware, uint8_t payload, uint64_t address)
{
	if (CONFIG_PMP_FEW)
		note_own_change(vcpu, entry, firmware, address);
	for (unsigned view = 0; view < PMP_VIEWS; view++)
		set_entry(&vcpu->pmp, entry, (enum pmp_view)view, view == PMP_VIEW_PAYLOAD ? payload : firmware);
	(void)csr_physical_write(CSR_SLOT_pmpaddr + entry, address);
	vcpu->pmp.address_changed = true;
}

/* Sets the default entry, which covers all memory. The firmware may access all memory. The payload may access all
 * memory only if the firmware has no PMP entries, because then the firmware cannot allow any access. */
static void set_default_entry(struct pmp *pmp)
{
	unsigned entry = machine.pmp_used - 1, all = (unsigned)(CONFIG_NAPOT | PMPCFG_RWX);

	set_entry(pmp, entry, PMP_VIEW_FIRMWARE, all);
	set_entry(pmp, entry, PMP_VIEW_MPRV, all);
	set_entry(pmp, entry, PMP_VIEW_PAYLOAD, machine.pmp_virtual ? (unsigned)CONFIG_NAPOT : all);
	set_entry(pmp, entry, PMP_VIEW_REDIRECTED, machine.pmp_virtual ? (unsigned)CONFIG_NAPOT : all);
	(void)csr_physical_write(CSR_SLOT_pmpaddr + entry, ~0ull);
}

/* A mask for the eight entries of pmpcfg register @p word. The byte of an entry is 0xff if the firmware has that
 * entry. */
static uint64_t implemented(unsigned word)
{
	if (machine.pmp_virtual >= 8 * (word + 1))
		return ~0ull;
	if (machine.pmp_virtual <= 8 * word)
		return 0;
	return ~0ull >> (64 - 8 * (machine.pmp_virtual - 8 * word));
}

void pmp_reset(struct vcpu *vcpu)
{
	struct pmp *pmp = &vcpu->pmp;
	unsigned first_virtual = PMP_OWN_ENTRIES - 1 + machine.pmp_modules;

	*pmp = (struct pmp){ .first_virtual = first_virtual,
			     .first_word = first_virtual / 8,
			     .first_shift = first_virtual % 8 * 8,
			     .granule = machine.pmp_granule,
			     .words = (machine.pmp_used + 7) / 8 };
	for (unsigned word = 0; word < machine.pmp_machine / 8; word++) {
		write_config_register(word, 0);
		pmp->implemented[word] = implemented(word);
	}
	for (unsigned entry = 0; entry < machine.pmp_used; entry++)
		(void)csr_physical_write(CSR_SLOT_pmpaddr + entry, 0);
	if (CONFIG_PMP_FEW) {
		pmp_few_reset(pmp);
		set_stale(pmp);
	}
	for (unsigned view = 0; !CONFIG_PMP_FEW && view < PMP_VIEWS; view++)
		make_view(pmp, (enum pmp_view)view);
	set_default_entry(pmp);
}

/* ---- the firmware's registers ---- */

static void trace_entry(struct vcpu *vcpu, unsigned entry)
{
	uint64_t address = pmp_read_address(vcpu, entry) << 2;
	uint64_t config = (uint8_t)(vcpu->pmp.virtual_config[entry / 8] >> entry % 8 * 8);

	trace_emit_pmp(
		vcpu->tracer,
		(struct trace_pmp){ .entry = entry, .config = config, .module = TRACE_NO_MODULE, .address = address });
}

static void trace_config(struct vcpu *vcpu, unsigned word, uint64_t changed)
{
	if (!trace_is_on(vcpu->tracer, TRACE_PMP))
		return;
	for (unsigned i = 0; i < 8; i++)
		if (changed >> 8 * i & 0xff)
			trace_entry(vcpu, 8 * word + i);
}

void pmp_write_config(struct vcpu *vcpu, unsigned word, uint64_t requested)
{
	struct pmp *pmp = &vcpu->pmp;
	uint64_t old = pmp->virtual_config[word];
	uint64_t legal = pmp_legal_config(old, requested, pmp->granule) & pmp->implemented[word];

	if (legal == old)
		return;
	pmp->virtual_config[word] = legal;
	pmp->locked |= legal & PMP_BYTES(PMPCFG_L);
	pmp->unbound = false;
	set_stale(pmp);
	if (vcpu->world == WORLD_FIRMWARE)
		pmp_install(vcpu, pmp->current);
	trace_config(vcpu, word, old ^ legal);
}

static uint8_t virtual_config(const struct pmp *pmp, unsigned entry)
{
	return (uint8_t)(pmp->virtual_config[entry / 8] >> entry % 8 * 8);
}

/* What the firmware reads from pmpaddr @p entry while the physical registers do not hold the virtual values. The low bits
 * depend on the granularity and on A (3.7.1.1). */
static COLD uint64_t few_address(const struct pmp *pmp, unsigned entry)
{
	bool napot = virtual_config(pmp, entry) & field_set(PMPCFG_A, 0, PMP_NA4);
	uint64_t value = pmp_few_of(pmp)->virtual_address[entry], granules = pmp->granule / 4;

	return napot ? value | (granules / 2 ? granules / 2 - 1 : 0) : value & ~(granules - 1);
}

uint64_t pmp_read_address(const struct vcpu *vcpu, unsigned entry)
{
	if (CONFIG_PMP_FEW)
		return entry < machine.pmp_virtual ? few_address(&vcpu->pmp, entry) : 0;
	return entry < machine.pmp_virtual ? csr_physical_read(CSR_SLOT_pmpaddr + vcpu->pmp.first_virtual + entry).value
					   : 0;
}

/* Whether hv ignores writes of the address of @p entry. A locked entry locks its own address. If it is a TOR entry, it
 * also locks the address of the previous entry (3.7.1.2). */
static bool address_locked(const struct pmp *pmp, unsigned entry)
{
	if (virtual_config(pmp, entry) & PMPCFG_L)
		return true;
	if (entry + 1 >= machine.pmp_virtual)
		return false;

	uint8_t next = virtual_config(pmp, entry + 1);

	return (next & PMPCFG_L) && field_get(PMPCFG_A, next) == PMP_TOR;
}

void pmp_write_address(struct vcpu *vcpu, unsigned entry, uint64_t address)
{
	if (entry >= machine.pmp_virtual || address_locked(&vcpu->pmp, entry))
		return;
	if (CONFIG_PMP_FEW) {
		pmp_few_of(&vcpu->pmp)->virtual_address[entry] = address & PMPADDR_ADDRESS;
		set_stale(&vcpu->pmp);
	} else {
		(void)csr_physical_write(CSR_SLOT_pmpaddr + vcpu->pmp.first_virtual + entry, address & PMPADDR_ADDRESS);
		vcpu->pmp.address_changed = true;
	}
	vcpu->pmp.unbound = false;
	pmp_install(vcpu, vcpu->pmp.current);
	trace_entry(vcpu, entry);
}

/* ---- PMP checks in software ---- */

struct region {
	uint64_t first, last; /* addresses of the first and the last byte; empty if first > last */
};

/* The region of an entry with configuration byte @p config and pmpaddr value @p address. @p previous is the pmpaddr value
 * of the entry before it, or 0. */
static struct region region_of(unsigned config, uint64_t previous, uint64_t address)
{
	switch (field_get(PMPCFG_A, config)) {
	case PMP_TOR: {
		if ((previous | address) == 0 && machine.pmp_tor_at_zero_matches)
			return (struct region){ 0, ~0ull };
		return previous < address ? (struct region){ previous << 2, (address << 2) - 1 }
					  : (struct region){ 1, 0 };
	}
	case PMP_NA4:
		return (struct region){ address << 2, (address << 2) + 3 };
	case PMP_NAPOT: {
		uint64_t within = address ^ (address + 1); /* the low bits that are 1, and the first 0 above them */

		return (struct region){ (address & ~within) << 2, ((address | within) << 2) + 3 };
	}
	default:
		return (struct region){ 1, 0 };
	}
}

static struct region entry_region(const struct vcpu *vcpu, unsigned entry)
{
	return region_of(virtual_config(&vcpu->pmp, entry), entry ? pmp_read_address(vcpu, entry - 1) : 0,
			 pmp_read_address(vcpu, entry));
}

/* The region of a physical entry that belongs to hv or a module. */
static struct region own_region(const struct vcpu *vcpu, unsigned entry)
{
	return region_of(own_config(vcpu, entry, PMP_VIEW_FIRMWARE),
			 entry ? csr_physical_read(CSR_SLOT_pmpaddr + entry - 1).value : 0,
			 csr_physical_read(CSR_SLOT_pmpaddr + entry).value);
}

static bool range_of(struct region region, unsigned config, struct pmp_range *range)
{
	*range = (struct pmp_range){ region.first, region.last, (uint8_t)(config & (PMPCFG_RWX | PMPCFG_L)) };
	return region.first <= region.last;
}

bool pmp_virtual_range(const struct vcpu *vcpu, unsigned entry, struct pmp_range *range)
{
	return CONFIG_PMP_FEW && range_of(entry_region(vcpu, entry), virtual_config(&vcpu->pmp, entry), range);
}

bool pmp_own_range(const struct vcpu *vcpu, unsigned entry, struct pmp_range *range)
{
	return CONFIG_PMP_FEW && range_of(own_region(vcpu, entry), own_config(vcpu, entry, PMP_VIEW_PAYLOAD), range);
}

unsigned pmp_denying_entry(const struct vcpu *vcpu, uint64_t first, uint64_t last, enum pmp_access access,
			   enum pmp_view view)
{
	for (unsigned entry = 0; entry < PMP_ENTRY_MODULES + machine.pmp_modules; entry++) {
		struct region region = own_region(vcpu, entry);

		if (region.first > region.last || region.first > last || first > region.last)
			continue;

		bool permitted = first >= region.first && last <= region.last &&
				 (own_config(vcpu, entry, view) & (unsigned)access);

		return permitted || entry < PMP_ENTRY_MODULES ? 0 : entry;
	}
	return 0;
}

bool pmp_modules_close(const struct vcpu *vcpu, enum pmp_view view, uint64_t first, uint64_t last)
{
	for (unsigned i = 0; i < machine.pmp_modules; i++) {
		unsigned entry = PMP_ENTRY_MODULES + i;
		unsigned config = own_config(vcpu, entry, view);
		struct region region = own_region(vcpu, entry);

		if ((config & (PMPCFG_R | PMPCFG_W)) != (PMPCFG_R | PMPCFG_W) && region.first <= region.last &&
		    region.first <= last && first <= region.last)
			return true;
	}
	return false;
}

static bool is_within(uint64_t border, uint64_t first, uint64_t last)
{
	return border % 8 != 0 && border >= first && border <= last;
}

bool pmp_splits_doubleword(const struct vcpu *vcpu, uint64_t first, uint64_t last)
{
	for (unsigned entry = 0; entry < machine.pmp_virtual; entry++) {
		struct region region = entry_region(vcpu, entry);

		if (region.first <= region.last &&
		    (is_within(region.first, first, last) || is_within(region.last + 1, first, last)))
			return true;
	}
	return false;
}

bool pmp_lets_machine_access(struct vcpu *vcpu, uint64_t address, uint64_t size, enum pmp_access access)
{
	struct pmp *pmp = &vcpu->pmp;

	if (!pmp->unbound && !pmp->locked)
		pmp->unbound = !pmp_splits_doubleword(vcpu, 0, ~0ull);
	return (pmp->unbound && address % size == 0) || pmp_allows(vcpu, address, size, access, true);
}

bool pmp_allows(const struct vcpu *vcpu, uint64_t address, uint64_t size, enum pmp_access access, bool machine_mode)
{
	uint64_t last = address + size - 1;

	if (last < address) /* the access wraps around, so its last bytes are not physical addresses */
		return false;
	for (unsigned entry = 0; entry < machine.pmp_virtual; entry++) {
		struct region region = entry_region(vcpu, entry);
		uint8_t config = virtual_config(&vcpu->pmp, entry);

		if (region.first > region.last || last < region.first || address > region.last)
			continue;
		if (address < region.first || last > region.last)
			return false;
		return (machine_mode && !(config & PMPCFG_L)) || (config & access) == (uint8_t)access;
	}
	return machine_mode || machine.pmp_virtual == 0;
}

unsigned pmp_entries_in_use(const struct vcpu *vcpu)
{
	unsigned used = 0;

	for (unsigned entry = 0; entry < machine.pmp_virtual; entry++)
		used += field_get(PMPCFG_A, virtual_config(&vcpu->pmp, entry)) != PMP_OFF;
	return used;
}
