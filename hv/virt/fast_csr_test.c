/* Compares the fast paths of CSR instructions with the slow tier, and checks which instructions they leave to step_csr.
 * A step has the same effect, so only its number shows that a fast path is no longer used. */
#include "hv/testing/tiers.h"

/* csrrw t0, NUMBER, t1; csrrs t0, NUMBER, x0 */
#define WORD_WRITE(number) (0x000312f3u | (uint32_t)(number) << 20)
#define WORD_READ(number) (0x000022f3u | (uint32_t)(number) << 20)
#define T1 6

/* A CSR of csr.def, or now and then any number. Firmwares mostly access the CSRs of the first list. */
static unsigned random_csr(uint64_t *seed)
{
	static const unsigned frequent[] = { CSR_mscratch, CSR_mepc,       CSR_mcause, CSR_mtval,       CSR_mstatus,
					     CSR_pmpcfg,   CSR_pmpcfg + 2, CSR_mie,    CSR_mip,         CSR_stvec,
					     CSR_pmpaddr,  CSR_mhartid,    CSR_cycle,  CSR_mhpmcounter, CSR_mtvec };
	static const struct {
		unsigned first, count;
	} all[] = {
#define CSR(number, name, lives) { number, 1 },
#define CSR_RANGE(first, name, count, lives) { first, count },
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	};
	uint64_t kind = random_next(seed) % 8, i = random_next(seed) % (sizeof(all) / sizeof(all[0]));

	if (kind == 0)
		return random_next(seed) % 4096;
	if (kind < 4)
		return frequent[random_next(seed) % (sizeof(frequent) / sizeof(frequent[0]))];
	return all[i].first + (unsigned)(random_next(seed) % all[i].count);
}

static uint32_t random_csr_word(uint64_t *seed)
{
	return 0x73 | (uint32_t)(random_next(seed) & 0xfff80) | random_csr(seed) << 20;
}

Test(fast_csr, csr_instructions_have_the_same_result_as_the_slow_tier_or_do_nothing)
{
	uint64_t seed = 11;
	unsigned returned = 0;

	for (unsigned round = 0; round < 800; round++) {
		firmware_at_random(&seed);
		for (unsigned i = 0; i < 10 && vcpu.mode == MODE_MACHINE && vcpu_pending_interrupt(&vcpu) == 0; i++) {
			vcpu.pc = (uint64_t)code;
			returned += compare_firmware(random_csr_word(&seed));
		}
	}
	cr_expect_gt(returned, 1000, "only %u of them ended fast", returned);
}

Test(fast_csr, csrs_in_memory_take_the_fast_path_whatever_the_operands, .timeout = 60)
{
	uint64_t seed = 12;

	firmware_at_random(&seed);
	for (unsigned funct3 = 1; funct3 < 8; funct3++)
		for (unsigned registers = 0; registers < 1024; registers += funct3 == 4 ? 1024 : 1) {
			if (funct3 == 4)
				continue;
			vcpu.pc = (uint64_t)code;
			require(compare_firmware(0x73 | (registers & 31) << 7 | funct3 << 12 | registers >> 5 << 15 |
						 (uint32_t)CSR_mscratch << 20),
				"slow");
		}
}

/* ---- which instructions need a step ---- */

/* Runs the instruction on both tiers. Returns whether the fast path has left it to step_csr. */
static bool is_step(uint32_t word)
{
	unsigned before = steps;

	vcpu.pc = (uint64_t)code;
	require(compare_firmware(word), "%x is left to the slow tier", word);
	return steps != before;
}

static bool is_step_of_write(unsigned number, uint64_t value)
{
	vcpu_set_reg(&vcpu, T1, value);
	return is_step(WORD_WRITE(number));
}

/* The firmware without a pending interrupt, with all views of PMP computed. */
static void start_calm(uint64_t *seed)
{
	do
		firmware_at_random(seed);
	while (vcpu.mprv_armed || vcpu.pmp.locked);
	host_hart.wires = 0;
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD), pmp_install(&vcpu, PMP_VIEW_MPRV), pmp_install(&vcpu, PMP_VIEW_FIRMWARE);
}

/* Whether a write needs a step: because an interrupt may become due, because a counter differs from the machine's, or
 * because fences are needed. */
static bool needs_step(unsigned number, uint64_t value)
{
	switch (number) {
	case CSR_mideleg:
	case CSR_mie:
	case CSR_sie:
	case CSR_mip:
		return vcpu.mstatus & MSTATUS_MIE;
	case CSR_mcounteren:
		return vcpu.counters_withheld;
	case CSR_menvcfg:
		return (host_csr_read(CSR_menvcfg) ^ value) & (MENVCFG_ADUE | MENVCFG_PBMTE);
	case CSR_mcountinhibit:
		return (vcpu.mcountinhibit ^ value) & (COUNTER_CY | COUNTER_IR);
	case CSR_cycle:
	case CSR_instret:
	case CSR_mhartid:
		return true;
	default:
		return false;
	}
}

Test(fast_csr, a_fast_path_writes_a_csr_unless_the_write_needs_more_work)
{
	static const unsigned numbers[] = { CSR_misa,     CSR_medeleg, CSR_mideleg,    CSR_mie,           CSR_mtvec,
					    CSR_mip,      CSR_sstatus, CSR_sie,        CSR_senvcfg,       CSR_sip,
					    CSR_satp,     CSR_menvcfg, CSR_mcounteren, CSR_mcountinhibit, CSR_mcycle,
					    CSR_minstret, CSR_cycle,   CSR_instret,    CSR_mhartid };
	uint64_t seed = 31;

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		for (unsigned round = 0; round < 32; round++) {
			uint64_t value = random_bits(&seed);

			start_calm(&seed);
			if (round % 4 == 0)
				set(CSR_minstret, 77);
			set(CSR_senvcfg, random_bits(&seed));
			host_hart.csr[CSR_mstatus].writable |= random_next(&seed) & (MSTATUS_UBE | MSTATUS_SPELP);
			require(!is_step(WORD_READ(numbers[i])), "a read of %x is a step", numbers[i]);

			bool needs = needs_step(numbers[i], value);

			require(is_step_of_write(numbers[i], value) == needs, "CSR %x, %lx", numbers[i], value);
		}
}

Test(fast_csr, a_fast_path_leaves_a_register_that_the_machine_lacks_to_a_step)
{
	static const unsigned optional[] = { CSR_mcounteren, CSR_mcountinhibit, CSR_menvcfg, CSR_senvcfg };
	uint64_t seed = 32;

	for (unsigned i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		for (unsigned write = 0; write < 2; write++) {
			start_calm(&seed);
			host_csr_remove(optional[i]);
			machine.has_mcounteren = optional[i] != CSR_mcounteren;
			machine.has_mcountinhibit = optional[i] != CSR_mcountinhibit;
			machine.has_menvcfg = optional[i] != CSR_menvcfg;
			machine.has_senvcfg = optional[i] != CSR_senvcfg;
			cr_expect(is_step(write ? WORD_WRITE(optional[i]) : WORD_READ(optional[i])));
			cr_expect_eq(vcpu.csr.mcause, CAUSE_ILLEGAL);
		}
}

/* Whether a write of mstatus needs a step: MPP keeps its value, the view of PMP must be computed first, or an interrupt
 * becomes due. The last two are checked only if MIE changes or MPRV is involved. */
static bool status_needs_step(uint64_t value)
{
	bool armed = (value & MSTATUS_MPRV) && field_get(MSTATUS_MPP, value) != MODE_MACHINE;
	const struct pmp *pmp = &vcpu.pmp;
	bool is_ready = !pmp->stale[armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE] && !pmp->address_changed;
	uint64_t due = vcpu_mip(&vcpu) & vcpu.mie & ~(host_csr_read(CSR_mideleg) & IP_S_BITS);

	if (field_get(MSTATUS_MPP, value) == 2)
		return true;
	if (!((vcpu.mstatus ^ value) & MSTATUS_MIE) && !((vcpu.mstatus | value) & MSTATUS_MPRV))
		return false;
	return !is_ready || ((value & MSTATUS_MIE) && due);
}

Test(fast_csr, a_fast_path_writes_mstatus_unless_an_interrupt_is_due_or_pmp_is_not_ready)
{
	uint64_t seed = 33;
	unsigned left = 0;

	for (unsigned round = 0; round < 1500; round++) {
		firmware_at_random(&seed);
		if (vcpu_pending_interrupt(&vcpu))
			continue;

		uint64_t value = random_bits(&seed);
		bool needs = status_needs_step(value);

		left += needs;
		require(is_step_of_write(CSR_mstatus, value) == needs, "mstatus %lx", value);
	}
	cr_expect_gt(left, 50, "only %u writes needed a step", left);
}

Test(fast_csr, a_fast_path_accesses_a_register_of_the_hardware_once_it_is_known_to_exist)
{
	static const unsigned numbers[] = { CSR_stvec, CSR_mhpmcounter + 7, CSR_mhpmevent + 28 };
	uint64_t seed = 34;

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		start_calm(&seed);
		set(numbers[i], 8);
		cr_expect(is_step_of_write(numbers[i], 4), "CSR %x has not been read", numbers[i]);
		start_calm(&seed);
		set(numbers[i], 8);
		cr_expect(is_step(WORD_READ(numbers[i])), "CSR %x has not been read", numbers[i]);
		cr_expect_not(is_step(WORD_READ(numbers[i])));
		cr_expect_not(is_step_of_write(numbers[i], 16));
		start_calm(&seed);
		cr_expect(is_step(WORD_READ(numbers[i])));
		cr_expect(is_step_of_write(numbers[i], 16), "CSR %x has not been written", numbers[i]);
		cr_expect_not(is_step(WORD_READ(numbers[i])));
		cr_expect_not(is_step_of_write(numbers[i], 16));
		cr_expect_eq(host_csr_read(numbers[i]), 16);
	}
}

Test(fast_csr, a_step_reads_a_csr_only_if_rd_is_not_x0_and_writes_it_only_as_zicsr_says)
{
	uint64_t seed = 37;

	start_calm(&seed);
	cr_assert(is_step(WORD_WRITE(CSR_stvec) & ~(31u << 7)));
	cr_expect_eq(vcpu.csr_readable[CSR_SLOT_stvec / 64], 0, "csrrw x0 does not read");
	start_calm(&seed);
	cr_assert(is_step(WORD_READ(CSR_stvec)));
	cr_expect_eq(vcpu.csr_writable[CSR_SLOT_stvec / 64], 0, "csrrs with x0 does not write");
}

Test(fast_csr, a_fast_path_writes_pmpaddr_unless_an_entry_is_locked_or_pmp_is_not_ready)
{
	uint64_t seed = 35;

	start_calm(&seed);
	cr_expect_not(is_step(WORD_READ(CSR_pmpaddr)));
	cr_expect_not(is_step_of_write(CSR_pmpaddr, 0x1234));
	cr_expect_not(is_step_of_write(CSR_pmpaddr + machine.pmp_virtual - 1, 0x1234));
	cr_expect_not(is_step_of_write(CSR_pmpaddr + machine.pmp_virtual, 0x1234), "it ignores writes");
	cr_expect_not(is_step_of_write(CSR_pmpaddr + machine.pmp_machine - 1, 0x1234), "it ignores writes");
	cr_expect(is_step_of_write(CSR_pmpaddr + machine.pmp_machine, 0x1234), "it does not exist");
	start_calm(&seed);
	vcpu.pmp.address_changed = true;
	cr_expect(is_step_of_write(CSR_pmpaddr, 0x1234));
	start_calm(&seed);
	vcpu.pmp.stale[PMP_VIEW_FIRMWARE] = true;
	cr_expect(is_step_of_write(CSR_pmpaddr, 0x1234));
	start_calm(&seed);
	vcpu.pmp.stale[PMP_VIEW_PAYLOAD] = true;
	cr_expect_not(is_step_of_write(CSR_pmpaddr, 0x1234), "only the installed view matters");
	start_calm(&seed);
	set(CSR_pmpcfg, PMPCFG_L);
	cr_expect(is_step_of_write(CSR_pmpaddr + 5, 0x1234));
	cr_expect_not(is_step(WORD_READ(CSR_pmpaddr + 5)));
}

Test(fast_csr, a_fast_path_writes_pmpcfg_in_the_firmwares_view_of_16_entries)
{
	uint64_t seed = 36;

	start_calm(&seed);
	set(CSR_pmpcfg, 0);
	cr_expect_not(is_step_of_write(CSR_pmpcfg, 0x0f));
	cr_expect_not(is_step_of_write(CSR_pmpcfg + 2, 0x0f));
	cr_expect(is_step_of_write(CSR_pmpcfg + 1, 0x0f), "RV64 has no odd registers");
	cr_expect(is_step_of_write(CSR_pmpcfg + 4, 0x0f));
	start_calm(&seed);
	set(CSR_pmpcfg, 0x0f);
	pmp_install(&vcpu, PMP_VIEW_MPRV);
	cr_expect_not(is_step_of_write(CSR_pmpcfg, 0x0f), "nothing changes");
	cr_expect(is_step_of_write(CSR_pmpcfg, 0x1f), "another view is installed");
}

Test(fast_csr, a_fast_path_fences_pmp_exactly_if_it_changes_an_entry)
{
	uint64_t seed = 38;
	unsigned before;

	start_calm(&seed);
	set(CSR_pmpcfg, 0);
	for (unsigned i = 0; i < 3; i++) {
		before = host_statements("sfence.vma x0, x0");
		vcpu.pc = (uint64_t)code;
		vcpu_set_reg(&vcpu, T1, i == 0 ? 0 : 0x1f);
		trap_with(WORD_WRITE(CSR_pmpcfg));
		cr_assert(run_fast(fast_firmware_illegal));
		cr_expect_eq(host_statements("sfence.vma x0, x0"), before + (i == 1), "write %u", i);
	}
}

Test(fast_csr, a_fast_path_leaves_pmpcfg_to_a_step_if_the_machine_has_64_entries)
{
	host_step_csr = step_as_trap_s_does;
	host_hart_reset();
	host_pmp_shape(64, 4);
	testing_boot(&vcpu);
	testing_place_code_in_ram(code, sizeof(code));
	cr_expect(is_step_of_write(CSR_pmpcfg, 0x0f));
}
