/* Tests PMP entries of modules, which have one permission for the firmware and one for the payload. The tests run in two
 * configurations, because only an image with such entries has PMP_VIEW_REDIRECTED as a view of its own. */
#include "hv/virt/pmp.h"

#include "hv/arch/host_hart.h"
#include "hv/testing/testing.h"
#include "hv/virt/machine.h"
#include "hv/virt/vcpu.h"

#define WINDOW 0x90000000ull
#define NAPOT_NONE (PMP_NAPOT << 3)

static struct vcpu vcpu;

/* The permissions R, W and X that the physical entries grant at @p address in @p view, as bits of a pmpcfg byte. */
static unsigned permissions(enum pmp_view view, uint64_t address)
{
	unsigned granted = 0;

	pmp_install(&vcpu, view);
	for (unsigned access = 1; access <= 4; access *= 2)
		granted |= host_pmp_allows(1, address, 8, (enum host_access)access) ? access : 0;
	return granted;
}

/* Boots a hart on which modules have @p modules entries. */
static void start_with_entries(unsigned modules)
{
	host_hart_reset();
	host_pmp_shape(16, 4);
	machine = (struct machine){ 0 };
	machine_probe(64, modules);
	machine_prepare_hart();
	vcpu = (struct vcpu){ 0 };
	vcpu_reset(&vcpu);
	pmp_reset(&vcpu);
}

/* Opens all memory to the payload, and gives the entry of a module in WINDOW one permission for each world. */
static void start_with_own_entry(unsigned firmware, unsigned payload)
{
	start_with_entries(1);
	pmp_write_address(&vcpu, 0, ~0ull);
	pmp_write_config(&vcpu, 0, NAPOT_NONE | 7);
	pmp_set_own_entry(&vcpu, PMP_ENTRY_MODULES, (uint8_t)(NAPOT_NONE | firmware), (uint8_t)(NAPOT_NONE | payload),
			  pmp_napot(WINDOW, 4096));
}

Test(pmp_module, a_modules_entry_has_the_firmwares_permission_in_all_views_except_the_payloads)
{
	static const unsigned all[] = { 0, 1, 3, 4, 5, 7 };

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (unsigned j = 0; j < sizeof(all) / sizeof(all[0]); j++) {
			unsigned firmware = all[i], payload = all[j];
			/* Without modules, hv makes accesses under MPRV in the payload's view. */
			unsigned redirected = PMP_VIEW_REDIRECTED == PMP_VIEW_PAYLOAD ? payload : firmware;

			start_with_own_entry(firmware, payload);
			require(permissions(PMP_VIEW_FIRMWARE, WINDOW) == firmware, "%u, %u", firmware, payload);
			require(permissions(PMP_VIEW_MPRV, WINDOW) == (firmware & 4), "%u, %u", firmware, payload);
			require(permissions(PMP_VIEW_PAYLOAD, WINDOW) == payload, "%u, %u", firmware, payload);
			require(permissions(PMP_VIEW_REDIRECTED, WINDOW) == redirected, "%u, %u", firmware, payload);
		}
}

Test(pmp_module, virtual_entries_apply_to_accesses_under_mprv_as_to_the_payload)
{
	start_with_own_entry(0, 0);
	cr_expect_eq(permissions(PMP_VIEW_REDIRECTED, WINDOW + 4096), 7);
	pmp_write_config(&vcpu, 0, NAPOT_NONE | 1);
	cr_expect_eq(permissions(PMP_VIEW_REDIRECTED, WINDOW + 4096), 1);
	cr_expect_eq(permissions(PMP_VIEW_PAYLOAD, WINDOW + 4096), 1);
	cr_expect_eq(permissions(PMP_VIEW_FIRMWARE, WINDOW + 4096), 7);
	pmp_write_config(&vcpu, 0, 0);
	cr_expect_eq(permissions(PMP_VIEW_REDIRECTED, WINDOW + 4096), 0, "no entry matches");
}

/* Gives a module two entries, of which the first one is OFF. The second one permits @p firmware and @p payload. */
static void start_with_two_entries(unsigned match, uint64_t previous, uint64_t address, unsigned firmware,
				   unsigned payload)
{
	start_with_entries(2);
	pmp_set_own_entry(&vcpu, PMP_ENTRY_MODULES, PMP_OFF << 3, PMP_OFF << 3, previous >> 2);
	pmp_set_own_entry(&vcpu, PMP_ENTRY_MODULES + 1, (uint8_t)(match << 3 | firmware),
			  (uint8_t)(match << 3 | payload),
			  match == PMP_NAPOT ? pmp_napot(address, 4096) : address >> 2);
}

/* Whether an entry without permissions closes a byte from @p first to @p last. */
static bool closes(unsigned match, uint64_t previous, uint64_t address, uint64_t first, uint64_t last)
{
	start_with_two_entries(match, previous, address, 0, 0);
	return pmp_modules_close(&vcpu, PMP_VIEW_PAYLOAD, first, last);
}

Test(pmp_module, an_entry_closes_its_region_to_a_guest_that_may_not_both_read_and_write)
{
	for (unsigned firmware = 0; firmware < 8; firmware++)
		for (unsigned payload = 0; payload < 8; payload++) {
			start_with_two_entries(PMP_NAPOT, 0, WINDOW, firmware, payload);
			require(pmp_modules_close(&vcpu, PMP_VIEW_FIRMWARE, WINDOW, WINDOW) == ((firmware & 3) != 3),
				"firmware %u, payload %u", firmware, payload);
			require(pmp_modules_close(&vcpu, PMP_VIEW_PAYLOAD, WINDOW, WINDOW) == ((payload & 3) != 3),
				"firmware %u, payload %u", firmware, payload);
		}
}

Test(pmp_module, an_entry_closes_a_region_if_they_have_a_byte_in_common)
{
	const uint64_t end = WINDOW + 4096;

	for (uint64_t first = WINDOW - 2; first <= end + 1; first++)
		for (uint64_t last = first; last <= end + 1; last += last < WINDOW + 2 || last > end - 3 ? 1 : 512) {
			bool common = first < end && last >= WINDOW;

			if (first > WINDOW + 2 && first < end - 3)
				continue;
			require(closes(PMP_NAPOT, 0, WINDOW, first, last) == common, "%lx to %lx", first, last);
			require(closes(PMP_TOR, WINDOW, end, first, last) == common, "%lx to %lx", first, last);
			require(!closes(PMP_OFF, WINDOW, end, first, last), "%lx to %lx", first, last);
		}
	pmp_write_address(&vcpu, 0, (WINDOW + 4) >> 2);
	pmp_write_address(&vcpu, 1, (WINDOW + 16) >> 2);
	pmp_write_config(&vcpu, 0, PMP_TOR << 11 | 7 << 8);
	cr_expect(pmp_splits_doubleword(&vcpu, WINDOW, end) && pmp_splits_doubleword(&vcpu, WINDOW + 4, WINDOW + 4));
	cr_expect(!pmp_splits_doubleword(&vcpu, WINDOW + 5, end), "the region ends at a doubleword");
	cr_expect(!pmp_splits_doubleword(&vcpu, 0, WINDOW + 3), "its first byte is behind these");
	pmp_write_address(&vcpu, 1, (WINDOW + 20) >> 2);
	cr_expect(pmp_splits_doubleword(&vcpu, WINDOW + 5, end), "the region ends inside a doubleword");
	cr_expect(!closes(PMP_TOR, end, WINDOW, 0, ~0ull), "a TOR range that ends before it begins is empty");
}

/* Gives hv an entry of 4 KiB at WINDOW, and a module two entries: 8 KiB at WINDOW, and the 64 KiB around them. */
static void start_with_nested_entries(unsigned inner, unsigned outer)
{
	start_with_entries(2);
	pmp_set_own_entry(&vcpu, PMP_ENTRY_HV, NAPOT_NONE, NAPOT_NONE, pmp_napot(WINDOW, 4096));
	pmp_set_own_entry(&vcpu, PMP_ENTRY_MODULES, (uint8_t)(NAPOT_NONE | inner), NAPOT_NONE, pmp_napot(WINDOW, 8192));
	pmp_set_own_entry(&vcpu, PMP_ENTRY_MODULES + 1, (uint8_t)(NAPOT_NONE | outer), NAPOT_NONE | 7,
			  pmp_napot(WINDOW, 65536));
}

static unsigned denies(uint64_t first, uint64_t last, enum pmp_access access)
{
	return pmp_denying_entry(&vcpu, first, last, access, PMP_VIEW_FIRMWARE);
}

Test(pmp_module, the_first_entry_that_matches_an_access_denies_it_or_none_does)
{
	const uint64_t inner = WINDOW + 4096, outer = WINDOW + 8192, end = WINDOW + 65536;

	start_with_nested_entries(1, 0);
	cr_expect_eq(denies(WINDOW, WINDOW + 7, PMP_ACCESS_WRITE), 0, "hv's entry comes first");
	cr_expect_eq(denies(inner - 1, inner, PMP_ACCESS_WRITE), 0, "hv's entry matches a byte");
	cr_expect_eq(denies(inner, inner + 7, PMP_ACCESS_WRITE), PMP_ENTRY_MODULES);
	cr_expect_eq(denies(inner, inner + 7, PMP_ACCESS_READ), 0, "the entry permits the access");
	cr_expect_eq(denies(outer - 4, outer + 3, PMP_ACCESS_READ), PMP_ENTRY_MODULES, "it matches only in part");
	cr_expect_eq(denies(outer, outer, PMP_ACCESS_EXECUTE), PMP_ENTRY_MODULES + 1);
	cr_expect_eq(denies(end - 1, end, PMP_ACCESS_READ), PMP_ENTRY_MODULES + 1);
	cr_expect_eq(denies(end, end + 7, PMP_ACCESS_READ), 0);
	cr_expect_eq(denies(WINDOW - 8, WINDOW - 1, PMP_ACCESS_READ), 0);
	cr_expect_eq(denies(0, ~0ull, PMP_ACCESS_READ), 0, "hv's entry matches a byte");
}

Test(pmp_module, each_guest_is_denied_what_its_own_permission_lacks)
{
	start_with_nested_entries(7, 0);
	cr_expect_eq(denies(WINDOW + 4096, WINDOW + 4096, PMP_ACCESS_READ), 0);
	cr_expect_eq(pmp_denying_entry(&vcpu, WINDOW + 4096, WINDOW + 4096, PMP_ACCESS_READ, PMP_VIEW_PAYLOAD),
		     PMP_ENTRY_MODULES);
	cr_expect_eq(pmp_denying_entry(&vcpu, WINDOW + 8192, WINDOW + 8192, PMP_ACCESS_READ, PMP_VIEW_PAYLOAD), 0);
}
