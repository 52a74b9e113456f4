/* Reduces a list of PMP ranges to the entries that a machine has. Each step proposes a shorter list, and a check of all
 * borders decides whether the proposal is safe. So a mistake in a proposal can cost time, but cannot open memory.
 *
 * The steps, in this order, until the list fits:
 * 1. Remove ranges that decide nothing: they lie in own ranges or in earlier ranges, or what follows grants the same.
 * 2. Merge two ranges with the same rights into the smallest NAPOT range around both. First those that grant rights.
 *    For example, OpenSBI has one range for each device, and they become one range.
 * 3. Remove the last range that can be removed safely. Its addresses are closed until pmp_list_load. */
#include "hv/virt/pmp_list.h"

#include "hv/arch/field.h"
#include "hv/arch/isa.h"

#define RIGHTS (PMPCFG_R | PMPCFG_W | PMPCFG_X)
#define TOP_OF_MEMORY ((1ull << 56) - 1) /* physical addresses have 56 bits */
#define TOR_LIMIT (TOP_OF_MEMORY - 4)    /* the last byte that a TOR range can contain: pmpaddr has 54 bits */

/* ---- one range ---- */

bool pmp_range_is_all(const struct pmp_range *range)
{
	return range->first == 0 && range->last >= TOP_OF_MEMORY;
}

static bool contains(const struct pmp_range *range, uint64_t address)
{
	return range->first <= address && address <= range->last;
}

/* Whether one entry can describe the range as NA4 or NAPOT. */
static bool is_power(const struct pmp_range *range)
{
	uint64_t size = range->last - range->first + 1;

	return !(size & (size - 1)) && range->first % size == 0;
}

/* The smallest NAPOT range that contains both. Its rights are those of @p a. */
static struct pmp_range enclosing(const struct pmp_range *a, const struct pmp_range *b)
{
	uint64_t first = a->first < b->first ? a->first : b->first, last = a->last > b->last ? a->last : b->last;
	uint64_t within = 7;

	while ((first | within) != (last | within))
		within = within << 1 | 1;
	return (struct pmp_range){ first & ~within, first | within, a->config };
}

/* ---- entries ---- */

static void put(struct pmp_slots *slots, uint64_t address, unsigned match, unsigned config)
{
	slots->config[slots->count] = (uint8_t)field_set(PMPCFG_A, config & (RIGHTS | PMPCFG_L), match);
	slots->address[slots->count++] = address;
}

static void encode(const struct pmp_range *range, struct pmp_slots *slots)
{
	uint64_t size = range->last - range->first + 1, top = range->last < TOR_LIMIT ? range->last : TOR_LIMIT;

	if (pmp_range_is_all(range))
		return put(slots, ~0ull, PMP_NAPOT, range->config);
	if (is_power(range))
		return size == 4 ? put(slots, range->first >> 2, PMP_NA4, range->config)
				 : put(slots, range->first >> 2 | (size / 8 - 1), PMP_NAPOT, range->config);

	unsigned before = slots->count;
	bool follows = before && field_get(PMPCFG_A, slots->config[before - 1]) == PMP_TOR &&
		       slots->address[before - 1] == range->first >> 2;

	if (!follows) {
		put(slots, range->first >> 2, PMP_OFF, 0);
		slots->config[before] = 0;
	}
	put(slots, (top + 1) >> 2, PMP_TOR, range->config);
}

void pmp_list_encode(const struct pmp_list *list, struct pmp_slots *slots)
{
	slots->count = 0;
	for (unsigned i = 0; i < list->count; i++)
		if (i + 1 < list->count || !pmp_range_is_all(&list->range[i]))
			encode(&list->range[i], slots);
}

static bool fits(const struct pmp_list *list, const struct pmp_limits *limits)
{
	struct pmp_slots slots;

	pmp_list_encode(list, &slots);
	return slots.count <= limits->slots;
}

/* ---- the check ---- */

static const struct pmp_range *decides(const struct pmp_list *list, uint64_t address)
{
	for (unsigned i = 0; i < list->count; i++)
		if (contains(&list->range[i], address))
			return &list->range[i];
	return 0;
}

/* The rights at @p address, of S-mode in bits 2:0, and of M-mode in bits 10:8. */
static unsigned rights_at(const struct pmp_list *list, uint64_t address)
{
	const struct pmp_range *range = decides(list, address);

	if (!range)
		return 0;

	unsigned rights = range->config & RIGHTS;

	return rights | (range->config & PMPCFG_L ? rights : RIGHTS) << 8;
}

struct check {
	const struct pmp_list *part, *full;
	const struct pmp_limits *limits;
	bool exact;
};

static bool is_right_at(const struct check *check, uint64_t address)
{
	if (decides(check->limits->own, address))
		return true;

	unsigned mask = check->limits->locked ? RIGHTS << 8 | RIGHTS : RIGHTS;
	unsigned part = rights_at(check->part, address) & mask;
	unsigned full = rights_at(check->full, address) & mask;

	return check->exact ? part == full : !(part & ~full);
}

/* Rights change only where a range begins or after it ends, so these addresses are all that have to be checked. */
static bool is_right_at_borders(const struct check *check, const struct pmp_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		if (!is_right_at(check, list->range[i].first) || !is_right_at(check, list->range[i].last + 1))
			return false;
	return true;
}

bool pmp_list_is_within(const struct pmp_list *part, const struct pmp_list *full, const struct pmp_limits *limits,
			bool exact)
{
	const struct check check = { part, full, limits, exact };

	return is_right_at(&check, 0) && is_right_at_borders(&check, part) && is_right_at_borders(&check, full) &&
	       is_right_at_borders(&check, limits->own);
}

/* ---- the steps ---- */

static void take_out(struct pmp_list *list, unsigned i)
{
	list->count--;
	for (; i < list->count; i++)
		list->range[i] = list->range[i + 1];
}

/* Removes range @p i if the rest still is right. */
static bool remove_if_right(struct pmp_list *list, unsigned i, const struct pmp_limits *limits, bool exact)
{
	struct pmp_list shorter = *list;

	take_out(&shorter, i);
	if (!pmp_list_is_within(&shorter, list, limits, exact))
		return false;
	*list = shorter;
	return true;
}

static void remove_redundant(struct pmp_list *list, const struct pmp_limits *limits)
{
	for (unsigned i = list->count; i-- > 0;)
		(void)remove_if_right(list, i, limits, true);
}

/* Replaces ranges @p i and @p j > i by one, at the place of @p j, so that ranges between them still come first. */
static bool merge_if_right(struct pmp_list *list, unsigned i, unsigned j, const struct pmp_limits *limits)
{
	struct pmp_list merged = *list;

	merged.range[j] = enclosing(&list->range[i], &list->range[j]);
	take_out(&merged, i);
	if (!pmp_list_is_within(&merged, list, limits, false))
		return false;
	*list = merged;
	return true;
}

/* Merges the first two ranges that can be merged. @param grants whether to look only at ranges that grant rights */
static bool merge_one(struct pmp_list *list, const struct pmp_limits *limits, bool grants)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (grants && !(list->range[i].config & RIGHTS))
			continue;
		for (unsigned j = i + 1; j < list->count; j++)
			if (list->range[i].config == list->range[j].config && !pmp_range_is_all(&list->range[j]) &&
			    merge_if_right(list, i, j, limits))
				return true;
	}
	return false;
}

/* Removes the last range before the end that can be removed safely. @param keep the number of ranges in front that stay */
static bool close_before_last(struct pmp_list *list, const struct pmp_limits *limits, unsigned keep)
{
	for (unsigned i = list->count - 1; i-- > keep;)
		if (remove_if_right(list, i, limits, false))
			return true;
	return false;
}

/* Removes ranges from the end until the list fits, but keeps a last range that is all memory as long as possible,
 * because it needs no slot. The last range can always be removed: then nothing matches, which grants nothing. */
static void close_last(struct pmp_list *list, const struct pmp_limits *limits, unsigned keep)
{
	while (list->count > keep && !fits(list, limits))
		if (!pmp_range_is_all(&list->range[list->count - 1]) || !close_before_last(list, limits, keep))
			list->count--;
}

void pmp_list_reduce(struct pmp_list *list, const struct pmp_limits *limits)
{
	if (fits(list, limits))
		return;
	remove_redundant(list, limits);
	while (!fits(list, limits) && (merge_one(list, limits, true) || merge_one(list, limits, false)))
		;
	close_last(list, limits, 0);
}

/* The largest NAPOT range in @p range that contains the access; a range with first > last if there is none. */
static struct pmp_range largest_block(const struct pmp_range *range, uint64_t first, uint64_t last)
{
	struct pmp_range best = { 1, 0, range->config };

	for (uint64_t within = 3; within < TOP_OF_MEMORY; within = within << 1 | 1) {
		if ((first & ~within) < range->first || (first | within) > range->last)
			break;
		if ((first | within) >= last)
			best = (struct pmp_range){ first & ~within, first | within, range->config };
	}
	return best;
}

bool pmp_list_load(struct pmp_list *list, const struct pmp_limits *limits, struct pmp_range range, uint64_t first,
		   uint64_t last)
{
	struct pmp_list loaded = { 1, { range } };

	if (!fits(&loaded, limits))
		loaded.range[0] = range = largest_block(&range, first, last);
	if (range.first > range.last)
		return false;
	for (unsigned i = 0; i < list->count; i++) /* leave out ranges that the new one hides, such as the same range */
		if (list->range[i].first < range.first || list->range[i].last > range.last)
			loaded.range[loaded.count++] = list->range[i];
	close_last(&loaded, limits, 1);
	*list = loaded;
	return true;
}
