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
	uint64_t value = 0;

	require(csr_virtual_read(&vcpu, number, &value) == ERROR_NONE, "CSR %x cannot be read", number);
	return value;
}

static void set(unsigned number, uint64_t value)
{
	require(csr_virtual_write(&vcpu, number, CSR_OPERATION_WRITE, value) == ERROR_NONE, "CSR %x cannot be written",
		number);
}

/* Fast paths access a CSR without a guard if its bit is set here. */
Test(csr_code, each_successful_access_to_the_hardware_is_noted_and_no_other, .init = start)
{
	static const struct {
		unsigned number, slot;
	} csrs[] = { { CSR_stvec, CSR_SLOT_stvec },
		     { CSR_sscratch, CSR_SLOT_sscratch },
		     { CSR_mhpmcounter + 3, CSR_SLOT_mhpmcounter + 3 },
		     { CSR_mhpmevent, CSR_SLOT_mhpmevent },
		     { CSR_mhpmevent + 28, CSR_SLOT_mhpmevent + 28 } };
	uint64_t noted[CSR_SLOT_WORDS] = { 0 };
	uint64_t value;

	for (unsigned i = 0; i < sizeof(csrs) / sizeof(csrs[0]); i++) {
		get(csrs[i].number);
		noted[csrs[i].slot / 64] |= 1ull << csrs[i].slot % 64;
		cr_expect_arr_eq(vcpu.csr_readable, noted, sizeof(noted), "reads up to CSR %x", csrs[i].number);
	}
	memset(noted, 0, sizeof(noted));
	for (unsigned i = 0; i < sizeof(csrs) / sizeof(csrs[0]); i++) {
		cr_expect_arr_eq(vcpu.csr_writable, noted, sizeof(noted), "writes before CSR %x", csrs[i].number);
		set(csrs[i].number, 0);
		noted[csrs[i].slot / 64] |= 1ull << csrs[i].slot % 64;
	}
	host_csr_remove(CSR_stimecmp);
	cr_expect_eq(csr_virtual_read(&vcpu, CSR_stimecmp, &value), ERROR_TRAPPED);
	cr_expect_eq(csr_virtual_write(&vcpu, CSR_stimecmp, CSR_OPERATION_WRITE, 0), ERROR_TRAPPED);
	cr_expect_arr_eq(vcpu.csr_writable, noted, sizeof(noted));
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
