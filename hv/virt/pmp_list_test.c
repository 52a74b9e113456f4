/* Tests the reduction of PMP ranges with random lists, against a model that looks at the rights of each byte. The ranges lie in
 * a small part of memory, so that the model can look at all bytes. */
#include "hv/virt/pmp_list.h"

#include "hv/arch/isa.h"
#include "hv/testing/testing.h"

#define SPAN 512 /* bytes that the model looks at */
#define ALL ((1ull << 57) - 1)
#define RIGHTS 7u

/* The rights at @p address that a list grants. @param machine whether to M-mode; @param open M-mode's rights if nothing matches */
static unsigned rights(const struct pmp_list *list, uint64_t address, bool machine, unsigned open)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->range[i].first <= address && address <= list->range[i].last)
			return machine && !(list->range[i].config & PMPCFG_L) ? RIGHTS : list->range[i].config & RIGHTS;
	return machine ? open : 0;
}

/* The range that an entry describes, as the manual defines it (3.7.1.1). */
static bool entry_contains(const struct pmp_slots *slots, unsigned i, uint64_t address)
{
	uint64_t value = slots->address[i], ones = value & ~(value + 1), size = (ones + 1) * 8;

	switch (field_get(PMPCFG_A, slots->config[i])) {
	case PMP_NA4:
		return address >> 2 == value;
	case PMP_NAPOT:
		return value == ~0ull || (address & ~(size - 1)) == (value & ~ones) << 2;
	case PMP_TOR:
		return (i ? slots->address[i - 1] : 0) <= address >> 2 && address >> 2 < value;
	default:
		return false;
	}
}

static unsigned entries_grant(const struct pmp_slots *slots, uint64_t address, unsigned otherwise)
{
	for (unsigned i = 0; i < slots->count; i++)
		if (entry_contains(slots, i, address))
			return slots->config[i] & RIGHTS;
	return otherwise;
}

static struct pmp_range random_range(uint64_t *seed, bool locked)
{
	static const uint8_t configs[] = { 0, PMPCFG_R, PMPCFG_R | PMPCFG_W, RIGHTS, PMPCFG_X };
	uint64_t first = random_bits(seed) % (SPAN / 4) * 4, size = 4ull << random_bits(seed) % 7;
	unsigned config = configs[random_bits(seed) % 5];

	if (locked && random_bits(seed) % 4 == 0)
		config |= PMPCFG_L;
	if (random_bits(seed) % 3 == 0)
		return (struct pmp_range){ first, first + 4 + random_bits(seed) % 32 * 4 - 1, (uint8_t)config };
	first &= ~(size - 1);
	return (struct pmp_range){ first, first + size - 1, (uint8_t)config };
}

static void random_list(uint64_t *seed, struct pmp_list *list, unsigned most, bool locked)
{
	list->count = (unsigned)(random_bits(seed) % (most + 1));
	for (unsigned i = 0; i < list->count; i++)
		list->range[i] = random_range(seed, locked);
}

static void random_case(uint64_t *seed, struct pmp_list *list, struct pmp_list *own, struct pmp_limits *limits)
{
	bool locked = random_bits(seed) % 2;

	random_list(seed, list, 15, locked);
	if (random_bits(seed) % 2)
		list->range[list->count++] = (struct pmp_range){ 0, ALL, (uint8_t)(random_bits(seed) % 8 | 1) };
	random_list(seed, own, 4, false);
	*limits = (struct pmp_limits){ own, 1 + (unsigned)(random_bits(seed) % 8), locked };
}

static bool fits(const struct pmp_list *list, const struct pmp_limits *limits)
{
	struct pmp_slots slots;

	pmp_list_encode(list, &slots);
	return slots.count <= limits->slots;
}

static void check_within(const struct pmp_list *part, const struct pmp_list *full, const struct pmp_limits *limits)
{
	for (uint64_t address = 0; address < SPAN + 256; address++) {
		if (rights(limits->own, address, true, 0)) /* all own ranges are unlocked, so M-mode has rights there */
			continue;
		require(!(rights(part, address, false, 0) & ~rights(full, address, false, 0)), "S-mode may more at %lx",
			address);
		require(!limits->locked || !(rights(part, address, true, 0) & ~rights(full, address, true, RIGHTS)),
			"M-mode may more at %lx", address);
	}
}

Test(pmp_list, entries_describe_exactly_the_ranges_of_a_list)
{
	uint64_t seed = 1;

	for (unsigned i = 0; i < 2000; i++) {
		struct pmp_list list;
		struct pmp_slots slots;

		random_list(&seed, &list, 16, false);
		if (i % 2)
			list.range[list.count++] = (struct pmp_range){ 0, ALL, PMPCFG_R };
		pmp_list_encode(&list, &slots);
		for (uint64_t address = 0; address < SPAN + 256; address++)
			require(entries_grant(&slots, address, i % 2 ? PMPCFG_R : 0) ==
					rights(&list, address, false, 0),
				"case %u at %lx", i, address);
	}
}

/* A random list, what it must respect, and the list after its reduction. */
struct reduced {
	struct pmp_list full, own, list;
	struct pmp_limits limits;
};

static void random_reduced(uint64_t *seed, struct reduced *reduced)
{
	random_case(seed, &reduced->full, &reduced->own, &reduced->limits);
	reduced->list = reduced->full;
	pmp_list_reduce(&reduced->list, &reduced->limits);
}

Test(pmp_list, a_reduced_list_fits_and_grants_nothing_that_the_full_list_does_not_grant)
{
	uint64_t seed = 2;

	for (unsigned i = 0; i < 3000; i++) {
		struct reduced reduced;

		random_reduced(&seed, &reduced);
		require(fits(&reduced.list, &reduced.limits), "case %u does not fit", i);
		if (fits(&reduced.full, &reduced.limits))
			require(reduced.list.count == reduced.full.count, "case %u has changed although it fits", i);
		else
			check_within(&reduced.list, &reduced.full, &reduced.limits);
	}
}

/* The largest range around @p address in which each byte has the same rights as @p address, for both modes. */
static struct pmp_range uniform(const struct pmp_list *full, uint64_t address)
{
	struct pmp_range range = { address & ~3ull, address | 3, 0 };

	for (unsigned i = 0; i < full->count; i++)
		if (full->range[i].first <= address && address <= full->range[i].last) {
			range.config = full->range[i].config;
			break;
		}
	return range;
}

Test(pmp_list, a_loaded_range_has_its_rights_and_the_rest_stays_within_the_full_list)
{
	uint64_t seed = 3;

	for (unsigned i = 0; i < 3000; i++) {
		struct reduced reduced;

		random_reduced(&seed, &reduced);
		if (fits(&reduced.full, &reduced.limits))
			continue;
		for (unsigned load = 0; load < 4; load++) {
			uint64_t address = random_bits(&seed) % SPAN;
			struct pmp_range range = uniform(&reduced.full, address);

			require(pmp_list_load(&reduced.list, &reduced.limits, range, address, address), "case %u", i);
			require(rights(&reduced.list, address, false, 0) == rights(&reduced.full, address, false, 0),
				"case %u", i);
			require(fits(&reduced.list, &reduced.limits), "case %u", i);
			check_within(&reduced.list, &reduced.full, &reduced.limits);
		}
	}
}

/* The regions of OpenSBI 1.5.1 on QEMU's virt board: reset device, UART, CLINT, PLIC, its own memory, all memory. */
static const struct pmp_list opensbi = { 8,
					 { { 0x100000, 0x100fff, 3 },
					   { 0x10000000, 0x10000fff, 3 },
					   { 0x2000000, 0x200ffff, 0 },
					   { 0x80240000, 0x8025ffff, 0 },
					   { 0x80200000, 0x8023ffff, 0 },
					   { 0xc400000, 0xc5fffff, 3 },
					   { 0xc000000, 0xc3fffff, 3 },
					   { 0, ALL, 7 } } };

Test(pmp_list, opensbis_devices_become_one_range)
{
	const struct pmp_list own = {
		3, { { 0x80000000, 0x8001ffff, 0 }, { 0x2000000, 0x200ffff, 0 }, { 0x100000, 0x100fff, 0 } }
	};
	const struct pmp_limits limits = { &own, 4, false };
	struct pmp_list list = opensbi;

	pmp_list_reduce(&list, &limits);
	cr_expect(fits(&list, &limits));
	cr_expect_eq(rights(&list, 0x10000000, false, 0), 3);
	cr_expect_eq(rights(&list, 0xc400000, false, 0), 3);
	cr_expect_eq(rights(&list, 0x80200000, false, 0), 0);
	cr_expect_eq(rights(&list, 0x80260000, false, 0), 7);
}

Test(pmp_list, two_ranges_are_enough_if_a_module_closes_the_firmwares_memory)
{
	const struct pmp_list own = { 4,
				      { { 0x80000000, 0x8001ffff, 0 },
					{ 0x2000000, 0x200ffff, 0 },
					{ 0x100000, 0x100fff, 0 },
					{ 0x80200000, 0x803fffff, 0 } } };
	const struct pmp_limits limits = { &own, 1, false };
	struct pmp_list list = opensbi;

	pmp_list_reduce(&list, &limits);
	cr_expect_eq(list.count, 2);
	cr_expect_eq(rights(&list, 0x10000000, false, 0), 3);
	cr_expect_eq(rights(&list, 0x80400000, false, 0), 7);
}

Test(pmp_list, a_range_without_room_is_loaded_in_part)
{
	const struct pmp_list own = { 0, { { 0, 0, 0 } } };
	const struct pmp_limits limits = { &own, 1, false };
	struct pmp_list list = { 0, { { 0, 0, 0 } } };

	/* As TOR, the range would need two entries. */
	cr_expect(pmp_list_load(&list, &limits, (struct pmp_range){ 0x1000, 0x3fff, 7 }, 0x2008, 0x200f));
	cr_expect_eq(list.range[0].first, 0x2000);
	cr_expect_eq(list.range[0].last, 0x3fff);
	/* No NAPOT range inside contains both sides of 0x2000. */
	cr_expect_not(pmp_list_load(&list, &limits, (struct pmp_range){ 0x1000, 0x2fff, 7 }, 0x1ffc, 0x2003));
	cr_expect_eq(list.range[0].first, 0x2000);
	/* All memory needs only the default entry. */
	cr_expect(pmp_list_load(&list, &limits, (struct pmp_range){ 0, ~0ull, 7 }, 0x1ffc, 0x2003));
	cr_expect_eq(list.count, 1);
}

Test(pmp_list, a_range_up_to_the_end_of_memory_gets_a_top_that_pmpaddr_can_hold)
{
	struct pmp_list list = { 1, { { 0x1000, ~0ull, 7 } } };
	struct pmp_slots slots;

	pmp_list_encode(&list, &slots);
	cr_expect_eq(slots.count, 2);
	cr_expect_eq(slots.address[1], (1ull << 54) - 1);
}
