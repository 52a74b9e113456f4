/* Tests the parts of accesses to CSRs that need a special machine or a special history: fences of guest translations,
 * counters that run on, fields whose value the hardware refuses, the sets of CSRs that hv has found to exist, and writes
 * that never happen. */
#include "hv/virt/csr_code.h"

#include <string.h>

#include "hv/testing/hart.h"
#include "hv/testing/testing.h"
#include "hv/virt/csr.h"

#define FENCE "sfence.vma x0, x0"
#define GUEST_FENCE ".insn r 0x73, 0, 0x31, x0, x0, x0"

static struct vcpu vcpu;

static void start(void)
{
	testing_boot_usual(&vcpu);
}

static uint64_t get(unsigned number)
{
	return testing_csr(&vcpu, number);
}

static void set(unsigned number, uint64_t value)
{
	testing_set_csr(&vcpu, number, value);
}

/* Each CSR that lives in the hardware, and its slot. */
static const struct {
	unsigned first, slot, count;
} hardware[] = {
#define IN_MEMORY(first, name, count)
#define IN_HARDWARE(first, name, count) { first, CSR_SLOT_##name, count },
#define IN_CONSTANT IN_MEMORY
#define IN_CODE IN_MEMORY
#define IN_HIDDEN IN_MEMORY
#define CSR(number, name, lives) IN_##lives(number, name, 1)
#define CSR_RANGE(first, name, count, lives) IN_##lives(first, name, count)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
};

static void require_noted(const uint64_t *noted, unsigned slot, bool is_noted, unsigned number)
{
	uint64_t want[CSR_SLOT_WORDS] = { 0 };

	if (is_noted)
		want[slot / 64] = 1ull << slot % 64;
	require(memcmp(noted, want, sizeof(want)) == 0, "CSR %x, slot %u", number, slot);
}

/* Fast paths access a CSR without a guard if its bit is set in these sets. */
Test(csr_code, a_successful_access_to_the_hardware_sets_the_bit_of_its_slot_and_no_other)
{
	for (unsigned i = 0; i < sizeof(hardware) / sizeof(hardware[0]); i++)
		for (unsigned element = 0; element < hardware[i].count; element++) {
			unsigned number = hardware[i].first + element, slot = hardware[i].slot + element;
			uint64_t value;

			start();

			bool exists = host_hart.csr[number].present;
			require((csr_virtual_read(&vcpu, number, &value) == ERROR_NONE) == exists, "CSR %x", number);
			require_noted(vcpu.csr_readable, slot, exists, number);
			require_noted(vcpu.csr_writable, slot, false, number);
			start();
			require((csr_virtual_write(&vcpu, number, CSR_OPERATION_WRITE, 0) == ERROR_NONE) == exists,
				"CSR %x", number);
			require_noted(vcpu.csr_readable, slot, false, number);
			require_noted(vcpu.csr_writable, slot, exists, number);
		}
}

/* One access must not clear the bit of another CSR. */
Test(csr_code, the_bits_of_earlier_accesses_stay_set, .init = start)
{
	uint64_t want[CSR_SLOT_WORDS] = { 0 };

	for (unsigned element = 0; element < 16; element++) {
		set(CSR_mhpmevent + element, get(CSR_mhpmevent + element));
		want[(CSR_SLOT_mhpmevent + element) / 64] |= 1ull << (CSR_SLOT_mhpmevent + element) % 64;
	}
	cr_expect_arr_eq(vcpu.csr_readable, want, sizeof(want));
	cr_expect_arr_eq(vcpu.csr_writable, want, sizeof(want));
}

Test(csr_code, a_change_of_translation_in_menvcfg_is_fenced_for_guests_too_if_the_machine_has_h)
{
	for (unsigned has_h = 0; has_h < 2; has_h++) {
		host_hart_reset();
		if (!has_h)
			host_hart.csr[CSR_misa].value &= ~MISA('H');
		testing_boot(&vcpu);

		unsigned fences = host_statements(FENCE), guest_fences = host_statements(GUEST_FENCE);

		set(CSR_menvcfg, 0);
		cr_expect_eq(host_statements(FENCE), fences + 1);
		cr_expect_eq(host_statements(GUEST_FENCE), guest_fences + has_h);
	}
}

Test(csr_code, a_counter_that_is_inhibited_keeps_the_value_that_it_had_then, .init = start)
{
	static const struct {
		unsigned number, inhibit;
	} counters[] = { { CSR_mcycle, COUNTER_CY }, { CSR_minstret, COUNTER_IR } };

	for (unsigned i = 0; i < 2; i++) {
		set(counters[i].number, 1000000);
		host_hart.csr[counters[i].number].value += 500;
		set(CSR_mcountinhibit, counters[i].inhibit);

		uint64_t value = get(counters[i].number);

		cr_expect_geq(value, 1000500);
		cr_expect_leq(value, 1000520);
		host_hart.csr[counters[i].number].value += 500;
		cr_expect_eq(get(counters[i].number), value);
		set(CSR_mcountinhibit, 0);
	}
}

Test(csr_code, minstret_runs_on_from_the_value_that_is_written, .init = start)
{
	host_hart.csr[CSR_minstret].value = 1000;
	cr_expect_eq(get(CSR_minstret), 1001);
	set(CSR_minstret, 50);
	host_hart.csr[CSR_minstret].value += 200;

	uint64_t value = get(CSR_minstret);

	cr_expect_geq(value, 250);
	cr_expect_leq(value, 260);
}

Test(csr_code, physical_cy_and_ir_do_not_show_in_mcountinhibit, .init = start)
{
	host_hart.csr[CSR_mcountinhibit].value = COUNTER_CY | COUNTER_IR | 0x30;
	cr_expect_eq(get(CSR_mcountinhibit), 0x30);
}

Test(csr_code, senvcfg_keeps_a_field_if_a_reserved_value_is_written, .init = start)
{
	set(CSR_senvcfg, field_set(MENVCFG_CBIE, MENVCFG_FIOM, 1));
	set(CSR_senvcfg, field_set(MENVCFG_CBIE, MENVCFG_CBZE, 2));
	cr_expect_eq(get(CSR_senvcfg), field_set(MENVCFG_CBIE, MENVCFG_CBZE, 1));
}

Test(csr_code, the_write_functions_that_hv_never_calls_refuse, .init = start)
{
	cr_expect_eq(csr_write_mip(&vcpu, 0, 0), ERROR_TRAPPED);
	cr_expect_eq(csr_write_cycle(&vcpu, 0, 0), ERROR_TRAPPED);
	cr_expect_eq(csr_write_time(&vcpu, 0, 0), ERROR_TRAPPED);
	cr_expect_eq(csr_write_instret(&vcpu, 0, 0), ERROR_TRAPPED);
	cr_expect_eq(csr_write_hpmcounter(&vcpu, 0, 0), ERROR_TRAPPED);
}

Test(csr_code, without_menvcfg_the_firmware_can_write_stip)
{
	host_hart_reset();
	host_csr_remove(CSR_menvcfg);
	host_csr_remove(CSR_stimecmp);
	testing_boot(&vcpu);
	set(CSR_mip, IP_STI);
	cr_expect_eq(get(CSR_mip), IP_STI);
	set(CSR_mip, 0);
	cr_expect_eq(get(CSR_mip), 0);
}
