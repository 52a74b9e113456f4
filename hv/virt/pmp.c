/* Virtual PMP and its place in the physical one. Eight entries are handled at a time: a pmpcfg register is eight bytes. */
#include "hv/virt/pmp.h"

#include <stddef.h>

#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/arch/guard.h"
#include "hv/virt/machine.h"
#include "hv/virt/vcpu.h"

#define BYTES(byte) (0x0101010101010101ull * (byte))
#define CONFIG_DEFINED BYTES(PMPCFG_R | PMPCFG_W | PMPCFG_X | PMPCFG_A | PMPCFG_L)
#define CONFIG_RWX (PMPCFG_R | PMPCFG_W | PMPCFG_X)
#define CONFIG_NAPOT field_set(PMPCFG_A, 0, PMP_NAPOT)

/* 0xff in each byte of which bit 0 of @p flags is set; the other bits of @p flags are ignored. */
static uint64_t whole_bytes(uint64_t flags)
{
	return (flags & BYTES(1)) * 0xff;
}

uint64_t pmp_legal_config(uint64_t current, uint64_t requested, uint64_t granule)
{
	uint64_t write_only = requested >> 1 & ~requested;
	uint64_t keep = whole_bytes(current >> 7) | whole_bytes(write_only);

	if (granule > 4) /* NA4 is not selectable */
		keep |= whole_bytes(requested >> 4 & ~(requested >> 3));
	return field_merge(~keep, current, requested & CONFIG_DEFINED);
}

uint64_t pmp_view_of_config(uint64_t config, enum pmp_view view)
{
	uint64_t locked = whole_bytes(config >> 7);
	uint64_t match = config & BYTES(PMPCFG_A);
	uint64_t written = config & BYTES(CONFIG_RWX);

	switch (view) {
	case PMP_VIEW_FIRMWARE:
		return match | (written & locked) | (BYTES(CONFIG_RWX) & ~locked);
	case PMP_VIEW_MPRV:
		return match | (written & locked & BYTES(PMPCFG_X)) | (BYTES(PMPCFG_X) & ~locked);
	default:
		return match | written;
	}
}

uint64_t pmp_napot(uint64_t base, uint64_t size)
{
	return base >> 2 | (size / 8 - 1);
}

/* ---- the physical layout ---- */

static unsigned first_virtual(void)
{
	return PMP_OWN_ENTRIES - 1 + machine.pmp_modules;
}

static void write_config_register(unsigned word, uint64_t value)
{
	(void)csr_physical_write(CSR_SLOT_pmpcfg + 2 * word, value);
}

/* Puts the bytes of @p mask (0xff or 0 each) of the eight virtual entries of @p word into @p view. */
static void place_virtual(struct pmp *pmp, enum pmp_view view, unsigned word, uint64_t mask, uint64_t bytes)
{
	unsigned shift = first_virtual() % 8 * 8;

	if (mask == 0)
		return;

	uint64_t *physical = &pmp->view[view][word + first_virtual() / 8];

	physical[0] = field_merge(mask << shift, physical[0], bytes << shift);
	if (shift && (mask >> (64 - shift)))
		physical[1] = field_merge(mask >> (64 - shift), physical[1], bytes >> (64 - shift));
}

static unsigned words_in_use(void)
{
	return (machine.pmp_used + 7) / 8;
}

void pmp_install(struct vcpu *vcpu, enum pmp_view view)
{
	struct pmp *pmp = &vcpu->pmp;
	bool changed = pmp->address_changed;

	for (unsigned word = 0; word < words_in_use(); word++) {
		uint64_t wanted = pmp->view[view][word];

		if (wanted == pmp->installed[word])
			continue;
		pmp->installed[word] = wanted;
		if (word == 0)
			csr_write(CSR_pmpcfg, wanted);
		else if (word == 1)
			csr_write(CSR_pmpcfg + 2, wanted);
		else
			write_config_register(word, wanted);
		changed = true;
	}
	pmp->current = view;
	pmp->address_changed = false;
	if (!changed)
		return;
	fence_translations();
	if (machine.has_hypervisor)
		fence_guest_translations();
}

void pmp_set_own_entry(struct vcpu *vcpu, unsigned entry, uint8_t config, uint64_t address)
{
	uint64_t mask = 0xffull << entry % 8 * 8;

	for (unsigned view = 0; view < PMP_VIEWS; view++) {
		uint64_t *word = &vcpu->pmp.view[view][entry / 8];

		*word = field_set(mask, *word, config);
	}
	(void)csr_physical_write(CSR_SLOT_pmpaddr + entry, address);
	vcpu->pmp.address_changed = true;
}

static void set_default_entry(struct pmp *pmp)
{
	static const uint8_t permissions[PMP_VIEWS] = {
		[PMP_VIEW_FIRMWARE] = CONFIG_RWX,
		[PMP_VIEW_MPRV] = PMPCFG_X,
		[PMP_VIEW_PAYLOAD] = 0,
	};
	unsigned entry = machine.pmp_used - 1;
	uint64_t mask = 0xffull << entry % 8 * 8;

	for (unsigned view = 0; view < PMP_VIEWS; view++) {
		uint64_t *word = &pmp->view[view][entry / 8];
		uint64_t rwx = view == PMP_VIEW_PAYLOAD && machine.pmp_virtual == 0 ? CONFIG_RWX : permissions[view];

		*word = field_set(mask, *word, CONFIG_NAPOT | rwx);
	}
	(void)csr_physical_write(CSR_SLOT_pmpaddr + entry, ~0ull);
}

void pmp_reset(struct vcpu *vcpu)
{
	struct pmp *pmp = &vcpu->pmp;

	for (unsigned word = 0; word < PMP_WORDS; word++)
		for (unsigned view = 0; view < PMP_VIEWS; view++)
			pmp->view[view][word] = 0;
	for (unsigned word = 0; word < machine.pmp_machine / 8; word++)
		pmp->installed[word] = ~0ull; /* unlike any view: all are written */
	for (unsigned word = words_in_use(); word < machine.pmp_machine / 8; word++)
		write_config_register(word, 0);
	for (unsigned entry = 0; entry < machine.pmp_used; entry++)
		(void)csr_physical_write(CSR_SLOT_pmpaddr + entry, 0);
	for (unsigned word = 0; word < machine.pmp_machine / 8; word++)
		pmp_write_config(vcpu, word, 0);
	set_default_entry(pmp);
	pmp->started = true;
}

/* ---- the firmware's registers ---- */

/* 0xff for each of the eight entries of @p word that the firmware has. */
static uint64_t implemented(unsigned word)
{
	if (machine.pmp_virtual >= 8 * (word + 1))
		return ~0ull;
	if (machine.pmp_virtual <= 8 * word)
		return 0;
	return ~0ull >> (64 - 8 * (machine.pmp_virtual - 8 * word));
}

void pmp_write_config(struct vcpu *vcpu, unsigned word, uint64_t requested)
{
	struct pmp *pmp = &vcpu->pmp;
	uint64_t mask = implemented(word);
	uint64_t legal = pmp_legal_config(pmp->virtual_config[word], requested, machine.pmp_granule) & mask;

	pmp->virtual_config[word] = legal;
	pmp->any_locked |= (legal & BYTES(PMPCFG_L)) != 0;
	for (unsigned view = 0; view < PMP_VIEWS; view++)
		place_virtual(pmp, (enum pmp_view)view, word, mask, pmp_view_of_config(legal, (enum pmp_view)view));
	if (vcpu->world == WORLD_FIRMWARE && pmp->started)
		pmp_install(vcpu, pmp->current);
}

static uint8_t virtual_config(const struct pmp *pmp, unsigned entry)
{
	return (uint8_t)(pmp->virtual_config[entry / 8] >> entry % 8 * 8);
}

uint64_t pmp_read_address(const struct vcpu *vcpu, unsigned entry)
{
	(void)vcpu;
	return entry < machine.pmp_virtual ? csr_physical_read(CSR_SLOT_pmpaddr + first_virtual() + entry).value : 0;
}

/* A locked entry locks its address, and the previous entry's if it is TOR (3.7.1.2). */
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
	(void)csr_physical_write(CSR_SLOT_pmpaddr + first_virtual() + entry, address);
	vcpu->pmp.address_changed = true;
	pmp_install(vcpu, vcpu->pmp.current);
}

/* ---- checks by software ---- */

struct region {
	uint64_t first, last; /* bytes, inclusive; empty if first > last */
};

static struct region entry_region(const struct vcpu *vcpu, unsigned entry)
{
	uint64_t address = pmp_read_address(vcpu, entry);

	switch (field_get(PMPCFG_A, virtual_config(&vcpu->pmp, entry))) {
	case PMP_TOR: {
		uint64_t previous = entry ? pmp_read_address(vcpu, entry - 1) : 0;

		return previous < address ? (struct region){ previous << 2, (address << 2) - 1 }
					  : (struct region){ 1, 0 };
	}
	case PMP_NA4:
		return (struct region){ address << 2, (address << 2) + 3 };
	case PMP_NAPOT: {
		uint64_t within = address ^ (address + 1); /* the trailing ones and the zero above them */

		return (struct region){ (address & ~within) << 2, ((address | within) << 2) + 3 };
	}
	default:
		return (struct region){ 1, 0 };
	}
}

bool pmp_allows(const struct vcpu *vcpu, uint64_t address, uint64_t size, enum pmp_access access, bool machine_mode)
{
	uint64_t last = address + size - 1;

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
