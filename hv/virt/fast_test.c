/* Compares fast paths with the slow tier. If a fast path returns to the guest, it must have had the same effect as the
 * slow tier. If it passes the exit on, it must not have changed anything. */
#include "hv/virt/fast.h"

#include "hv/testing/tiers.h"

#define WORD_MRET 0x30200073
#define WORD_CSRW_MSCRATCH 0x34011073 /* csrw mscratch, sp */

Test(fast, instructions_without_a_fast_path_take_the_slow_tier)
{
	static const uint32_t words[] = { 0, 0x9002, 0x0005200f, 0x10500073, 0x10200073, 0x12000173 };
	uint64_t seed = 13;

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		firmware_at_random(&seed);
		cr_expect_not(compare_firmware(words[i]));
	}
}

Test(fast, code_outside_ram_takes_the_slow_tier_because_reading_it_may_fault)
{
	uint64_t seed = 15;

	firmware_at_random(&seed);
	code[0] = WORD_CSRW_MSCRATCH;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
	testing_set_ram(0, sizeof(code));
	cr_expect_not(run_fast(fast_firmware_illegal));
	testing_place_code_in_ram(code, sizeof(code));
	cr_expect(run_fast(fast_firmware_illegal));
}

Test(fast, fast_sfence_vma_is_executed_with_the_operands_of_the_instruction)
{
	uint64_t seed = 17;

	for (unsigned rs1 = 0; rs1 < 32; rs1++)
		for (unsigned rs2 = 0; rs2 < 32; rs2++) {
			const char *text = rs1 ? (rs2 ? "sfence.vma %0, %1" : "sfence.vma %0, x0")
					       : (rs2 ? "sfence.vma x0, %0" : "sfence.vma x0, x0");

			do
				firmware_at_random(&seed);
			while (vcpu_pending_interrupt(&vcpu) != 0);

			uint64_t a = vcpu_reg(&vcpu, rs1 ? rs1 : rs2), b = rs1 ? vcpu_reg(&vcpu, rs2) : 0;
			unsigned count = host_statements(text);
			struct snapshot before = take();

			trap_with(0x12000073 | rs1 << 15 | rs2 << 20);
			require(run_fast(fast_firmware_illegal), "slow");
			require(host_statements(text) == count + 1, "x%u, x%u: %s is missing", rs1, rs2, text);
			require(host_operands[0] == a && host_operands[1] == b, "x%u, x%u: other operands", rs1, rs2);
			restore(&before);
			require(compare_firmware(code[0]), "slow");
		}
}

/* If a hart traps on the last halfword of RAM, hv must not read past the end of RAM. This also holds if another hart
 * has meanwhile stored a different instruction there. */
Test(fast, the_fast_path_does_not_read_a_word_at_the_last_halfword_of_ram)
{
	uint64_t seed = 16;

	firmware_at_random(&seed);
	code[0] = WORD_CSRW_MSCRATCH;
	vcpu.pc = (uint64_t)code;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
	testing_set_ram((uint64_t)code - 8, 8 + 2);
	cr_expect_not(run_fast(fast_firmware_illegal));
	testing_set_ram((uint64_t)code - 8, 8 + 4);
	cr_expect(run_fast(fast_firmware_illegal));
}

/* trap.S jumps here when a step has ended. */
Test(fast, the_end_of_a_step_loads_a_register_that_is_still_in_the_hardware_and_moves_pc)
{
	uint64_t seed = 19;

	firmware_at_random(&seed);
	testing_trap(&vcpu, CAUSE_LOAD_ACCESS, 0x1000);
	vcpu.pc = 0x80201234;
	fast_finish_step(&vcpu, 0);
	cr_expect_eq(host_hart.end, HOST_END_RETURN);
	cr_expect_eq(host_csr_read(CSR_mepc), 0x80201234);
	for (unsigned i = 0; i < 32; i++)
		cr_expect_eq(host_hart.live[i], 0);
	fast_finish_step(&vcpu, 8);
	cr_expect_eq(host_hart.live[8], vcpu.regs[8]);
	host_hart.end = HOST_END_NONE;
	fast_live_restore(&vcpu, 27);
	cr_expect_eq(host_hart.end, HOST_END_RETURN);
	cr_expect_eq(host_hart.live[27], vcpu.regs[27]);
}

/* Whether the fast path can handle an mret: unless the firmware would take an interrupt, MPRV would become armed, or the
 * payload cannot run yet. */
static bool mret_is_fast(void)
{
	uint64_t due = vcpu_mip(&vcpu) & vcpu.mie & ~(host_csr_read(CSR_mideleg) & IP_S_BITS);

	if (field_get(MSTATUS_MPP, vcpu.mstatus) == MODE_MACHINE)
		return !(vcpu.mstatus & MSTATUS_MPRV) && !((vcpu.mstatus & MSTATUS_MPIE) && due);
	return !due && vcpu.started && !vcpu.pmp.stale[PMP_VIEW_PAYLOAD] && !vcpu.pmp.address_changed;
}

Test(fast, mret_is_fast_unless_an_interrupt_is_due_or_the_payload_cannot_run)
{
	uint64_t seed = 24;
	unsigned fast = 0;

	for (unsigned round = 0; round < 1000; round++) {
		firmware_at_random(&seed);
		vcpu.started = random_next(&seed) % 8 != 0;

		bool expected = mret_is_fast();

		fast += expected;
		trap_with(WORD_MRET);
		require(run_fast(fast_firmware_illegal) == expected, "round %u", round);
	}
	cr_expect(fast > 100 && fast < 900, "%u of them were fast", fast);
}

Test(fast, fast_mret_has_the_same_result_as_the_slow_tier_or_does_nothing)
{
	uint64_t seed = 14;
	unsigned returned = 0;

	for (unsigned round = 0; round < 4000; round++) {
		firmware_at_random(&seed);
		vcpu.mie = random_next(&seed) % 2 ? vcpu.mie & ~host_hart.wires : vcpu.mie;
		vcpu.started = random_next(&seed) % 8 != 0;
		returned += compare_firmware(WORD_MRET);
	}
	cr_expect_gt(returned, 200, "only %u of them ended fast", returned);
}

static void firmware_trap(struct vcpu *of)
{
	fast_firmware_trap(of, host_csr_read(CSR_mcause));
}

static void slow_firmware_trap(void)
{
	bool is_ecall = host_hart.csr[CSR_mcause].value == CAUSE_ECALL_U;

	vcpu.pc = host_hart.csr[CSR_mepc].value;
	vcpu_take_trap(&vcpu, is_ecall ? CAUSE_ECALL_M : host_hart.csr[CSR_mcause].value,
		       is_ecall ? 0 : host_hart.csr[CSR_mtval].value);
}

Test(fast, fast_traps_of_the_firmware_have_the_same_result_as_the_slow_tier_or_do_nothing)
{
	static const uint64_t causes[] = { CAUSE_FETCH_MISALIGNED, CAUSE_BREAKPOINT, CAUSE_LOAD_MISALIGNED,
					   CAUSE_STORE_MISALIGNED, CAUSE_ECALL_U,    CAUSE_LOAD_PAGE };
	uint64_t seed = 18;
	unsigned returned = 0;

	for (unsigned round = 0; round < 3000; round++) {
		uint64_t cause = causes[random_next(&seed) % (sizeof(causes) / sizeof(causes[0]))];

		firmware_at_random(&seed);
		vcpu.pc = random_next(&seed) & ~1ull;
		testing_trap(&vcpu, cause, random_bits(&seed));
		vcpu.trap = (struct trap){ 0 };
		returned += compare(firmware_trap, slow_firmware_trap, "cause", cause);
	}
	cr_expect_gt(returned, 1000, "only %u of them ended fast", returned);
}

static void slow_mret(void)
{
	vcpu.pc = host_hart.csr[CSR_mepc].value;
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
}

/* ---- the payload ---- */

static void payload_trap(struct vcpu *of)
{
	fast_payload_trap(of, host_csr_read(CSR_mcause));
}

static void slow_payload(void)
{
	vcpu.pc = host_hart.csr[CSR_mepc].value;
	vcpu.mode = (enum mode)field_get(MSTATUS_MPP, host_csr_read(CSR_mstatus));
	vcpu_deliver_exception(&vcpu, host_hart.csr[CSR_mcause].value, host_hart.csr[CSR_mtval].value);
	require(vcpu_pending_interrupt(&vcpu) == 0, "an interrupt is left waiting");
	testing_switch_world(&vcpu);
}

static void payload_at_random(uint64_t *seed)
{
	firmware_at_random(seed);
	host_hart.wires = 0;
	vcpu_set_mstatus(&vcpu, field_set(MSTATUS_MPP, vcpu_mstatus(&vcpu), random_next(seed) % 2));
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
	if (random_next(seed) % 8)
		pmp_install(&vcpu, PMP_VIEW_FIRMWARE), pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	host_csr_write(CSR_satp, random_next(seed) >> 4);
	host_csr_write(CSR_senvcfg, random_next(seed));
	host_csr_write(CSR_mie, field_merge(IP_S_BITS, host_csr_read(CSR_mie), random_next(seed)));
	host_csr_set(CSR_mstatus, random_next(seed) & (MSTATUS_MPV | MSTATUS_MPELP | MSTATUS_SIE | MSTATUS_SPP));
}

Test(fast, fast_traps_of_the_payload_have_the_same_result_as_the_slow_tier_or_do_nothing)
{
	uint64_t seed = 15;
	unsigned returned = 0;

	for (unsigned round = 0; round < 4000; round++) {
		uint64_t cause = random_next(&seed) % 2 ? CAUSE_ILLEGAL : CAUSE_ECALL_S;

		payload_at_random(&seed);
		vcpu.pc = random_next(&seed) & ~1ull;
		testing_trap(&vcpu, cause, random_bits(&seed));
		vcpu.trap = (struct trap){ 0 };
		returned += compare(payload_trap, slow_payload, "cause", cause);
	}
	cr_expect_gt(returned, 200, "only %u of them ended fast", returned);
}

/* A module's fast path ends in a jump to one of these functions, after the same checks. */
static void rest_of_payload_trap(struct vcpu *of)
{
	uint64_t cause = host_csr_read(CSR_mcause);

	if ((of->medeleg >> cause & 1) || (of->counters_withheld && cause == CAUSE_ILLEGAL) ||
	    of->pmp.stale[PMP_VIEW_FIRMWARE] || of->pmp.address_changed)
		return trap_slow(of);
	return fast_enter_firmware(of, cause);
}

Test(fast, the_rest_of_a_switch_after_a_modules_fast_path_has_the_same_result_as_the_slow_tier)
{
	uint64_t seed = 27;
	unsigned traps = 0, mrets = 0;

	for (unsigned round = 0; round < 2000; round++) {
		payload_at_random(&seed);
		vcpu.pc = random_next(&seed) & ~1ull;
		testing_trap(&vcpu, CAUSE_ECALL_S, random_bits(&seed));
		vcpu.trap = (struct trap){ 0 };
		traps += compare(rest_of_payload_trap, slow_payload, "cause", CAUSE_ECALL_S);
		firmware_at_random(&seed);
		trap_with(WORD_MRET);
		if (mret_is_fast() && field_get(MSTATUS_MPP, vcpu.mstatus) != MODE_MACHINE)
			mrets += compare(fast_enter_payload, slow_mret, "mret", round);
	}
	cr_expect(traps > 100 && mrets > 100, "%u traps and %u mrets", traps, mrets);
}

Test(fast, hvs_own_ecalls_take_the_slow_tier)
{
	static const uint64_t eids[] = { 0x08485343, 0x08475bcd };
	uint64_t seed = 16;

	for (unsigned i = 0; i < 2; i++) {
		payload_at_random(&seed);
		vcpu.medeleg = 0;
		vcpu_set_reg(&vcpu, 17, eids[i]);
		testing_trap(&vcpu, CAUSE_ECALL_S, 0);
		cr_expect_not(compare(payload_trap, slow_payload, "eid", eids[i]));
	}
}

Test(fast, hvs_own_ecalls_of_the_firmware_take_the_slow_tier_too)
{
	static const uint64_t eids[] = { 0x08485343, 0x08475bcd };
	uint64_t seed = 20;

	for (unsigned i = 0; i < 2; i++)
		for (unsigned is_ecall = 0; is_ecall < 2; is_ecall++) {
			firmware_at_random(&seed);
			vcpu.mprv_armed = false;
			vcpu_set_reg(&vcpu, 17, eids[i]);
			testing_trap(&vcpu, is_ecall ? CAUSE_ECALL_U : CAUSE_BREAKPOINT, 0);
			cr_expect_eq(run_fast(firmware_trap), !is_ecall, "eid %lx", eids[i]);
		}
}

/* The guest cannot cause such a trap. If the hardware has a cause of its own, the slow tier decides about it. */
Test(fast, causes_from_64_on_take_the_slow_tier)
{
	static const uint64_t causes[] = { 64, 1ull << 32, ~0ull };
	uint64_t seed = 21;

	for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		firmware_at_random(&seed);
		vcpu.mprv_armed = false;
		testing_trap(&vcpu, causes[i], 0);
		cr_expect_not(run_fast(firmware_trap));
		payload_at_random(&seed);
		vcpu.medeleg = 0;
		pmp_install(&vcpu, PMP_VIEW_FIRMWARE), pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
		testing_trap(&vcpu, causes[i], 0);
		cr_expect_not(run_fast(payload_trap));
	}
	firmware_at_random(&seed);
	vcpu.mprv_armed = false;
	testing_trap(&vcpu, 63, 0);
	cr_expect(run_fast(firmware_trap));
	payload_at_random(&seed);
	vcpu.medeleg = 0;
	pmp_install(&vcpu, PMP_VIEW_FIRMWARE), pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	testing_trap(&vcpu, 63, 0);
	cr_expect(run_fast(payload_trap));
}

Test(fast, a_trap_while_mprv_is_armed_takes_the_slow_tier)
{
	uint64_t seed = 22;

	firmware_at_random(&seed);
	vcpu.mprv_armed = true;
	testing_trap(&vcpu, CAUSE_BREAKPOINT, 0);
	cr_expect_not(run_fast(firmware_trap));
}

/* A fast path can only install a view that is complete, and only in the first 16 entries. */
Test(fast, a_path_that_needs_a_view_of_pmp_takes_the_slow_tier_until_the_view_is_ready)
{
	uint64_t seed = 23;

	for (unsigned i = 0; i < 4; i++) {
		firmware_at_random(&seed);
		set(CSR_mstatus, field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR));
		set(CSR_mie, 0);
		pmp_install(&vcpu, PMP_VIEW_PAYLOAD), pmp_install(&vcpu, PMP_VIEW_FIRMWARE);
		vcpu.pmp.stale[PMP_VIEW_PAYLOAD] = i == 1;
		vcpu.pmp.address_changed = i == 2;
		vcpu.pmp.words = i == 3 ? 3 : 2;
		trap_with(WORD_MRET);
		cr_expect_eq(run_fast(fast_firmware_illegal), i == 0, "case %u", i);
	}
	for (unsigned i = 0; i < 2; i++) {
		payload_at_random(&seed);
		vcpu.medeleg = 0;
		pmp_install(&vcpu, PMP_VIEW_FIRMWARE), pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
		vcpu.pmp.stale[PMP_VIEW_FIRMWARE] = i == 1;
		testing_trap(&vcpu, CAUSE_BREAKPOINT, 0);
		cr_expect_eq(run_fast(payload_trap), i == 0);
	}
}
