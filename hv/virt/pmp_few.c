/* Virtual PMP on machines with few physical entries. The firmware sees 16 virtual entries, as on other machines. The physical
 * entries that remain after those of hv and of the modules describe a list of ranges (pmp_list.c):
 *
 * - If the virtual entries fit, the list has exactly them.
 * - Otherwise pmp_list_reduce makes it shorter. It never allows what virtual PMP denies, but may deny what virtual PMP
 *   allows. If the payload then faults, pmp_few_load puts an exact range around the address in front of the list. Older
 *   ranges make room, as in a TLB.
 *
 * The addresses are the same in all views, so that a world switch only writes pmpcfg, as on other machines. As long as no
 * entry is locked, virtual M-mode needs none of the ranges: if they do not fit, they are OFF while the firmware runs, and the
 * default entry lets it access all memory. If an entry is locked and the entries do not fit, the default entry
 * grants nothing, and faults of the firmware load ranges, too. */
#include <stdatomic.h>

#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/virt/machine.h"
#include "hv/virt/pmp.h"
#include "hv/virt/vcpu.h"

#define PMP_ALL field_set(PMPCFG_A, PMPCFG_RWX, PMP_NAPOT)
/* How many loads in a row one instruction may need before hv gives up. */
#define LOADS_MAX 1000

static struct pmp_few states[CONFIG_MAX_HARTS]; /* each used by one hart only */
static _Atomic unsigned states_used;            /* relaxed: only the number matters */

void pmp_few_reset(struct pmp *pmp)
{
	/* Each hart resets once. Unit tests reset more often, one hart after another. */
	struct pmp_few *few =
		&states[atomic_fetch_add_explicit(&states_used, 1, memory_order_relaxed) % CONFIG_MAX_HARTS];

	*few = (struct pmp_few){ 0 };
	*pmp->few = few;
}

static void virtual_list(const struct vcpu *vcpu, struct pmp_list *list)
{
	list->count = 0;
	for (unsigned entry = 0; entry < machine.pmp_virtual; entry++)
		if (pmp_virtual_range(vcpu, entry, &list->range[list->count]))
			list->count++;
}

static void own_list(const struct vcpu *vcpu, struct pmp_list *list)
{
	list->count = 0;
	for (unsigned entry = 0; entry < PMP_ENTRY_MODULES + machine.pmp_modules; entry++)
		if (pmp_own_range(vcpu, entry, &list->range[list->count]))
			list->count++;
}

/* Sets the byte of an entry in all views. @param config a byte that the firmware could have written */
static void set_in_views(struct pmp *pmp, unsigned entry, unsigned config, bool for_machine_mode)
{
	for (unsigned view = 0; view < PMP_VIEWS; view++) {
		bool shown = view >= PMP_VIEW_PAYLOAD || for_machine_mode;

		pmp_set_entry(pmp, entry, (enum pmp_view)view,
			      shown ? (uint8_t)pmp_view_of_config(config, (enum pmp_view)view) : 0);
	}
}

/* Sets the default entry. It takes the place of a last range that is all memory. If there is none, it grants virtual M-mode
 * all rights unless @p closed_to_machine, and the payload none, because an access of the payload that matches no virtual entry
 * fails. */
static void set_default(struct pmp *pmp, bool closed_to_machine)
{
	const struct pmp_list *list = &pmp_few_of(pmp)->list;
	const struct pmp_range *last = list->count ? &list->range[list->count - 1] : 0;
	bool is_all = last && pmp_range_is_all(last);
	unsigned config = is_all ? last->config : 0, entry = machine.pmp_used - 1;

	if (!machine.pmp_virtual)
		config = PMPCFG_RWX;
	set_in_views(pmp, entry, (unsigned)field_set(PMPCFG_A, config, PMP_NAPOT), is_all || !closed_to_machine);
}

/* Places the list in the physical entries and the views. */
static void place(struct pmp *pmp, bool for_machine_mode)
{
	unsigned room = machine.pmp_used - 1 - pmp->first_virtual;
	struct pmp_slots slots;

	pmp_list_encode(&pmp_few_of(pmp)->list, &slots);
	for (unsigned i = 0; i < room; i++) {
		set_in_views(pmp, pmp->first_virtual + i, i < slots.count ? slots.config[i] : 0, for_machine_mode);
		if (i < slots.count && slots.address[i] != pmp_few_of(pmp)->address[i]) {
			pmp_few_of(pmp)->address[i] = slots.address[i];
			(void)csr_physical_write(CSR_SLOT_pmpaddr + pmp->first_virtual + i, slots.address[i]);
			pmp->address_changed = true;
		}
	}
	set_default(pmp, pmp_few_of(pmp)->reduced && pmp->locked);
	for (unsigned view = 0; view < PMP_VIEWS; view++)
		pmp->stale[view] = false;
}

static struct pmp_limits limits_of(const struct pmp *pmp, const struct pmp_list *own)
{
	return (struct pmp_limits){ own, machine.pmp_used - 1 - pmp->first_virtual, pmp->locked != 0 };
}

/* Lets virtual M-mode access all memory. The addresses stay as they are. */
static void open_to_machine(struct pmp *pmp, enum pmp_view view)
{
	for (unsigned entry = pmp->first_virtual; entry < machine.pmp_used - 1; entry++)
		pmp_set_entry(pmp, entry, view, 0);
	pmp_set_entry(pmp, machine.pmp_used - 1, view, (unsigned)PMP_ALL);
	pmp->stale[view] = false;
}

void pmp_few_make(struct vcpu *vcpu, enum pmp_view view)
{
	struct pmp *pmp = &vcpu->pmp;
	struct pmp_few *few = pmp_few_of(pmp);
	struct pmp_slots slots;
	struct pmp_list own;

	few->loads = 0;
	virtual_list(vcpu, &few->list);
	pmp_list_encode(&few->list, &slots);

	struct pmp_limits limits = limits_of(pmp, &own);

	few->reduced = slots.count > limits.slots;
	if (few->reduced && !pmp->locked && view < PMP_VIEW_PAYLOAD) {
		open_to_machine(pmp, view);
		return;
	}
	if (few->reduced) {
		own_list(vcpu, &own);
		pmp_list_reduce(&few->list, &limits);
	}
	place(pmp, !few->reduced || pmp->locked);
}

/* ---- on demand ---- */

static bool overlaps(const struct pmp_range *range, uint64_t first, uint64_t last)
{
	return range->first <= last && first <= range->last;
}

/* Whether the first range that matches a byte of the access matches all of it and grants it. */
static bool list_allows(const struct pmp_list *list, uint64_t first, uint64_t last, enum pmp_access access,
			bool machine_mode)
{
	for (unsigned i = 0; i < list->count; i++) {
		const struct pmp_range *range = &list->range[i];

		if (overlaps(range, first, last))
			return first >= range->first && last <= range->last &&
			       ((range->config & access) == (unsigned)access ||
				(machine_mode && !(range->config & PMPCFG_L)));
	}
	return false;
}

/* The largest range around an access that virtual PMP allows in which the same range of @p list decides. In M-mode, no range may
 * decide. */
static struct pmp_range uniform_range(const struct pmp_list *list, uint64_t first, uint64_t last)
{
	struct pmp_range result = { 0, ~0ull, 0 };
	unsigned i = 0;

	while (i < list->count && !overlaps(&list->range[i], first, last))
		i++;
	if (i < list->count)
		result = list->range[i];
	while (i-- > 0) {
		const struct pmp_range *before = &list->range[i];

		if (before->last < first && before->last >= result.first)
			result.first = before->last + 1;
		if (before->first > last && before->first <= result.last)
			result.last = before->first - 1;
	}
	return result;
}

static bool overlaps_own(const struct pmp_list *own, uint64_t first, uint64_t last)
{
	for (unsigned i = 0; i < own->count; i++)
		if (overlaps(&own->range[i], first, last))
			return true;
	return false;
}

/* Counts loads in a row for the same instruction with the same registers, so without any progress of the guest between them. If
 * there are many, the ranges that the instruction needs push out each other. */
static bool repeats_too_often(struct vcpu *vcpu)
{
	struct pmp_few *few = pmp_few_of(&vcpu->pmp);

	uint64_t progress = few->loaded_pc ^ vcpu->pc;

	few->loaded_pc = vcpu->pc;
	for (unsigned i = 1; i < 32; i++) {
		progress |= few->loaded_regs[i] ^ vcpu->regs[i];
		few->loaded_regs[i] = vcpu->regs[i];
	}
	if (progress)
		few->loads = 0;
	return ++few->loads > LOADS_MAX;
}

bool pmp_few_is_stuck(struct vcpu *vcpu)
{
	struct pmp_few *few = pmp_few_of(&vcpu->pmp);
	bool first = few->loads > LOADS_MAX && !few->is_reported;

	few->is_reported = few->is_reported || first;
	return first;
}

bool pmp_few_load(struct vcpu *vcpu, uint64_t first, uint64_t last, enum pmp_access access, bool machine_mode)
{
	struct pmp *pmp = &vcpu->pmp;
	struct pmp_few *few = pmp_few_of(pmp);
	struct pmp_list own, full;

	if (last < first || (machine_mode && !pmp->locked) || pmp->stale[PMP_VIEW_PAYLOAD] || !few->reduced)
		return false;
	own_list(vcpu, &own);
	if (overlaps_own(&own, first, last) || list_allows(&few->list, first, last, access, machine_mode) ||
	    !pmp_allows(vcpu, first, last - first + 1, access, machine_mode) || repeats_too_often(vcpu))
		return false;
	virtual_list(vcpu, &full);

	const struct pmp_limits limits = limits_of(pmp, &own);

	if (!pmp_list_load(&few->list, &limits, uniform_range(&full, first, last), first, last))
		return false;
	few->total++;
	place(pmp, pmp->locked);
	pmp_install(vcpu, pmp->current);
	return true;
}
