/* Tests virtual PMP on machines with few entries, with random entries of the firmware in a small part of memory. The model is the
 * table of the 16 virtual entries itself. Accesses are to whole words, which no entry can split. */
#include "hv/virt/pmp.h"

#include "hv/arch/host_hart.h"
#include "hv/testing/testing.h"
#include "hv/virt/machine.h"
#include "hv/virt/vcpu.h"

#define WINDOW 0x90000000ull
#define WORDS 64
#define OWN WINDOW /* the region of a module's entry; the virtual entries overlap it */
#define OWN_SIZE 32ull
#define NAPOT_NONE (PMP_NAPOT << 3)
#define ROUNDS 6

struct shape {
	unsigned limit, modules;
	uint64_t granule;
	bool locks;
};

static struct vcpu vcpu;
static struct {
	uint8_t config[PMP_FEW_VIRTUAL];
	uint64_t address[PMP_FEW_VIRTUAL];
} table;

/* Gives the module's entry the region at @p base. */
static void set_own(uint64_t base)
{
	pmp_set_own_entry(&vcpu, PMP_ENTRY_MODULES, NAPOT_NONE, NAPOT_NONE, pmp_napot(base, OWN_SIZE));
}

static void start(const struct shape *shape)
{
	host_hart_reset();
	host_pmp_shape(16, shape->granule);
	machine = (struct machine){ 0 };
	machine_probe(shape->limit, shape->modules);
	machine_prepare_hart();
	vcpu = (struct vcpu){ 0 };
	vcpu_reset(&vcpu);
	pmp_reset(&vcpu);
	if (shape->modules)
		set_own(OWN);
}

static void write_random_entries(uint64_t *seed, const struct shape *shape, bool locks)
{
	for (unsigned entry = 0; entry < machine.pmp_virtual; entry++)
		pmp_write_address(&vcpu, entry,
				  random_next(seed) % 16
					  ? (WINDOW >> 2) + random_next(seed) % WORDS * shape->granule / 4
					  : ~0ull);
	for (unsigned word = 0; word < 2; word++) {
		uint64_t lock = locks ? random_next(seed) & random_next(seed) & random_next(seed) : 0;

		pmp_write_config(&vcpu, word, field_merge(PMP_BYTES(PMPCFG_L), random_next(seed), lock));
	}
}

static void start_with_random_entries(uint64_t *seed, const struct shape *shape)
{
	start(shape);
	write_random_entries(seed, shape, false);
	write_random_entries(seed, shape, shape->locks);
	for (unsigned entry = 0; entry < PMP_FEW_VIRTUAL; entry++) {
		table.config[entry] = (uint8_t)(vcpu.pmp.virtual_config[entry / 8] >> entry % 8 * 8);
		table.address[entry] = pmp_read_address(&vcpu, entry);
	}
}

/* What virtual PMP and the module's entry allow. */
static bool is_allowed(const struct shape *shape, unsigned mode, uint64_t address, enum host_access access)
{
	if (shape->modules && address >= OWN && address < OWN + OWN_SIZE)
		return false;
	return host_pmp_table_allows(table.config, table.address, shape->granule, PMP_FEW_VIRTUAL, mode, address, 4,
				     access);
}

static unsigned mode_of(enum pmp_view view)
{
	return view < PMP_VIEW_PAYLOAD ? 3 : 1;
}

/* In the view for firmware with MPRV, all loads and stores trap, because hv makes them. */
static bool is_shown(enum pmp_view view, enum host_access access)
{
	return view != PMP_VIEW_MPRV || access == HOST_EXECUTE;
}

static bool hardware_allows(enum pmp_view view, uint64_t address, enum host_access access)
{
	return host_pmp_allows(view < PMP_VIEW_PAYLOAD ? 0 : 1, address, 4, access);
}

/* No word in the window has a right that virtual PMP does not grant. */
static void check_all(const struct shape *shape, enum pmp_view view)
{
	for (uint64_t address = WINDOW - 16; address < WINDOW + (WORDS + 8) * shape->granule; address += shape->granule)
		for (unsigned access = 1; access <= 4; access *= 2)
			require(!hardware_allows(view, address, access) ||
					(is_shown(view, access) && is_allowed(shape, mode_of(view), address, access)),
				"limit %u, view %u: access %u at %lx is open", shape->limit, view, access, address);
}

static void check_access(const struct shape *shape, enum pmp_view view, uint64_t address, enum host_access access)
{
	bool allowed = is_allowed(shape, mode_of(view), address, access), machine_mode = view < PMP_VIEW_PAYLOAD;

	bool missing = allowed && !hardware_allows(view, address, access);

	if (!is_shown(view, access))
		return;
	vcpu.pc++;
	require(pmp_few_load(&vcpu, address, address + 3, (enum pmp_access)access, machine_mode) == missing,
		"limit %u, view %u: access %u at %lx, allowed: %d", shape->limit, view, access, address, allowed);
	require(hardware_allows(view, address, access) == allowed, "limit %u, view %u: access %u at %lx is closed",
		shape->limit, view, access, address);
	check_all(shape, view);
}

static void check_shape(const struct shape *shape, uint64_t *seed)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		start_with_random_entries(seed, shape);
		for (unsigned i = 0; i < 4 * PMP_VIEWS; i++) {
			enum pmp_view view = (enum pmp_view)(i % PMP_VIEWS);

			pmp_install(&vcpu, view);
			check_all(shape, view);
			for (unsigned j = 0; j < 8; j++)
				check_access(shape, view,
					     (WINDOW - 16 + random_next(seed) % (WORDS * shape->granule)) & ~3ull,
					     (enum host_access)(1u << random_next(seed) % 3));
		}
	}
}

Test(pmp_few, with_any_number_of_entries_each_word_has_the_rights_of_the_16_virtual_entries)
{
	uint64_t seed = 1;

	for (unsigned limit = PMP_OWN_ENTRIES + 1; limit <= 16; limit++)
		check_shape(&(struct shape){ limit, 0, 4, false }, &seed);
}

Test(pmp_few, locked_entries_restrict_the_firmware_with_any_number_of_entries)
{
	uint64_t seed = 2;

	for (unsigned limit = PMP_OWN_ENTRIES + 1; limit <= 16; limit++)
		check_shape(&(struct shape){ limit, 0, 4, true }, &seed);
}

Test(pmp_few, a_modules_entry_closes_its_region_whatever_the_virtual_entries_are)
{
	uint64_t seed = 3;

	for (unsigned limit = PMP_OWN_ENTRIES + 2; limit <= 12; limit++) {
		check_shape(&(struct shape){ limit, 1, 4, false }, &seed);
		check_shape(&(struct shape){ limit, 1, 4, true }, &seed);
	}
}

Test(pmp_few, the_machine_may_have_coarse_entries)
{
	uint64_t seed = 4;

	for (uint64_t granule = 8; granule <= 4096; granule *= 8) {
		check_shape(&(struct shape){ 8, 0, granule, false }, &seed);
		check_shape(&(struct shape){ 8, 0, granule, true }, &seed);
	}
}

Test(pmp_few, the_firmware_sees_16_entries_or_none)
{
	for (unsigned limit = PMP_OWN_ENTRIES; limit <= 16; limit++) {
		start(&(struct shape){ limit, 0, 4, false });
		cr_expect_eq(machine.pmp_virtual, limit > PMP_OWN_ENTRIES ? 16 : 0);
		pmp_write_address(&vcpu, 15, 0x1234);
		cr_expect_eq(pmp_read_address(&vcpu, 15), limit > PMP_OWN_ENTRIES ? 0x1234 : 0);
		pmp_write_address(&vcpu, 16, 0x1234);
		cr_expect_eq(pmp_read_address(&vcpu, 16), 0);
	}
}

Test(pmp_few, without_virtual_entries_the_payload_can_access_all_memory)
{
	start(&(struct shape){ PMP_OWN_ENTRIES, 0, 4, false });
	for (unsigned view = 0; view < PMP_VIEWS; view++) {
		pmp_install(&vcpu, view);
		cr_expect(hardware_allows(view, WINDOW, HOST_EXECUTE));
		cr_expect_eq(hardware_allows(view, WINDOW, HOST_READ), is_shown(view, HOST_READ));
	}
}

/* Lets the payload access the words 0 and 2 of the window, but not the word between them. Only one entry is left. */
static void start_with_two_words(void)
{
	start(&(struct shape){ PMP_OWN_ENTRIES + 1, 0, 4, false });
	pmp_write_address(&vcpu, 0, WINDOW >> 2);
	pmp_write_address(&vcpu, 1, (WINDOW >> 2) + 2);
	pmp_write_config(&vcpu, 0, (PMP_NA4 << 3 | 7) * 0x0101);
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
}

static bool load(uint64_t address)
{
	return pmp_few_load(&vcpu, address, address + 3, PMP_ACCESS_READ, false);
}

/* Loads the two words in turn, up to @p most times. Before each load, register 5 grows by @p step. Returns the number of loads
 * that succeeded. */
static unsigned loads_in_turn(unsigned most, uint64_t step)
{
	unsigned loads = 0;

	do
		vcpu_set_reg(&vcpu, 5, vcpu_reg(&vcpu, 5) + step);
	while (loads < most && load(WINDOW + (loads + 1) % 2 * 8) && ++loads); /* the list begins with word 0 */
	return loads;
}

Test(pmp_few, an_instruction_whose_ranges_push_out_each_other_ends_with_a_fault, .init = start_with_two_words)
{
	cr_expect_eq(loads_in_turn(5000, 0), 1000);
	cr_expect(pmp_few_is_stuck(&vcpu));
	cr_expect_not(pmp_few_is_stuck(&vcpu), "it is reported once");
	vcpu.pc += 4;
	cr_expect(load(WINDOW) || load(WINDOW + 8), "the next instruction gets its range");
}

Test(pmp_few, a_loop_that_accesses_two_ranges_in_turn_goes_on, .init = start_with_two_words)
{
	cr_expect_eq(loads_in_turn(5000, 1), 5000);
	cr_expect_not(pmp_few_is_stuck(&vcpu));
}

Test(pmp_few, a_range_that_is_there_is_not_loaded_again, .init = start_with_two_words)
{
	uint64_t before = pmp_few_of(&vcpu.pmp)->total;

	vcpu.pc = 4;
	(void)load(WINDOW + 8);
	cr_expect_leq(pmp_few_of(&vcpu.pmp)->total, before + 1);
	before = pmp_few_of(&vcpu.pmp)->total;
	cr_expect_not(load(WINDOW + 8));
	cr_expect_eq(pmp_few_of(&vcpu.pmp)->total, before);
}

Test(pmp_few, an_access_that_wraps_around_is_not_loaded, .init = start_with_two_words)
{
	cr_expect_not(pmp_few_load(&vcpu, ~0ull, 2, PMP_ACCESS_READ, false));
}

Test(pmp_few, an_access_to_two_ranges_is_not_loaded, .init = start_with_two_words)
{
	/* The words 0 and 2 are entries of their own, so no access may have bytes of both or of a neighbour. */
	cr_expect_not(pmp_few_load(&vcpu, WINDOW - 4, WINDOW + 3, PMP_ACCESS_READ, false));
	cr_expect_not(pmp_few_load(&vcpu, WINDOW, WINDOW + 7, PMP_ACCESS_READ, false));
	/* One entry can describe no range with the words 3 and 4. */
	pmp_write_address(&vcpu, 1, (WINDOW >> 2) + 5);
	pmp_write_config(&vcpu, 0, (PMP_TOR << 3 | 7) << 8 | (PMP_NA4 << 3 | 1));
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	cr_expect_not(pmp_few_load(&vcpu, WINDOW + 12, WINDOW + 19, PMP_ACCESS_READ, false));
	cr_expect(pmp_few_load(&vcpu, WINDOW + 8, WINDOW + 15, PMP_ACCESS_READ, false));
}

Test(pmp_few, nothing_is_loaded_before_the_payloads_entries_are_computed, .init = start_with_two_words)
{
	pmp_write_address(&vcpu, 2, WINDOW >> 2);
	vcpu.world = WORLD_PAYLOAD;
	pmp_write_config(&vcpu, 0, (PMP_NA4 << 3 | 7) * 0x010101);
	cr_expect_not(load(WINDOW + 8));
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	cr_expect(load(WINDOW + 8));
}

Test(pmp_few, a_modules_entry_that_stays_as_it_is_leaves_the_entries_as_they_are)
{
	start(&(struct shape){ PMP_OWN_ENTRIES + 2, 1, 4, false });
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	set_own(OWN);
	cr_expect_not(vcpu.pmp.stale[PMP_VIEW_PAYLOAD]);
	set_own(OWN + OWN_SIZE);
	cr_expect(vcpu.pmp.stale[PMP_VIEW_PAYLOAD]);
}

/* The reduced list leaves out what the module's entry decides. If the entry moves away, these addresses need ranges again. */
Test(pmp_few, if_a_modules_entry_moves_the_entries_are_computed_again)
{
	const struct shape shape = { PMP_OWN_ENTRIES + 2, 1, 4, false }, without = { 0, 0, 4, false };
	uint64_t seed = 5;

	for (unsigned round = 0; round < 20 * ROUNDS; round++) {
		start_with_random_entries(&seed, &shape);
		pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
		set_own(WINDOW + 0x10000);
		pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
		check_all(&without, PMP_VIEW_PAYLOAD);
	}
}
