/* Tests which virtual CSRs exist, which value a read returns after a write, and how a write changes the hardware. */
#include "hv/virt/csr.h"

#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

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

static uint64_t physical(unsigned number)
{
	return host_hart.csr[number].value;
}

/* Calls @p check with 0, with all ones, with each single bit and its complement, and with random values. */
static void with_many_values(void (*check)(uint64_t value))
{
	uint64_t seed = 7;

	check(0);
	check(~0ull);
	for (unsigned bit = 0; bit < 64; bit++) {
		check(1ull << bit);
		check(~(1ull << bit));
	}
	for (unsigned i = 0; i < 20000; i++)
		check(random_bits(&seed));
}

/* ---- which CSRs exist ---- */

/* Whether M-mode would have the CSR on a machine that is like the host's hart but lacks the hidden extensions (tables
 * in 2.2). */
static bool exists(unsigned number)
{
	static const struct {
		unsigned first, last;
	} shown[] = {
		{ 0x100, 0x100 }, { 0x104, 0x106 }, { 0x10a, 0x10a }, { 0x140, 0x144 }, { 0x14d, 0x14d },
		{ 0x180, 0x180 }, { 0x300, 0x306 }, { 0x30a, 0x30a }, { 0x320, 0x320 }, { 0x323, 0x33f },
		{ 0x340, 0x344 }, { 0x3a0, 0x3a0 }, { 0x3a2, 0x3a2 }, { 0x3b0, 0x3bf }, { 0xb00, 0xb00 },
		{ 0xb02, 0xb12 }, { 0xc00, 0xc12 }, { 0xf11, 0xf15 },
	};

	for (unsigned i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (number >= shown[i].first && number <= shown[i].last)
			return true;
	return false;
}

Test(csr, exactly_the_csr_numbers_that_the_machine_has_exist, .init = start)
{
	for (unsigned number = 0; number < CSR_COUNT; number++) {
		uint64_t value;

		require((csr_virtual_read(&vcpu, number, &value) == ERROR_NONE) == exists(number), "read of %x",
			number);
		require((csr_virtual_write(&vcpu, number, CSR_OPERATION_SET, 0) == ERROR_NONE) ==
				(exists(number) && number < 0xc00),
			"write of %x", number);
		if (!exists(number))
			require(csr_virtual_write(&vcpu, number, CSR_OPERATION_WRITE, 0) == ERROR_TRAPPED,
				"write of %x without a read", number);
	}
}

Test(csr, an_access_to_a_register_that_the_machine_lacks_is_illegal_and_changes_nothing)
{
	static const unsigned optional[] = { CSR_mcounteren, CSR_mcountinhibit, CSR_menvcfg, CSR_senvcfg,
					     CSR_stimecmp,   CSR_mhpmcounter,   CSR_time };

	for (unsigned i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		uint64_t value;

		host_hart_reset();
		host_csr_remove(optional[i]);
		testing_boot(&vcpu);

		struct vcpu before = vcpu;

		cr_expect_eq(csr_virtual_read(&vcpu, optional[i], &value), ERROR_TRAPPED);
		cr_expect_eq(csr_virtual_write(&vcpu, optional[i], CSR_OPERATION_WRITE, 1), ERROR_TRAPPED);
		cr_expect_arr_eq(&vcpu, &before, sizeof(vcpu), "CSR %x", optional[i]);
	}
}

Test(csr, machines_without_optional_registers_boot_and_switch_worlds)
{
	host_hart_reset();
	host_csr_remove(CSR_mcounteren);
	host_csr_remove(CSR_mcountinhibit);
	host_csr_remove(CSR_menvcfg);
	host_csr_remove(CSR_senvcfg);
	host_csr_remove(CSR_hstatus);
	host_hart.csr[CSR_misa].value &= ~MISA('H');
	testing_boot(&vcpu);
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
	vcpu_take_trap(&vcpu, CAUSE_ECALL_S, 0);
	testing_switch_world(&vcpu);
	cr_expect_eq(vcpu.world, WORLD_FIRMWARE);
}

Test(csr, csr_operations_do_what_zicsr_says)
{
	/* the numbers are bits 13:12 of the instructions */
	static const uint64_t results[] = { [1] = 0xa, [2] = 0xe, [3] = 0x4 };
	static const enum csr_operation operations[] = {
		[1] = CSR_OPERATION_WRITE, [2] = CSR_OPERATION_SET, [3] = CSR_OPERATION_CLEAR
	};

	for (unsigned i = 1; i < 4; i++) {
		cr_expect_eq((unsigned)operations[i], i);
		cr_expect_eq(csr_operation_result(operations[i], 0xc, 0xa), results[i]);
	}
}

Test(csr, csrs_that_live_in_the_hardware_are_read_and_written_there, .init = start)
{
	static const unsigned numbers[] = { CSR_stvec,           CSR_scounteren,   CSR_sscratch, CSR_sepc,
					    CSR_scause,          CSR_stval,        CSR_stimecmp, CSR_mhpmcounter,
					    CSR_mhpmcounter + 3, CSR_mhpmevent + 5 };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		set(numbers[i], 0x12345670);
		cr_expect_eq(physical(numbers[i]), 0x12345670);
		host_hart.csr[numbers[i]].value = 0x4560;
		cr_expect_eq(get(numbers[i]), 0x4560);
	}
	host_hart.csr[CSR_mhartid].value = 3;
	cr_expect_eq(get(CSR_mhartid), 3);
}

Test(csr, misa_equals_the_machines_without_h_and_cannot_be_written, .init = start)
{
	uint64_t misa = physical(CSR_misa);

	cr_expect(misa & MISA('H'));
	cr_expect_eq(get(CSR_misa), misa & ~MISA('H'));
	set(CSR_misa, 0);
	cr_expect_eq(get(CSR_misa), misa & ~MISA('H'));
}

/* ---- registers in memory ---- */

static void check_mepc(uint64_t value)
{
	set(CSR_mepc, value);
	require(get(CSR_mepc) == (value & ~1ull), "mepc %lx", value);
}

Test(csr, bit_0_of_mepc_is_zero, .init = start)
{
	with_many_values(check_mepc);
}

static void check_mepc_without_c(uint64_t value)
{
	set(CSR_mepc, value);
	require(get(CSR_mepc) == (value & ~3ull), "mepc %lx", value);
}

Test(csr, without_compressed_instructions_bit_1_of_mepc_is_zero_too)
{
	host_hart_reset();
	host_hart.csr[CSR_misa].value &= ~MISA('C');
	testing_boot(&vcpu);
	with_many_values(check_mepc_without_c);
}

static void check_mcause(uint64_t value)
{
	set(CSR_mcause, value);
	set(CSR_mtval, value);
	set(CSR_mscratch, value);
	require(get(CSR_mcause) == (value & 0x800000000000003f), "mcause %lx", value);
	require(get(CSR_mtval) == (value & 0xffffffff) && get(CSR_mscratch) == value, "mtval %lx", value);
}

Test(csr, mcause_and_mtval_keep_the_same_bits_as_the_physical_registers)
{
	host_hart_reset();
	host_hart.csr[CSR_mcause].writable = 0x800000000000003f;
	host_hart.csr[CSR_mtval].writable = 0xffffffff;
	testing_boot(&vcpu);
	with_many_values(check_mcause);
}

/* ---- mtvec, delegation, enables ---- */

Test(csr, a_write_of_a_reserved_mode_to_mtvec_keeps_the_old_value, .init = start)
{
	for (uint64_t value = 0x80200000; value < 0x80200100; value++) {
		set(CSR_mtvec, 0x1001);
		set(CSR_mtvec, value);
		require(get(CSR_mtvec) == (value % 4 < 2 ? value : 0x1001), "mtvec %lx", value);
	}
}

static void check_medeleg(uint64_t value)
{
	set(CSR_medeleg, value);
	require(get(CSR_medeleg) == (value & 0xb1ff), "medeleg %lx reads %lx", value, get(CSR_medeleg));
	require(physical(CSR_medeleg) == 0, "the firmware's own traps come to hv");
}

Test(csr, medeleg_keeps_the_machines_causes_except_those_of_the_hypervisor_extension, .init = start)
{
	with_many_values(check_medeleg);
}

static void check_mideleg(uint64_t value)
{
	set(CSR_mideleg, value);
	require(get(CSR_mideleg) == (value & 0x222), "mideleg %lx reads %lx", value, get(CSR_mideleg));
}

Test(csr, mideleg_has_only_supervisor_interrupts_even_if_physical_hypervisor_bits_are_1, .init = start)
{
	with_many_values(check_mideleg);
}

static void check_mie(uint64_t value)
{
	uint64_t delegated = get(CSR_mideleg);

	set(CSR_mie, value);
	require(get(CSR_mie) == (value & 0xaaa), "mie %lx", value);

	uint64_t enabled = vcpu.mstatus & MSTATUS_MIE ? value & (0x800 | (0x222 & ~delegated)) : 0;

	require(physical(CSR_mie) == (0x88 | enabled), "physical mie for %lx: %lx", value, physical(CSR_mie));
}

Test(csr, the_physical_mie_of_the_firmware_world_is_as_in_architecture_md, .init = start)
{
	for (unsigned delegated = 0; delegated < 8; delegated++) {
		set(CSR_mideleg, (delegated & 1) << 1 | (delegated & 2) << 4 | (delegated & 4) << 7);
		set(CSR_mstatus, 0);
		with_many_values(check_mie);
		set(CSR_mstatus, MSTATUS_MIE);
		with_many_values(check_mie);
	}
}

Test(csr, sie_and_sip_show_only_delegated_interrupts, .init = start)
{
	set(CSR_mideleg, IP_SSI | IP_SEI);
	set(CSR_mie, 0xaaa);
	cr_expect_eq(get(CSR_sie), IP_SSI | IP_SEI);
	set(CSR_sie, 0);
	cr_expect_eq(get(CSR_mie), 0xaaa & ~(IP_SSI | IP_SEI));
	set(CSR_sie, ~0ull);
	cr_expect_eq(get(CSR_mie), 0xaaa);
	host_hart.wires = IP_STI | IP_SEI | IP_MEI;
	cr_expect_eq(get(CSR_sip), IP_SEI);
	set(CSR_sip, ~0ull);
	cr_expect_eq(physical(CSR_mip), IP_SSI);
	cr_expect_eq(csr_virtual_write(&vcpu, CSR_sip, CSR_OPERATION_CLEAR, ~0ull), ERROR_NONE);
	cr_expect_eq(physical(CSR_mip), 0);
	set(CSR_mideleg, 0);
	set(CSR_sip, IP_SSI);
	cr_expect_eq(physical(CSR_mip), 0);
}

/* ---- mip ---- */

static void check_mip(uint64_t value)
{
	static const enum csr_operation operations[] = { CSR_OPERATION_WRITE, CSR_OPERATION_SET, CSR_OPERATION_CLEAR };
	bool sstc = physical(CSR_menvcfg) & MENVCFG_STCE;
	uint64_t writable = sstc ? IP_SSI | IP_SEI : IP_S_BITS;

	for (unsigned i = 0; i < 3; i++)
		for (unsigned start_bits = 0; start_bits < 4; start_bits++) {
			uint64_t old = (start_bits & 1 ? IP_SEI : 0) | (start_bits & 2 ? IP_SSI : 0), want;

			host_hart.csr[CSR_mip].value = old;
			cr_assert_eq(csr_virtual_write(&vcpu, CSR_mip, operations[i], value), ERROR_NONE);
			want = field_merge(writable, old, csr_operation_result(operations[i], old, value));
			require(physical(CSR_mip) == want, "mip %lx, operation %u, %lx", old, operations[i], value);
			require(get(CSR_mip) == ((want | host_hart.wires) & (IP_S_BITS | IP_MEI)), "mip reads");
		}
}

Test(csr, the_external_signal_of_seip_is_read_but_never_written_back, .init = start)
{
	for (unsigned i = 0; i < 4; i++) {
		host_hart.wires = (i & 1 ? IP_SEI : 0) | (i & 2 ? IP_MEI | IP_MSI | IP_MTI : 0);
		set(CSR_menvcfg, 0);
		with_many_values(check_mip);
		set(CSR_menvcfg, MENVCFG_STCE);
		with_many_values(check_mip);
	}
}

Test(csr, the_firmware_cannot_change_the_machine_interrupts_in_mip, .init = start)
{
	set(CSR_mip, ~0ull);
	cr_expect_eq(get(CSR_mip) & IP_M_BITS, 0);
	vcpu.machine_timer = true;
	atomic_store(&vcpu.machine_software, 1);
	set(CSR_mip, 0);
	cr_expect_eq(get(CSR_mip), IP_MSI | IP_MTI);
}

/* ---- mstatus ---- */

static void check_mstatus(uint64_t value)
{
	uint64_t old = get(CSR_mstatus);
	uint64_t fields = MSTATUS_SIE | MSTATUS_MIE | MSTATUS_SPIE | MSTATUS_MPIE | MSTATUS_SPP | MSTATUS_VS |
			  MSTATUS_FS | MSTATUS_MPRV | MSTATUS_SUM | MSTATUS_MXR | MSTATUS_TVM | MSTATUS_TW |
			  MSTATUS_TSR | (host_hart.csr[CSR_mstatus].writable & MSTATUS_MPELP);

	if (field_get(MSTATUS_MPP, value) != 2)
		fields |= MSTATUS_MPP;
	set(CSR_mstatus, value);

	uint64_t want = field_merge(fields, old & ~MSTATUS_SD, value);

	if (field_get(MSTATUS_FS, want) == 3 || field_get(MSTATUS_VS, want) == 3)
		want |= MSTATUS_SD;
	require(get(CSR_mstatus) == want, "mstatus %lx gives %lx, not %lx", value, get(CSR_mstatus), want);
	require(field_get(MSTATUS_UXL, want) == 2 && field_get(MSTATUS_SXL, want) == 2, "XLEN");

	bool armed = (want & MSTATUS_MPRV) && field_get(MSTATUS_MPP, want) != 3;

	require(vcpu.mprv_armed == armed, "MPRV armed after %lx", value);
	require(vcpu.pmp.current == (armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE), "PMP after %lx", value);
	require(!(physical(CSR_mstatus) & (MSTATUS_MPRV | MSTATUS_MIE | MSTATUS_MPP | MSTATUS_TVM | MSTATUS_TSR)),
		"the hardware's stays the firmware world's");
	require(physical(CSR_mstatus) & MSTATUS_TW, "wfi still traps");
}

Test(csr, values_written_to_mstatus_are_made_legal_and_mprv_takes_effect, .init = start)
{
	with_many_values(check_mstatus);
}

Test(csr, mstatus_has_mpelp_if_the_machine_has_landing_pads)
{
	host_hart_reset();
	host_hart.csr[CSR_mstatus].writable |= MSTATUS_MPELP;
	testing_boot(&vcpu);
	with_many_values(check_mstatus);
}

Test(csr, mpp_keeps_every_legal_mode_and_ignores_the_reserved_one, .init = start)
{
	for (unsigned old = 0; old < 4; old++)
		for (unsigned new = 0; new < 4; new ++) {
			if (old == 2)
				continue;
			set(CSR_mstatus, field_set(MSTATUS_MPP, 0, old));
			set(CSR_mstatus, field_set(MSTATUS_MPP, 0, new));
			cr_expect_eq(field_get(MSTATUS_MPP, get(CSR_mstatus)), new == 2 ? old : new);
		}
}

static void check_sstatus(uint64_t value)
{
	uint64_t machine_part = get(CSR_mstatus) & ~0x80000003000de762ull;

	set(CSR_sstatus, value);
	require(get(CSR_sstatus) == (get(CSR_mstatus) & 0x80000003018de762), "sstatus %lx", value);
	require((get(CSR_mstatus) & ~0x80000003000de762ull) == machine_part, "M's fields, %lx", value);
	require((get(CSR_sstatus) & 0xde722 & ~0x18000u) == (value & 0xde722 & ~0x18000u), "S's fields, %lx", value);
}

Test(csr, sstatus_is_a_view_of_mstatus, .init = start)
{
	set(CSR_mstatus, MSTATUS_MIE | MSTATUS_TVM | field_set(MSTATUS_MPP, 0, 1));
	with_many_values(check_sstatus);
}

/* ---- menvcfg, senvcfg, satp ---- */

static void check_menvcfg(uint64_t value)
{
	uint64_t keeps = MENVCFG_FIOM | MENVCFG_CBIE | MENVCFG_CBCFE | MENVCFG_CBZE | MENVCFG_ADUE | MENVCFG_PBMTE |
			 MENVCFG_STCE;
	uint64_t old = get(CSR_menvcfg);
	unsigned fences = host_statements("sfence.vma x0, x0");

	set(CSR_menvcfg, value);
	require(get(CSR_menvcfg) == (value & keeps), "menvcfg %lx", value);
	require((host_statements("sfence.vma x0, x0") != fences) ==
			(((old ^ value) & (MENVCFG_ADUE | MENVCFG_PBMTE)) != 0),
		"fence after %lx -> %lx", old, value);
}

Test(csr, menvcfg_keeps_the_machines_bits_and_fences_a_change_of_translation, .init = start)
{
	cr_expect_eq(get(CSR_menvcfg), MENVCFG_ADUE, "as at reset");
	with_many_values(check_menvcfg);
}

Test(csr, menvcfg_bits_of_hidden_extensions_keep_their_value_from_boot)
{
	uint64_t hidden = 1ull << 59 | 1ull << 60; /* DTE, CDE: bits of hidden extensions */

	host_hart_reset();
	host_hart.csr[CSR_menvcfg].writable |= hidden;
	host_hart.csr[CSR_menvcfg].value |= 1ull << 60;
	testing_boot(&vcpu);
	set(CSR_menvcfg, ~0ull);
	cr_expect_eq(get(CSR_menvcfg) & hidden, 0);
	cr_expect_eq(physical(CSR_menvcfg) & hidden, 1ull << 60);
}

static void check_satp(uint64_t value)
{
	uint64_t old = get(CSR_satp), mode = field_get(SATP_MODE, value);

	set(CSR_satp, value);
	require(get(CSR_satp) == (mode == 0 || (mode >= 8 && mode <= 10) ? value : old), "satp %lx", value);
	require(physical(CSR_satp) == 0, "the firmware is not translated");
}

Test(csr, a_write_of_a_mode_that_the_machine_lacks_does_not_change_satp, .init = start)
{
	with_many_values(check_satp);
}

static void check_senvcfg(uint64_t value)
{
	uint64_t old = get(CSR_senvcfg);

	set(CSR_senvcfg, value);
	if (field_get(MENVCFG_CBIE, value) == 2) /* reserved */
		value = field_merge(MENVCFG_CBIE, value, old);
	require(get(CSR_senvcfg) == (value & 0xf1), "senvcfg %lx", value);
	require(physical(CSR_senvcfg) == 0, "the firmware runs without it");
}

Test(csr, hv_stores_the_payloads_senvcfg, .init = start)
{
	with_many_values(check_senvcfg);
}

/* ---- PMP registers ---- */

Test(csr, odd_pmpcfg_and_registers_beyond_the_machines_pmp_entries_do_not_exist)
{
	for (unsigned entries = 0; entries <= 64; entries += entries ? 48 : 16) {
		host_hart_reset();
		host_pmp_shape(entries, 4);
		testing_boot(&vcpu);
		for (unsigned i = 0; i < 64; i++) {
			uint64_t value;

			require((csr_virtual_read(&vcpu, CSR_pmpaddr + i, &value) == ERROR_NONE) == (i < entries),
				"pmpaddr%u", i);
			require((csr_virtual_write(&vcpu, CSR_pmpaddr + i, 1, 0) == ERROR_NONE) == (i < entries),
				"pmpaddr%u", i);
		}
		for (unsigned i = 0; i < 16; i++) {
			uint64_t value;
			bool there = i % 2 == 0 && i * 4 < entries;

			require((csr_virtual_read(&vcpu, CSR_pmpcfg + i, &value) == ERROR_NONE) == there, "pmpcfg%u",
				i);
			require((csr_virtual_write(&vcpu, CSR_pmpcfg + i, 1, 0) == ERROR_NONE) == there, "pmpcfg%u", i);
		}
	}
}
