/* Tests the SBI calls and the emulated instructions of the module on simulated harts, whose ids are 100, 101, ... */
#include "modules/offload/offload.h"

#include <string.h>
#include <sys/mman.h>

#include "hv/testing/module.h"

#define HARTS 4
#define FIRST_ID 100
#define BASE 0x2000000ull
#define MTIME (BASE + 0xbff8)
#define RDTIME_T0 0xc01022f3u

static struct offload *state_of(unsigned index)
{
	return &harts[index].modules.offload;
}

/* Boots the harts, of which all but the last one have started, and enters the payload on hart 1. */
static void start(void)
{
	void *clint =
		mmap((void *)BASE, 0x10000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	cr_assert_eq(clint, (void *)BASE);
	testing_module_start(HARTS);
	for (unsigned i = 0; i < HARTS; i++) {
		harts[i].vcpu.mtime_address = MTIME;
		harts[i].vcpu.timecmp_address = BASE + 0x4000 + 8 * i;
		harts[i].vcpu.msip_address = BASE + 4 * i;
		harts[i].state = i == HARTS - 1 ? HART_STOPPED : HART_STARTED;
		testing_run_on(i);
		offload_init(state_of(i), &harts[i]);
	}
	testing_run_on(1);
	testing_enter_payload(MODE_SUPERVISOR);
}

static enum hook_action call(uint64_t eid, uint64_t fid, uint64_t a0, uint64_t a1)
{
	testing_ecall(eid, fid, a0, a1, 0);
	return offload_ecall_from_payload(testing_state(offload), testing_hart(), testing_vcpu());
}

static uint64_t reg(unsigned index)
{
	return vcpu_reg(testing_vcpu(), index);
}

/* The harts on which SSIP is 1, which this function clears. */
static uint64_t interrupted(void)
{
	uint64_t set = 0;

	testing_module.broadcast_count = 0; /* there is room for a few */
	for (unsigned i = 0; i < HARTS; i++) {
		testing_run_on(i);
		set |= (uint64_t)((csr_read(CSR_mip) & IP_SSI) != 0) << i;
		csr_clear(CSR_mip, IP_SSI);
	}
	testing_run_on(1);
	return set;
}

/* ---- sets of harts ---- */

static void expect_ipi(uint64_t mask, uint64_t base, int64_t error, uint64_t set)
{
	cr_expect_eq(call(SBI_EID_IPI, 0, mask, base), HOOK_OVERWRITE);
	require(reg(A0) == (uint64_t)error && reg(A1) == 0, "mask %lx from %lx: %ld", mask, base, (int64_t)reg(A0));
	require(interrupted() == set, "mask %lx from %lx", mask, base);
}

Test(offload, an_ipi_interrupts_exactly_the_started_harts_of_the_mask, .init = start)
{
	for (uint64_t mask = 0; mask < 1 << (HARTS + 1); mask++) {
		bool exist = mask < 1 << HARTS;

		expect_ipi(mask, FIRST_ID, exist ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM, exist ? mask & 7 : 0);
		expect_ipi(mask, OFFLOAD_EVERY_HART, SBI_SUCCESS, 7);
		expect_ipi(mask << 1, FIRST_ID - 1, exist ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM, exist ? mask & 7 : 0);
	}
}

Test(offload, a_mask_that_names_a_hart_that_does_not_exist_interrupts_nobody, .init = start)
{
	static const uint64_t bases[] = { 0, 1, FIRST_ID - 1, FIRST_ID + HARTS, ~1ull, 1ull << 63 };

	for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
		expect_ipi(1, bases[i], SBI_ERR_INVALID_PARAM, 0);
	expect_ipi(1ull << 63, FIRST_ID, SBI_ERR_INVALID_PARAM, 0);
	expect_ipi(1 | 1ull << 63, FIRST_ID, SBI_ERR_INVALID_PARAM, 0);
	expect_ipi(1ull << 50, FIRST_ID - 50, SBI_SUCCESS, 1);
	harts[0].id = 5; /* the sum of a base near the end of the ids and a bit would wrap around to this id */
	expect_ipi(1ull << 5, 0, SBI_SUCCESS, 1);
	expect_ipi(1ull << 15, -10ull, SBI_ERR_INVALID_PARAM, 0);
}

/* ---- legacy calls ---- */

static uint64_t masks[512] __attribute__((aligned(4096)));

Test(offload, a_legacy_mask_is_in_memory_and_a1_stays, .init = start)
{
	testing_module_memory(TESTING_PAYLOAD, sizeof(masks), masks);
	for (unsigned i = 0; i < 2; i++)
		harts[i].id = i; /* a legacy mask has only the ids from 0 to 63 */
	masks[1] = 3;
	cr_expect_eq(call(SBI_EID_LEGACY_SEND_IPI, 99, TESTING_PAYLOAD + 8, 77), HOOK_OVERWRITE);
	cr_expect(reg(A0) == 0 && reg(A1) == 77 && vcpu_pc(testing_vcpu()) == TESTING_PAYLOAD + 4);
	cr_expect_eq(interrupted(), 3);
	masks[1] = 4;
	cr_expect_eq(call(SBI_EID_LEGACY_SEND_IPI, 0, TESTING_PAYLOAD + 8, 77), HOOK_OVERWRITE);
	cr_expect_eq(reg(A0), (uint64_t)SBI_ERR_INVALID_PARAM);
	cr_expect_eq(interrupted(), 0);
	cr_expect_eq(call(SBI_EID_LEGACY_SEND_IPI, 0, 0, 77), HOOK_OVERWRITE);
	cr_expect_eq(interrupted(), 7);
}

Test(offload, a_legacy_mask_that_cannot_be_read_is_the_payloads_exception, .init = start)
{
	csr_write(CSR_stvec, TESTING_PAYLOAD + 0x100);
	cr_expect_eq(call(SBI_EID_LEGACY_SEND_IPI, 0, 0x1000, 77), HOOK_OVERWRITE);
	cr_expect_eq(csr_read(CSR_sepc), TESTING_PAYLOAD);
	cr_expect(csr_read(CSR_scause) == CAUSE_LOAD_ACCESS && csr_read(CSR_stval) == 0x1000);
	cr_expect_eq(vcpu_pc(testing_vcpu()), TESTING_PAYLOAD + 0x100);
	cr_expect(reg(A0) == 0x1000 && reg(A1) == 77);
	cr_expect_eq(interrupted(), 0);
}

/* ---- fences ---- */

static int64_t fence(uint64_t function, uint64_t start_, uint64_t size)
{
	testing_ecall(SBI_EID_RFENCE, function, 1, FIRST_ID + 1, start_);
	vcpu_set_reg(testing_vcpu(), A3, size);
	vcpu_set_reg(testing_vcpu(), A4, 5);
	cr_expect_eq(offload_ecall_from_payload(testing_state(offload), testing_hart(), testing_vcpu()),
		     HOOK_OVERWRITE);
	return (int64_t)reg(A0);
}

Test(offload, a_fence_of_a_range_that_wraps_around_is_an_invalid_address, .init = start)
{
	for (uint64_t function = 1; function <= 2; function++) {
		cr_expect_eq(fence(function, ~0ull, 2), SBI_ERR_INVALID_ADDRESS);
		cr_expect_eq(fence(function, 2, ~1ull), SBI_SUCCESS, "the last byte is the last of all");
		cr_expect_eq(fence(function, 3, ~1ull), SBI_ERR_INVALID_ADDRESS);
		cr_expect_eq(fence(function, ~0ull, 1), SBI_SUCCESS);
		cr_expect_eq(fence(function, ~0ull, 0), SBI_SUCCESS, "everything");
		cr_expect_eq(fence(function, ~0ull, ~0ull), SBI_SUCCESS, "everything");
	}
	cr_expect_eq(fence(0, ~0ull, 2), SBI_SUCCESS, "fence.i has no range");
}

Test(offload, a_fence_for_other_harts_is_executed_on_each_started_hart_of_the_set, .init = start)
{
	testing_ecall(SBI_EID_RFENCE, 1, 0xf, FIRST_ID, 0x1000);
	vcpu_set_reg(testing_vcpu(), A3, 0x1000);
	cr_expect_eq(offload_ecall_from_payload(testing_state(offload), testing_hart(), testing_vcpu()),
		     HOOK_OVERWRITE);
	cr_expect_eq(reg(A0), SBI_SUCCESS);
	cr_expect_eq(testing_module.broadcast_count, 2,
		     "two harts are notified: not the calling one, not the stopped one");
	cr_expect_eq(testing_module.broadcasts[0].set.bits[0] | testing_module.broadcasts[1].set.bits[0], 5);
	for (unsigned i = 0; i < HARTS; i++)
		require(state_of(i)->fencing[0] == 0 && state_of(i)->pending == 0 && state_of(i)->unfinished == 0,
			"hart %u", i);
}

Test(offload, other_functions_and_extensions_are_left_to_the_firmware, .init = start)
{
	static const uint64_t calls[][2] = { { SBI_EID_TIME, 1 },
					     { SBI_EID_IPI, 1 },
					     { SBI_EID_RFENCE, 3 },
					     { SBI_EID_RFENCE, ~0ull },
					     { SBI_EID_BASE, 0 },
					     { SBI_EID_LEGACY_CONSOLE_PUTCHAR, 0 },
					     { SBI_EID_HSM, 0 },
					     { SBI_EID_LEGACY_CLEAR_IPI, 0 },
					     { SBI_EID_TIME | 1ull << 32, 0 } };

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		cr_expect_eq(call(calls[i][0], calls[i][1], 1, FIRST_ID), HOOK_IGNORE);
		require(reg(A0) == 1 && reg(A1) == FIRST_ID && vcpu_pc(testing_vcpu()) == TESTING_PAYLOAD, "call %u",
			i);
	}
}

/* ---- the CSR time ---- */

/* All 2^15 forms of the instruction that differ in rs1, funct3 and rd, and some of other CSRs. */
Test(offload, only_reads_of_time_are_emulated, .init = start)
{
	for (uint32_t fields = 0; fields < 1 << 13; fields++) {
		uint32_t rs1 = fields >> 8 & 31, funct3 = fields >> 5 & 7, rd = fields & 31;
		uint32_t word = 0xc01u << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x73;
		bool reads = (funct3 == 2 || funct3 == 3 || funct3 == 6 || funct3 == 7) && rs1 == 0;

		require(((word & READ_TIME_MASK) == READ_TIME) == reads, "%x", word);
		for (unsigned bit = 20; bit < 32; bit++)
			require(((word ^ 1u << bit) & READ_TIME_MASK) != READ_TIME, "%x", word ^ 1u << bit);
	}
}

static enum hook_action trap_with(uint64_t word)
{
	testing_take(CAUSE_ILLEGAL, word);
	return offload_trap_from_payload(testing_state(offload), testing_hart(), testing_vcpu());
}

Test(offload, the_word_0_is_illegal_on_every_machine, .init = start)
{
	static uint32_t zeros[2];

	testing_module_memory(TESTING_PAYLOAD, sizeof(zeros), zeros);
	for (unsigned has_time = 0; has_time < 2; has_time++) {
		machine.has_time = has_time;
		offload_init(testing_state(offload), testing_hart());
		testing_vcpu()->mcounteren = COUNTER_TM;
		cr_expect_eq(trap_with(0), HOOK_IGNORE);
		cr_expect_eq(vcpu_pc(testing_vcpu()), TESTING_PAYLOAD);
		offload_fast_illegal_instruction(testing_state(offload), testing_hart(), testing_vcpu(), CAUSE_ILLEGAL);
		cr_expect_eq(host_hart.end, HOST_END_SLOW);
		cr_expect_eq(csr_read(CSR_mepc), TESTING_PAYLOAD);
	}
}

Test(offload, a_read_of_time_needs_the_permission_of_the_firmware_and_of_s_mode, .init = start)
{
	*(uint64_t *)MTIME = 4711;
	for (unsigned permissions = 0; permissions < 16; permissions++) {
		struct vcpu *vcpu = testing_vcpu();
		bool machine_tm = permissions & 1, supervisor_tm = permissions & 2, user = permissions & 4,
		     lacks = permissions & 8;

		machine.has_time = !lacks;
		vcpu->mcounteren = machine_tm ? COUNTER_TM : 0;
		csr_write(CSR_scounteren, supervisor_tm ? COUNTER_TM : 0);
		vcpu->mode = user ? MODE_USER : MODE_SUPERVISOR;
		vcpu->pc = TESTING_PAYLOAD;
		vcpu->medeleg = 0;
		vcpu_set_reg(vcpu, 5, 0);

		bool emulated = lacks && machine_tm && (supervisor_tm || !user);

		require(trap_with(RDTIME_T0) == (emulated ? HOOK_OVERWRITE : HOOK_IGNORE), "permissions %x",
			permissions);
		require(reg(5) == (emulated ? 4711 : 0), "permissions %x", permissions);
		require(vcpu_pc(vcpu) == TESTING_PAYLOAD + (emulated ? 4 : 0), "permissions %x", permissions);
		vcpu->pc = TESTING_PAYLOAD;
		vcpu->medeleg = 1ull << CAUSE_ILLEGAL;
		require(trap_with(RDTIME_T0) == HOOK_IGNORE, "S-mode gets the exception itself");
	}
}
