/* Tests virtual PMP. The tests try all values that the firmware can write to a pmpcfg byte. They compare the effect of
 * the physical entries with a simple model that checks each byte of an access separately. */
#include "hv/virt/pmp.h"

#include "hv/arch/host_hart.h"
#include "hv/testing/testing.h"
#include "hv/virt/machine.h"
#include "hv/virt/transition.h"
#include "hv/virt/vcpu.h"

#define HV_BASE 0x80000000ull
#define HV_SIZE 0x200000ull
#define CLINT_BASE 0x2000000ull
#define CLINT_SIZE 0x10000ull
#define DEVICE_BASE 0x100000ull
#define DEVICE_SIZE 0x1000ull
#define NAPOT_NONE (PMP_NAPOT << 3)
#define TOR_BITS (PMP_TOR << 3)

static struct vcpu vcpu;

/* Puts a hart into the state that it has at the end of boot: hv's own entries are set, and the firmware has not
 * started. */
static void start(unsigned entries, uint64_t granule, unsigned limit, unsigned modules)
{
	host_hart_reset();
	host_pmp_shape(entries, granule);
	machine = (struct machine){ 0 };
	machine_probe(limit, modules);
	machine_prepare_hart();
	vcpu = (struct vcpu){ 0 };
	vcpu_reset(&vcpu);
	if (machine.pmp_used < PMP_OWN_ENTRIES + modules)
		return;
	pmp_reset(&vcpu);
	pmp_set_own_entry(&vcpu, PMP_ENTRY_HV, NAPOT_NONE, NAPOT_NONE, pmp_napot(HV_BASE, HV_SIZE));
	pmp_set_own_entry(&vcpu, PMP_ENTRY_CLINT, NAPOT_NONE, NAPOT_NONE, pmp_napot(CLINT_BASE, CLINT_SIZE));
	pmp_set_own_entry(&vcpu, PMP_ENTRY_RESET, NAPOT_NONE, NAPOT_NONE, pmp_napot(DEVICE_BASE, DEVICE_SIZE));
	pmp_install(&vcpu, PMP_VIEW_FIRMWARE);
}

static void start_usual(void)
{
	start(16, 4, 64, 0);
}

/* ---- legal values ---- */

/* The legal value of one byte (3.7.1). */
static uint8_t legal_byte(uint8_t current, uint8_t requested, uint64_t granule)
{
	bool write_only = (requested & 2) && !(requested & 1);
	bool na4 = (requested >> 3 & 3) == PMP_NA4;

	if ((current & 0x80) || write_only || (na4 && granule > 4))
		return current;
	return requested & 0x9f;
}

Test(pmp, every_value_written_to_a_config_byte_is_made_legal_whatever_the_old_value)
{
	for (uint64_t granule = 4; granule <= 8; granule *= 2)
		for (unsigned current = 0; current < 256; current++)
			for (unsigned requested = 0; requested < 256; requested++) {
				uint8_t old = current & 0x9f;
				uint64_t legal = pmp_legal_config(old, requested, granule);

				require(legal == legal_byte(old, (uint8_t)requested, granule), "%x <- %x gives %lx",
					old, requested, legal);
			}
}

Test(pmp, the_eight_bytes_of_a_config_register_do_not_affect_each_other)
{
	uint64_t seed = 1;

	for (unsigned i = 0; i < 1000000; i++) {
		uint64_t current = random_bits(&seed) & PMP_CONFIG_DEFINED, requested = random_bits(&seed), want = 0;

		for (unsigned shift = 0; shift < 64; shift += 8)
			want |= (uint64_t)legal_byte((uint8_t)(current >> shift), (uint8_t)(requested >> shift), 4)
				<< shift;
		require(pmp_legal_config(current, requested, 4) == want, "%lx <- %lx", current, requested);
	}
}

static uint8_t view_byte(uint8_t config, enum pmp_view view)
{
	uint8_t match = config & 0x18, rwx = config & 7;
	bool locked = config & 0x80;

	switch (view) {
	case PMP_VIEW_FIRMWARE:
		return match | (locked ? rwx : 7);
	case PMP_VIEW_MPRV:
		return match | (locked ? rwx & 4 : 4);
	default:
		return match | rwx;
	}
}

Test(pmp, each_worlds_config_byte_is_never_locked_and_grants_what_semantics_13_says)
{
	for (unsigned view = 0; view < PMP_VIEWS; view++)
		for (unsigned low = 0; low < 256; low++)
			for (unsigned high = 0; high < 256; high++) {
				uint64_t config = (uint64_t)(high & 0x9f) << 56 | (low & 0x9f) << 8 | (high & 0x9f);
				uint64_t want = (uint64_t)view_byte(high & 0x9f, view) << 56 |
						(uint64_t)view_byte(low & 0x9f, view) << 8 |
						view_byte(high & 0x9f, view);
				uint64_t others = pmp_view_of_config(0, view) & 0x00ffffffffff0000;

				require(pmp_view_of_config(config, view) == (want | others), "view %u of %lx", view,
					config);
			}
}

Test(pmp, a_napot_region_is_encoded_as_in_the_table_of_section_3_7_1_1)
{
	cr_expect_eq(pmp_napot(0x1000, 8), 0x400);
	cr_expect_eq(pmp_napot(0x80000000, 0x1000), 0x200001ff);
	cr_expect_eq(pmp_napot(0, 1ull << 56), (1ull << 53) - 1);
}

/* ---- the firmware's registers ---- */

Test(pmp, the_firmware_gets_the_pmp_entries_that_hv_and_modules_do_not_use, .init = start_usual)
{
	cr_expect_eq(machine.pmp_virtual, 11);
	start(16, 4, 13, 0);
	cr_expect_eq(machine.pmp_virtual, 8);
	start(64, 4, 64, 2);
	cr_expect_eq(machine.pmp_virtual, 57);
	start(16, 4, 5, 0);
	cr_expect_eq(machine.pmp_virtual, 0);
	start(0, 4, 64, 0);
	cr_expect_eq(machine.pmp_virtual, 0);
}

Test(pmp, a_reset_turns_all_entries_off_and_knows_which_of_them_the_firmware_has)
{
	static const struct {
		unsigned entries, limit, modules;
	} shapes[] = { { 16, 64, 0 }, { 16, 13, 0 }, { 64, 64, 0 }, { 64, 64, 3 }, { 64, 21, 0 }, { 16, 5, 0 } };

	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		start(shapes[i].entries, 4, shapes[i].limit, shapes[i].modules);
		for (unsigned entry = 0; entry < shapes[i].entries; entry++) {
			uint8_t byte = (uint8_t)(vcpu.pmp.implemented[entry / 8] >> entry % 8 * 8);

			require(byte == (entry < machine.pmp_virtual ? 0xff : 0), "shape %u, entry %u", i, entry);
			host_csr_write(CSR_pmpaddr + entry, 0x1234);
			host_hart.csr[CSR_pmpcfg + entry / 8 * 2].value = 0x1f1f1f1f1f1f1f1f;
		}
		pmp_reset(&vcpu);
		for (unsigned entry = 0; entry < shapes[i].entries; entry++) {
			bool is_default = entry == machine.pmp_used - 1, is_used = entry < machine.pmp_used;
			uint64_t address = is_default ? PMPADDR_ADDRESS : (is_used ? 0 : 0x1234);

			require(host_csr_read(CSR_pmpaddr + entry) == address, "shape %u, pmpaddr%u", i, entry);
			require(host_csr_read(CSR_pmpcfg + entry / 8 * 2) == 0, "shape %u, entry %u", i, entry);
		}
	}
}

Test(pmp, one_of_hvs_own_entries_changes_only_its_byte_of_each_view, .init = start_usual)
{
	struct pmp want = vcpu.pmp;

	want.address_changed = true;
	want.view[PMP_VIEW_FIRMWARE][0] = field_set(0xffull << 24, want.view[PMP_VIEW_FIRMWARE][0], NAPOT_NONE | 7);
	want.view[PMP_VIEW_PAYLOAD][0] = field_set(0xffull << 24, want.view[PMP_VIEW_PAYLOAD][0], NAPOT_NONE | 7);
	want.view[PMP_VIEW_MPRV][0] = field_set(0xffull << 24, want.view[PMP_VIEW_MPRV][0], NAPOT_NONE | 4);
	want.view[PMP_VIEW_REDIRECTED][0] = field_set(0xffull << 24, want.view[PMP_VIEW_REDIRECTED][0], NAPOT_NONE | 7);
	pmp_set_own_entry(&vcpu, 3, NAPOT_NONE | 7, NAPOT_NONE | 7, 0x4321);
	cr_expect_arr_eq(&vcpu.pmp, &want, sizeof(want));
	cr_expect_eq(host_csr_read(CSR_pmpaddr + 3), 0x4321);
}

Test(pmp, a_config_written_in_the_payload_world_only_marks_the_views_as_stale, .init = start_usual)
{
	struct pmp want = vcpu.pmp;

	want.virtual_config[1] = NAPOT_NONE | 7;
	for (unsigned view = 0; view < PMP_VIEWS; view++)
		want.stale[view] = true;
	vcpu.world = WORLD_PAYLOAD;
	pmp_write_config(&vcpu, 1, NAPOT_NONE | 7);
	cr_expect_arr_eq(&vcpu.pmp, &want, sizeof(want));
}

Test(pmp, probing_finds_the_pmp_granule, .init = start_usual)
{
	cr_expect_eq(machine.pmp_granule, 4);
	for (uint64_t granule = 8; granule <= 4096; granule *= 2) {
		start(16, granule, 64, 0);
		cr_expect_eq(machine.pmp_granule, granule);
	}
}

Test(pmp, an_entry_beyond_the_virtual_ones_reads_zero_and_ignores_writes, .init = start_usual)
{
	pmp_write_config(&vcpu, 1, ~0x6060606060606060ull);
	cr_expect_eq(vcpu.pmp.virtual_config[1], 0x9f9f9f);
	pmp_write_address(&vcpu, 11, 0x1234);
	cr_expect_eq(pmp_read_address(&vcpu, 11), 0);
	pmp_write_address(&vcpu, 10, 0x1234);
	cr_expect_eq(pmp_read_address(&vcpu, 10), 0); /* the write above has locked the entry */
}

Test(pmp, a_locked_entry_keeps_its_address_and_for_tor_also_the_address_before_it, .init = start_usual)
{
	pmp_write_address(&vcpu, 0, 0x100);
	pmp_write_address(&vcpu, 1, 0x200);
	pmp_write_address(&vcpu, 2, 0x300);
	pmp_write_config(&vcpu, 0, (0x80 | TOR_BITS | 1) << 8 | (uint64_t)(0x80 | NAPOT_NONE) << 24);
	for (unsigned entry = 0; entry < 4; entry++)
		pmp_write_address(&vcpu, entry, 0x1000 + entry);
	cr_expect_eq(pmp_read_address(&vcpu, 0), 0x100);
	cr_expect_eq(pmp_read_address(&vcpu, 1), 0x200);
	cr_expect_eq(pmp_read_address(&vcpu, 2), 0x1002);
	cr_expect_eq(pmp_read_address(&vcpu, 3), 0);
	pmp_write_config(&vcpu, 0, 0);
	cr_expect_eq(vcpu.pmp.virtual_config[0], (0x80 | TOR_BITS | 1) << 8 | (uint64_t)(0x80 | NAPOT_NONE) << 24);
}

/* ---- which accesses the physical entries allow ---- */

struct table {
	uint8_t config[64];
	uint64_t address[64];
};

/* Random addresses in a window of 256 bytes, so that regions overlap, nest and touch. */
#define WINDOW 0x90000000ull

static uint64_t random_address(uint64_t *seed)
{
	return (WINDOW >> 2) + random_next(seed) % 64;
}

static void write_random_table(uint64_t *seed, bool locks)
{
	for (unsigned entry = 0; entry < machine.pmp_virtual; entry++)
		pmp_write_address(&vcpu, entry, random_next(seed) % 16 ? random_address(seed) : ~0ull);
	for (unsigned word = 0; word < (machine.pmp_virtual + 7) / 8; word++) {
		uint64_t lock = locks ? random_next(seed) & random_next(seed) : 0;

		pmp_write_config(&vcpu, word, field_merge(PMP_BYTES(PMPCFG_L), random_next(seed), lock));
	}
}

static void read_table(struct table *table)
{
	for (unsigned entry = 0; entry < machine.pmp_virtual; entry++) {
		table->config[entry] = (uint8_t)(vcpu.pmp.virtual_config[entry / 8] >> entry % 8 * 8);
		table->address[entry] = pmp_read_address(&vcpu, entry);
	}
}

static bool table_allows(const struct table *table, unsigned mode, uint64_t address, uint64_t size, unsigned access)
{
	return host_pmp_table_allows(table->config, table->address, host_hart.pmp_granule, machine.pmp_virtual, mode,
				     address, size, (enum host_access)access);
}

static void compare_accesses(const struct table *table, uint64_t *seed)
{
	for (unsigned i = 0; i < 64; i++) {
		uint64_t size = 1ull << random_next(seed) % 4, address = WINDOW - 8 + random_next(seed) % 280;
		unsigned access = 1u << random_next(seed) % 3;
		bool payload = table_allows(table, 1, address, size, access);
		bool firmware = table_allows(table, 3, address, size, access);

		require(pmp_allows(&vcpu, address, size, access, false) == payload, "S at %lx", address);
		require(pmp_allows(&vcpu, address, size, access, true) == firmware, "M at %lx", address);
		require(pmp_lets_machine_access(&vcpu, address, size, access) == firmware, "M, quickly, at %lx",
			address);
		pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
		require(host_pmp_allows(1, address, size, access) == payload, "payload at %lx", address);
		pmp_install(&vcpu, PMP_VIEW_MPRV);
		require(!host_pmp_allows(0, address, size, access & 3) || !(access & 3), "armed, at %lx", address);
		require(host_pmp_allows(0, address, size, HOST_EXECUTE) == table_allows(table, 3, address, size, 4),
			"armed, fetch at %lx", address);
		pmp_install(&vcpu, PMP_VIEW_FIRMWARE);
		require(host_pmp_allows(0, address, size, access) == firmware, "firmware at %lx", address);
	}
}

static void compare_random_tables(unsigned entries, uint64_t granule, unsigned limit, unsigned modules, bool locks)
{
	uint64_t seed = entries + granule + limit + modules + locks;
	struct table table;

	for (unsigned round = 0; round < 300; round++) {
		start(entries, granule, limit, modules);
		write_random_table(&seed, false);
		write_random_table(&seed, locks);
		read_table(&table);
		compare_accesses(&table, &seed);
	}
}

Test(pmp, the_physical_entries_allow_each_world_the_same_as_the_virtual_entries)
{
	compare_random_tables(16, 4, 64, 0, false);
	compare_random_tables(16, 4, 13, 0, false);
	compare_random_tables(16, 4, 16, 3, false);
}

Test(pmp, locked_entries_restrict_the_firmware_as_they_restrict_m_mode)
{
	compare_random_tables(16, 4, 64, 0, true);
	compare_random_tables(16, 4, 14, 1, true);
}

Test(pmp, virtual_pmp_also_works_with_64_entries_or_a_coarse_granule)
{
	compare_random_tables(64, 4, 64, 0, true);
	compare_random_tables(64, 4, 64, 5, true);
	compare_random_tables(16, 16, 64, 0, true);
}

Test(pmp, without_virtual_entries_all_memory_except_hvs_is_accessible)
{
	start(16, 4, 5, 0);
	for (unsigned view = 0; view < PMP_VIEWS; view++) {
		pmp_install(&vcpu, view);
		cr_expect(host_pmp_allows(1, WINDOW, 8, HOST_EXECUTE));
		cr_expect_eq(host_pmp_allows(1, WINDOW, 8, HOST_WRITE), view != PMP_VIEW_MPRV);
		cr_expect_not(host_pmp_allows(1, HV_BASE + HV_SIZE - 4, 8, HOST_READ));
	}
	cr_expect(pmp_allows(&vcpu, WINDOW, 8, PMP_ACCESS_WRITE, false));
}

Test(pmp, no_view_opens_hv_or_its_devices_whatever_the_firmware_writes)
{
	static const uint64_t own[] = { HV_BASE, HV_BASE + HV_SIZE - 8, CLINT_BASE, CLINT_BASE + 0xbff8, DEVICE_BASE };
	uint64_t seed = 5;

	for (unsigned round = 0; round < 2000; round++) {
		start_usual();
		for (unsigned entry = 0; entry < 16; entry++)
			pmp_write_address(&vcpu, entry, random_bits(&seed));
		pmp_write_config(&vcpu, 0, random_bits(&seed));
		pmp_write_config(&vcpu, 1, random_bits(&seed));
		for (unsigned view = 0; view < PMP_VIEWS; view++) {
			pmp_install(&vcpu, view);
			for (unsigned i = 0; i < 5; i++)
				for (unsigned access = 1; access <= 4; access *= 2)
					require(!host_pmp_allows(1, own[i], 8, access), "%lx in view %u", own[i], view);
		}
	}
}

Test(pmp, no_physical_entry_is_ever_locked, .init = start_usual)
{
	pmp_write_config(&vcpu, 0, ~0ull);
	for (unsigned view = 0; view < PMP_VIEWS; view++) {
		pmp_install(&vcpu, view);
		for (unsigned word = 0; word < 2; word++)
			cr_expect_eq(host_hart.csr[CSR_pmpcfg + 2 * word].value & PMP_BYTES(PMPCFG_L), 0);
	}
}

/* ---- fences ---- */

static unsigned fences(void)
{
	return host_statements("sfence.vma x0, x0");
}

Test(pmp, a_fence_is_executed_only_if_an_entry_changes, .init = start_usual)
{
	unsigned before = fences();

	pmp_install(&vcpu, PMP_VIEW_FIRMWARE);
	cr_expect_eq(fences(), before);
	pmp_write_config(&vcpu, 0, 0);
	cr_expect_eq(fences(), before);
	pmp_write_config(&vcpu, 0, NAPOT_NONE | 7);
	cr_expect_eq(fences(), before + 1);
	pmp_write_address(&vcpu, 0, 0x1000);
	cr_expect_eq(fences(), before + 2);
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	cr_expect_eq(fences(), before + 3);
	cr_expect_eq(host_statements(".insn r 0x73, 0, 0x31, x0, x0, x0"), fences());
}

Test(pmp, with_64_entries_a_change_of_any_of_them_is_fenced)
{
	for (unsigned word = 0; word < 7; word++) {
		start(64, 4, 64, 0);

		unsigned before = fences();

		pmp_write_config(&vcpu, word, NAPOT_NONE | 7);
		cr_expect_eq(fences(), before + 1, "register %u", word);
		pmp_install(&vcpu, PMP_VIEW_FIRMWARE);
		cr_expect_eq(fences(), before + 1, "register %u", word);
	}
}

Test(pmp, a_config_written_in_the_payload_world_takes_effect_at_the_next_switch, .init = start_usual)
{
	pmp_write_address(&vcpu, 0, WINDOW >> 2 | 0xff);
	vcpu.world = WORLD_PAYLOAD;
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	pmp_write_config(&vcpu, 0, NAPOT_NONE | 7);
	cr_expect_not(host_pmp_allows(1, WINDOW, 8, HOST_READ));
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	cr_expect(host_pmp_allows(1, WINDOW, 8, HOST_READ));
}

Test(pmp, entries_that_are_not_off_count_as_in_use, .init = start_usual)
{
	cr_expect_eq(pmp_entries_in_use(&vcpu), 0);
	pmp_write_config(&vcpu, 0, NAPOT_NONE | (uint64_t)TOR_BITS << 16 | (uint64_t)(PMP_NA4 << 3) << 56 | 7ull << 8);
	cr_expect_eq(pmp_entries_in_use(&vcpu), 3);
}

Test(pmp, a_tor_entry_from_0_to_0_matches_the_same_as_on_the_machine, .init = start_usual)
{
	for (unsigned entry = 0; entry < 3; entry += 2) {
		pmp_write_config(&vcpu, 0, 0);
		pmp_write_address(&vcpu, 7, ~0ull);
		/* Entry 7 allows access to all memory. */
		pmp_write_config(&vcpu, 0, 0x1full << 56 | 0x08ull << 8 * entry);
		machine.pmp_tor_at_zero_matches = true;
		cr_expect_not(pmp_allows(&vcpu, 0x2004000, 8, PMP_ACCESS_READ, false));
		machine.pmp_tor_at_zero_matches = false;
		cr_expect(pmp_allows(&vcpu, 0x2004000, 8, PMP_ACCESS_READ, false));
	}
}

Test(pmp, an_entry_that_is_off_or_empty_matches_nothing, .init = start_usual)
{
	static const unsigned sizes[] = { 1, 2, 4, 8 };

	machine.pmp_tor_at_zero_matches = false;
	for (unsigned is_tor = 0; is_tor < 2; is_tor++)
		for (unsigned i = 0; i < 4; i++) {
			start_usual();
			pmp_write_address(&vcpu, 7, ~0ull);
			pmp_write_config(&vcpu, 0, 0x1full << 56 | (is_tor ? TOR_BITS : 0));
			for (unsigned address = 0; address < 8; address += sizes[i])
				require(pmp_allows(&vcpu, address, sizes[i], PMP_ACCESS_READ, false), "%u bytes at %u",
					sizes[i], address);
		}
}

/* hv remembers that no entry restricts an aligned access of M-mode, until an entry changes. */
Test(pmp, the_quick_check_is_used_while_no_entry_borders_inside_a_doubleword, .init = start_usual)
{
	cr_expect(pmp_lets_machine_access(&vcpu, 0x80400000, 8, PMP_ACCESS_WRITE));
	cr_expect(vcpu.pmp.unbound);
	pmp_write_address(&vcpu, 0, 0x20100000 >> 2 | 1);
	cr_expect_not(vcpu.pmp.unbound);
	pmp_write_config(&vcpu, 0, NAPOT_NONE);
	cr_expect(pmp_lets_machine_access(&vcpu, 0x80400000, 8, PMP_ACCESS_WRITE));
	cr_expect(vcpu.pmp.unbound, "16 bytes at a multiple of 16");
	pmp_write_config(&vcpu, 0, PMP_NA4 << 3);
	cr_expect_not(vcpu.pmp.unbound);
	cr_expect(pmp_lets_machine_access(&vcpu, 0x80400000, 8, PMP_ACCESS_WRITE));
	cr_expect_not(vcpu.pmp.unbound, "4 bytes");
	pmp_write_config(&vcpu, 0, 0x80 | NAPOT_NONE);
	cr_expect(pmp_lets_machine_access(&vcpu, 0x80400000, 8, PMP_ACCESS_WRITE));
	cr_expect_not(vcpu.pmp.unbound, "a locked entry restricts M-mode");
}

/* The access starts 2 bytes before 2^64. */
static bool wrapping_access_is_allowed(bool machine_mode)
{
	return pmp_allows(&vcpu, -2ull, 4, PMP_ACCESS_READ, machine_mode);
}

Test(pmp, an_access_that_wraps_around_to_address_0_is_denied_in_each_mode)
{
	for (unsigned machine_mode = 0; machine_mode < 2; machine_mode++) {
		start_usual();
		cr_expect_not(wrapping_access_is_allowed(machine_mode), "no entry matches");
		pmp_write_address(&vcpu, 0, ~0ull); /* before the entry is locked: a locked entry keeps its address */
		pmp_write_config(&vcpu, 0, PMPCFG_L | NAPOT_NONE | 7);
		cr_assert_eq(pmp_read_address(&vcpu, 0), PMPADDR_ADDRESS);
		cr_expect_not(wrapping_access_is_allowed(machine_mode), "entry 0 allows access to all memory");
		start(16, 4, PMP_OWN_ENTRIES, 0);
		cr_expect_not(wrapping_access_is_allowed(machine_mode), "the firmware has no entries");
	}
}
