/* Tests which differences between two harts hv notices. The harts are simulated: each test changes one of them, and hv
 * examines both in the same way as at boot. */
#include "hv/core/property.h"

#include <string.h>

#include "hv/core/core.h"
#include "hv/core/join.h"
#include "hv/testing/hart.h"

/* ---- ways in which a hart can differ ---- */

static void lacks_supervisor(void)
{
	host_csr_remove(CSR_satp);
}

static void has_other_extensions(void)
{
	host_hart.csr[CSR_misa].value &= ~MISA('V') & ~MISA('B');
	host_hart.csr[CSR_misa].value ^= MISA('D');
}

static void lacks_time(void)
{
	host_csr_remove(CSR_time);
}

static void lacks_menvcfg(void)
{
	host_csr_remove(CSR_menvcfg);
}

static void lacks_mcounteren(void)
{
	host_csr_remove(CSR_mcounteren);
}

static void lacks_mcountinhibit(void)
{
	host_csr_remove(CSR_mcountinhibit);
}

static void lacks_senvcfg(void)
{
	host_csr_remove(CSR_senvcfg);
}

static void has_landing_pads(void)
{
	host_hart.csr[CSR_mstatus].writable |= MSTATUS_MPELP;
}

static void delegates_less(void)
{
	host_hart.csr[CSR_medeleg].writable &= ~1ull;
}

static void lacks_sstc(void)
{
	host_hart.csr[CSR_menvcfg].writable &= ~MENVCFG_STCE;
}

static void has_few_counters(void)
{
	host_hart.csr[CSR_mcounteren].writable = 7;
}

static void inhibits_few_counters(void)
{
	host_hart.csr[CSR_mcountinhibit].writable = 5;
}

static void has_few_causes(void)
{
	host_hart.csr[CSR_mcause].writable = 1ull << 63 | 0xf;
}

static void has_narrow_values(void)
{
	host_hart.csr[CSR_mtval].writable = 0xffffffffff;
}

static void lacks_svinval(void)
{
	host_hart.has_svinval = false;
}

static void lacks_zawrs(void)
{
	host_hart.has_zawrs = false;
}

static void lacks_zicboz(void)
{
	host_hart.has_zicboz = false;
}

static void lacks_zicbom(void)
{
	host_hart.has_zicbom = false;
}

static void has_locked_entry(void)
{
	host_hart.csr[CSR_pmpcfg].value = 0x80ull << 16;
}

static void has_more_entries(void)
{
	host_pmp_shape(64, 4);
}

static void has_unusable_entries(void)
{
	host_hart.pmp_usable = 8;
}

static void has_coarse_entries(void)
{
	host_pmp_shape(16, 4096);
}

static void matches_at_zero(void)
{
	host_hart.pmp_tor_at_zero_matches = true;
}

/* One way for each property. The initialiser of a second way for the same property would be an error. */
static void (*const ways[])(void) = {
	[PROPERTY_has_supervisor] = lacks_supervisor,
	[PROPERTY_misa] = has_other_extensions,
	[PROPERTY_has_time] = lacks_time,
	[PROPERTY_has_menvcfg] = lacks_menvcfg,
	[PROPERTY_has_mcounteren] = lacks_mcounteren,
	[PROPERTY_has_mcountinhibit] = lacks_mcountinhibit,
	[PROPERTY_has_senvcfg] = lacks_senvcfg,
	[PROPERTY_mstatus_mask] = has_landing_pads,
	[PROPERTY_medeleg_mask] = delegates_less,
	[PROPERTY_menvcfg_mask] = lacks_sstc,
	[PROPERTY_mcounteren_mask] = has_few_counters,
	[PROPERTY_inhibit_mask] = inhibits_few_counters,
	[PROPERTY_cause_mask] = has_few_causes,
	[PROPERTY_value_mask] = has_narrow_values,
	[PROPERTY_has_svinval] = lacks_svinval,
	[PROPERTY_has_zawrs] = lacks_zawrs,
	[PROPERTY_has_zicboz] = lacks_zicboz,
	[PROPERTY_has_zicbom] = lacks_zicbom,
	[PROPERTY_pmp_locked] = has_locked_entry,
	[PROPERTY_pmp_machine] = has_more_entries,
	[PROPERTY_pmp_used] = has_unusable_entries,
	[PROPERTY_pmp_granule] = has_coarse_entries,
	[PROPERTY_pmp_tor_at_zero_matches] = matches_at_zero,
};

/* ---- examining ---- */

void boot_error(const char *format, ...)
{
	cr_assert_fail("boot_error: %s", format);
	for (;;)
		;
}

/* Examines a hart of QEMU's virt board, after @p way has changed it. `machine` contains @p fill bytes before. */
static struct machine examined(void (*way)(void), int fill)
{
	host_hart_reset();
	host_memory_add((uint64_t)&machine, sizeof(machine), &machine);
	if (way)
		way();
	memset(&machine, fill, sizeof(machine));
	join_examine();
	return machine;
}

/* The properties that differ between two harts, as bits. */
static uint64_t differences(const struct machine *a, const struct machine *b)
{
	uint64_t found = 0;

	for (enum property_of_hart at = PROPERTY_COUNT; (at = property_difference(a, b, at)) != PROPERTY_COUNT;)
		found |= 1ull << at;
	return found;
}

/* Properties that also change if the given one does, because one follows from the other. */
static uint64_t also_changed(enum property_of_hart property)
{
	switch (property) {
	case PROPERTY_has_menvcfg:
		return 1ull << PROPERTY_menvcfg_mask;
	case PROPERTY_has_mcounteren:
		return 1ull << PROPERTY_mcounteren_mask;
	case PROPERTY_has_mcountinhibit:
		return 1ull << PROPERTY_inhibit_mask;
	case PROPERTY_pmp_machine:
		return 1ull << PROPERTY_pmp_used;
	case PROPERTY_pmp_locked: /* hv examines PMP no further */
		return 1ull << PROPERTY_pmp_used | 1ull << PROPERTY_pmp_granule;
	default:
		return 0;
	}
}

/* ---- tests ---- */

Test(property, two_harts_that_are_alike_have_no_difference)
{
	struct machine boot = examined(NULL, 0), other = examined(NULL, 0);

	cr_expect_eq(differences(&boot, &other), 0);
}

Test(property, each_property_that_differs_is_found_and_no_other_one)
{
	struct machine boot = examined(NULL, 0);

	cr_assert_eq(sizeof(ways) / sizeof(ways[0]), PROPERTY_COUNT, "each property needs a way to differ");
	for (enum property_of_hart property = 0; property < PROPERTY_COUNT; property++) {
		cr_assert_not_null(ways[property], "%s has no test", property_name(property));

		struct machine other = examined(ways[property], 0);
		uint64_t expected = 1ull << property | also_changed(property);

		cr_expect_eq(differences(&boot, &other), expected, "%s: %lx instead of %lx", property_name(property),
			     differences(&boot, &other), expected);
		cr_expect_eq(differences(&other, &boot), expected, "%s, in the other direction",
			     property_name(property));
	}
}

/* Examines one hart twice, with different contents of `machine` before. Bytes that are the same afterwards have been
 * written. */
Test(property, everything_that_hv_examines_is_a_property_or_follows_from_one)
{
	struct machine first = examined(NULL, 0x55), second = examined(NULL, 0xaa);
	uint8_t known[sizeof(struct machine)] = { 0 };

#define PROPERTY(member, name) memset(known + offsetof(struct machine, member), 1, sizeof(first.member));
#include "hv/core/property.def"
	PROPERTY(has_hypervisor, "")
	PROPERTY(pc_mask, "")
	PROPERTY(pmp_modules, "")
	PROPERTY(pmp_virtual, "")
#undef PROPERTY
	for (size_t i = 0; i < sizeof(first); i++)
		cr_expect_eq(((uint8_t *)&first)[i] == ((uint8_t *)&second)[i], known[i], "byte %zu of struct machine",
			     i);
}

Test(property, a_hart_without_s_mode_has_no_other_difference)
{
	struct machine boot = examined(NULL, 0), other = examined(lacks_supervisor, 0);

	cr_expect_eq(property_difference(&boot, &other, PROPERTY_COUNT), PROPERTY_has_supervisor);
	cr_expect_neq(boot.misa, other.misa, "nothing else has been examined");
}

Test(property, a_message_can_name_each_property_and_show_its_value)
{
	struct machine boot = examined(NULL, 0), locked = examined(has_locked_entry, 0);

	cr_expect_str_eq(property_name(PROPERTY_has_supervisor), "S-mode");
	cr_expect_str_eq(property_name(PROPERTY_pmp_tor_at_zero_matches), "the effect of a TOR entry from 0 to 0");
	cr_expect_eq(property_value(&boot, PROPERTY_has_supervisor), 1);
	cr_expect_eq(property_value(&boot, PROPERTY_misa), boot.misa);
	cr_expect_eq(property_value(&boot, PROPERTY_pmp_granule), 4);
	cr_expect_eq(property_value(&boot, PROPERTY_pmp_locked), 0xffffffff);
	cr_expect_eq(property_value(&locked, PROPERTY_pmp_locked), 2);
}
