/* Tests which features of the machine hv finds at boot, and how hv sets up a hart. */
#include "hv/virt/machine.h"

#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

static void probe(void)
{
	machine = (struct machine){ 0 };
	machine_probe(64, 0);
}

static void start(void)
{
	host_hart_reset();
}

Test(machine, probing_restores_every_register, .init = start)
{
	uint64_t seed = 1, before[HOST_CSRS];

	host_csr_set(CSR_mstatus, MSTATUS_FS); /* for fcsr */
	for (unsigned number = 0; number < HOST_CSRS; number++)
		if (host_hart.csr[number].present && number >> 10 != 3 && number != CSR_mstatus)
			host_csr_write(number, random_next(&seed) & 0x7f7f7f7f7f7f7f7f);
	for (unsigned number = 0; number < HOST_CSRS; number++)
		before[number] = host_hart.csr[number].value;
	probe();
	for (unsigned number = 0; number < HOST_CSRS; number++) {
		bool of_traps = number == CSR_mcause || number == CSR_mtval || number == CSR_mepc;
		bool counts = number == CSR_mcycle || number == CSR_minstret || number == CSR_time;
		bool probed_once = (number >= CSR_pmpaddr && number <= CSR_pmpaddr_last) || number == CSR_pmpcfg ||
				   number == CSR_satp; /* pmp_reset and machine_prepare_hart reset these */

		if (!of_traps && !counts && !probed_once)
			cr_expect_eq(host_hart.csr[number].value, before[number], "CSR %x", number);
	}
}

Test(machine, masks_contain_the_bits_that_the_machine_keeps_and_hv_exposes, .init = start)
{
	probe();
	cr_expect_eq(machine.medeleg_mask, 0xb1ff);
	cr_expect_eq(machine.menvcfg_mask, 0xe0000000000000f1);
	cr_expect_eq(machine.mcounteren_mask, 0xffffffff);
	cr_expect_eq(machine.inhibit_mask, 0xfffffffd);
	cr_expect_eq(machine.pc_mask, ~1ull);
	cr_expect(machine.has_hypervisor && machine.has_menvcfg && machine.has_mcounteren && machine.has_supervisor &&
		  machine.has_senvcfg && machine.has_mcountinhibit);
	cr_expect(machine.has_svinval && machine.has_zawrs && machine.has_zicbom && machine.has_zicboz);
	cr_expect_eq(machine.pmp_machine, 16);
	cr_expect_eq(machine.pmp_locked, -1);
}

Test(machine, a_tor_entry_from_0_to_0_matches_nothing_if_the_machine_follows_the_manual, .init = start)
{
	host_memory_add((uint64_t)&machine, sizeof(machine), &machine);
	probe();
	cr_expect_not(machine.pmp_tor_at_zero_matches);
}

Test(machine, a_tor_entry_from_0_to_0_matches_everything_if_the_machine_does_as_qemu, .init = start)
{
	unsigned fences = host_statements("sfence.vma x0, x0");

	host_hart.pmp_tor_at_zero_matches = true;
	host_memory_add((uint64_t)&machine, sizeof(machine), &machine);
	host_csr_write(CSR_satp, 8ull << 60);
	probe();
	cr_expect(machine.pmp_tor_at_zero_matches);
	cr_expect_eq(host_statements("sfence.vma x0, x0"), fences + 2, "PMP must be fenced before each try");
	for (unsigned entry = 0; entry < 16; entry += 8)
		cr_expect_eq(host_csr_read(CSR_pmpcfg + entry / 8 * 2), 0);
}

Test(machine, probing_leaves_no_landing_pad_behind, .init = start)
{
	host_hart.csr[CSR_mstatus].writable |= MSTATUS_MPELP;
	probe();
	cr_expect_eq(machine.mstatus_mask & MSTATUS_MPELP, MSTATUS_MPELP);
	cr_expect_eq(host_csr_read(CSR_mstatus) & MSTATUS_MPELP, 0);
	start();
	probe();
	cr_expect_eq(machine.mstatus_mask & MSTATUS_MPELP, 0);
}

Test(machine, probing_notices_each_register_and_extension_that_is_absent, .init = start)
{
	host_csr_remove(CSR_menvcfg);
	host_csr_remove(CSR_mcounteren);
	host_csr_remove(CSR_mcountinhibit);
	host_csr_remove(CSR_senvcfg);
	host_hart.csr[CSR_misa].value &= ~(MISA('H') | MISA('C'));
	host_hart.has_svinval = host_hart.has_zawrs = host_hart.has_zicbom = host_hart.has_zicboz = false;
	probe();
	cr_expect_not(machine.has_hypervisor || machine.has_menvcfg || machine.has_mcounteren || machine.has_senvcfg ||
		      machine.has_mcountinhibit);
	cr_expect_not(machine.has_svinval || machine.has_zawrs || machine.has_zicbom || machine.has_zicboz);
	cr_expect_eq(machine.menvcfg_mask, 0);
	cr_expect_eq(machine.pc_mask, ~3ull);
}

Test(machine, a_hart_that_lacks_any_of_three_registers_counts_as_having_no_s_mode)
{
	static const unsigned needed[] = { CSR_medeleg, CSR_mideleg, CSR_satp };

	for (unsigned absent = 0; absent < 8; absent++) {
		host_hart_reset();
		for (unsigned i = 0; i < 3; i++)
			if (absent >> i & 1)
				host_csr_remove(needed[i]);
		probe();
		cr_expect_eq(machine.has_supervisor, absent == 0, "absent: %x", absent);
		cr_expect_eq(machine.pmp_machine, absent == 0 ? 16 : 0, "nothing else is probed, absent: %x", absent);
	}
}

Test(machine, pmp_entries_are_counted_up_to_the_limit, .init = start)
{
	static const unsigned limits[] = { 0, 4, 5, 8, 13, 16, 64 };

	for (unsigned entries = 0; entries <= 64; entries += entries ? 48 : 16)
		for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
			unsigned used = entries < limits[i] ? entries : limits[i];

			host_pmp_shape(entries, 4);
			machine_probe(limits[i], 0);
			cr_expect_eq(machine.pmp_machine, entries);
			cr_expect_eq(machine.pmp_used, used);
			cr_expect_eq(machine.pmp_virtual, used > 5 ? used - 5 : 0);
		}
}

Test(machine, pmp_entries_that_always_read_zero_are_not_used, .init = start)
{
	host_hart.pmp_usable = 8;
	probe();
	cr_expect_eq(machine.pmp_machine, 16);
	cr_expect_eq(machine.pmp_used, 8);
	cr_expect_eq(machine.pmp_virtual, 3);
}

Test(machine, a_pmp_entry_that_was_locked_before_boot_is_reported, .init = start)
{
	for (unsigned entry = 0; entry < 16; entry++) {
		host_hart_reset();
		host_hart.csr[CSR_pmpcfg + entry / 8 * 2].value = 0x80ull << entry % 8 * 8;
		host_hart.csr[CSR_pmpcfg + 2].value |= 0x80ull << 56; /* only the first locked entry is reported */
		probe();
		cr_expect_eq(machine.pmp_locked, (int)entry);
		cr_expect_eq(machine.pmp_used, 0, "hv does not try to write PMP");
	}
}

Test(machine, a_hart_is_brought_to_a_known_state, .init = start)
{
	for (unsigned i = 0; i < 4; i++)
		host_hart.csr[CSR_mstateen0 + i] =
			(struct host_csr){ .value = 0, .writable = 0x8000000000000000 >> i, .present = true };
	for (unsigned i = 0; i < 4; i++)
		host_hart.csr[CSR_hstateen0 + i] = (struct host_csr){ .writable = ~0ull, .present = true };
	host_csr_write(CSR_medeleg, ~0ull);
	host_csr_write(CSR_mideleg, ~0ull);
	host_csr_write(CSR_satp, 8ull << 60);
	host_csr_write(CSR_senvcfg, ~0ull);
	host_csr_write(CSR_mcountinhibit, ~0ull);
	host_csr_write(CSR_mie, ~0ull);
	host_csr_write(CSR_mstatus, ~0ull & ~MSTATUS_MPP);
	probe();
	machine_prepare_hart();
	for (unsigned i = 0; i < 4; i++) {
		cr_expect_eq(host_hart.csr[CSR_mstateen0 + i].value, 0x8000000000000000 >> i, "gates are open");
		cr_expect_eq(host_hart.csr[CSR_hstateen0 + i].value, ~0ull);
	}
	cr_expect_eq(host_hart.csr[CSR_medeleg].value, 0);
	cr_expect_eq(host_hart.csr[CSR_mideleg].value, 0);
	cr_expect_eq(host_hart.csr[CSR_satp].value, 0);
	cr_expect_eq(host_hart.csr[CSR_senvcfg].value, 0);
	cr_expect_eq(host_hart.csr[CSR_mcountinhibit].value & (COUNTER_CY | COUNTER_IR), 0);
	cr_expect_eq(host_hart.csr[CSR_mie].value, IP_MSI | IP_MTI);
	cr_expect_eq(host_csr_read(CSR_mstatus), FIRMWARE_STATUS | field_set(MSTATUS_SXL, 0, XLEN_64));
}

Test(machine, guest_memory_is_the_ram_outside_of_hv, .init = start)
{
	machine.hv_base = 0x80000000;
	machine.hv_size = 0x200000;
	testing_set_ram(0x80000000, 0x10000000);
	cr_expect_not(memory_is_guests(0x7fffffff));
	cr_expect_not(memory_is_guests(0x80000000));
	cr_expect_not(memory_is_guests(0x801fffff));
	cr_expect(memory_is_guests(0x80200000));
	cr_expect(memory_is_guests(0x8fffffff));
	cr_expect_not(memory_is_guests(0x90000000));
	cr_expect_not(memory_is_guests(~0ull));
}

static void ram(uint64_t base, uint64_t size)
{
	cr_assert_eq(machine_add_ram(base, size), ERROR_NONE);
}

Test(machine, adjacent_ranges_of_memory_are_merged, .init = start)
{
	static const uint64_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (unsigned overlap = 0; overlap < 2; overlap++)
		for (unsigned order = 0; order < 6; order++) {
			machine.ram_count = 0;
			for (unsigned i = 0; i < 3; i++)
				ram(0x80000000 + 0x1000 * orders[order][i], 0x1000 + overlap * 0x800);
			cr_expect_eq(machine.ram_count, 1);
			cr_expect_eq(machine.ram[0].base, 0x80000000);
			cr_expect_eq(machine.ram[0].size, 0x3000 + overlap * 0x800);
		}
	machine.ram_count = 0;
	ram(0x1000, 0x1000);
	ram(0x2008, 0x1000);
	ram(0, 0xff8);
	cr_expect_eq(machine.ram_count, 3, "8 bytes between them");
	ram(~0ull - 0x1000, 0x1000);
	ram(0x500, 3); /* too small for an instruction of two halfwords */
	cr_expect_eq(machine.ram_count, 4);
}

Test(machine, the_preferred_range_contains_the_firmware_and_every_range_is_guest_memory, .init = start)
{
	machine.hv_base = 0x80000000;
	machine.hv_size = 0x200000;
	testing_set_ram(0x80000000, 0x1000000);
	ram(0x100000000, 0x1000);
	for (unsigned i = 0; i < 2; i++) {
		machine_prefer_ram(i ? 0x80200000 : 0x100000800);
		cr_expect_eq(machine.ram_base, i ? 0x80000000 : 0x100000000);
		cr_expect_eq(machine.word_places, i ? 0xfffffe : 0xffe);
		cr_expect(memory_is_guests(0x100000fff) && memory_is_guests(0x80200000));
		cr_expect_not(memory_is_guests(0x100001000) || memory_is_guests(0x80100000));
	}
	machine.ram_count = 1;
	cr_expect_not(memory_is_guests(0x100000800), "this range is not in the table any more");
	machine_prefer_ram(0x200000000); /* this address is not in memory, so nothing changes */
	cr_expect_eq(machine.ram_base, 0x80000000);
}

Test(machine, the_memory_after_an_address_ends_with_its_range_or_at_hv, .init = start)
{
	machine.hv_base = 0x80200000;
	machine.hv_size = 0x200000;
	testing_set_ram(0x80000000, 0x1000000);
	cr_expect_eq(memory_behind(0x80000000), 0x200000);
	cr_expect_eq(memory_behind(0x801fffff), 1);
	cr_expect_eq(memory_behind(0x80200000), 0);
	cr_expect_eq(memory_behind(0x803fffff), 0);
	cr_expect_eq(memory_behind(0x80400000), 0xc00000);
	cr_expect_eq(memory_behind(0x81000000), 0);
	cr_expect_eq(memory_behind(0x7fffffff), 0);
}

Test(machine, the_memory_after_an_address_does_not_end_at_hv_if_hv_lies_beyond_its_range, .init = start)
{
	machine.hv_base = 0x90000000;
	machine.hv_size = 0x200000;
	testing_set_ram(0x80000000, 0x1000000);
	ram(0x90000000, 0x1000000);
	cr_expect_eq(memory_behind(0x80000000), 0x1000000);
	cr_expect_eq(memory_behind(0x80fffff8), 8);
	cr_expect_eq(memory_behind(0x90200000), 0xe00000);
}

Test(machine, a_range_of_memory_that_does_not_fit_into_the_table_is_reported, .init = start)
{
	machine.ram_count = 0;
	for (unsigned i = 0; i < MEMORY_RANGES_MAX; i++)
		ram(0x10000ull * i, 0x1000);
	cr_expect_eq(machine.ram_count, MEMORY_RANGES_MAX);
	cr_expect_eq(machine_add_ram(0x10000ull * MEMORY_RANGES_MAX, 0x1000), ERROR_FULL);
	cr_expect_eq(machine.ram_count, MEMORY_RANGES_MAX);
	cr_expect_eq(machine_add_ram(0x1000, 0x1000), ERROR_NONE, "this one is merged with the first");
	cr_expect_eq(machine.ram_count, MEMORY_RANGES_MAX);
}
