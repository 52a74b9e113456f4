/* Tests on simulated harts, whose ids are 100, 101, ...: which calls reach the firmware, which registers pass, and where the
 * firmware may enter the payload. */
#include "modules/protect_payload/protect_payload.h"

#include <string.h>
#include <sys/mman.h>

#include "hv/testing/module.h"

#define HARTS 3
#define FIRST_ID 100
#define PAGE ((void *)TESTING_PAYLOAD)
#define PC (TESTING_PAYLOAD + 0x100)
#define ENTRY (TESTING_PAYLOAD + 0x200)
#define OPAQUE 0x77ull
#define NON_RETENTIVE (1ull << 31)
#define CSRRW_A1_A2 0x8ff615f3u /* csrrw a1, 0x8ff, a2 */

static struct protect_payload *self(void)
{
	return testing_state(protect_payload);
}

static void set_pc(uint64_t pc, enum mode mode)
{
	testing_vcpu()->pc = pc;
	testing_vcpu()->mode = mode;
}

/* The firmware enters the payload at @p pc. */
static const char *enter(uint64_t pc, enum mode mode)
{
	set_pc(pc, mode);
	return testing_fatal(protect_payload_switch_from_firmware_to_payload(self(), testing_hart(), testing_vcpu()));
}

/* The payload traps at PC, and the firmware gets the trap. */
static void leave(uint64_t cause)
{
	struct vcpu *vcpu = testing_vcpu();

	vcpu->csr.mcause = cause;
	vcpu->csr.mepc = PC;
	vcpu->mstatus = field_set(MSTATUS_MPP, vcpu->mstatus, MODE_SUPERVISOR);
	protect_payload_switch_from_payload_to_firmware(self(), testing_hart(), vcpu);
}

/* Boots the harts. Hart 0 is about to enter the payload. */
static void boot(void)
{
	cr_assert_eq(mmap(PAGE, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), PAGE);
	testing_module_start(HARTS);
	for (unsigned i = HARTS; i-- > 0;) {
		testing_run_on(i);
		protect_payload_init(self(), testing_hart());
	}
	testing_enter_payload(MODE_SUPERVISOR);
	vcpu_set_reg(testing_vcpu(), A1, OPAQUE);
}

static void start(void)
{
	boot();
	cr_assert_null(enter(TESTING_PAYLOAD, MODE_SUPERVISOR));
	testing_module.event_count = 0;
}

static enum hook_action call(uint64_t eid, uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2)
{
	testing_ecall(eid, fid, a0, a1, a2);
	return protect_payload_ecall_from_payload(self(), testing_hart(), testing_vcpu());
}

static uint64_t reg(unsigned index)
{
	return vcpu_reg(testing_vcpu(), index);
}

static void set_all(uint64_t base)
{
	for (unsigned i = 1; i < 32; i++)
		vcpu_set_reg(testing_vcpu(), i, base + i);
}

/* ---- the lock ---- */

Test(protect_payload, every_hart_is_closed_before_the_payload_starts, .init = start)
{
	for (unsigned i = 0; i < HARTS; i++) {
		const struct testing_pmp *entry = testing_module.pmp[i];

		cr_expect(entry[0].address == PROTECT_FIRMWARE && entry[0].size == PROTECT_FIRMWARE_SIZE);
		cr_expect(entry[0].firmware == PMP_RWX && entry[0].payload == PMP_NONE);
		cr_expect(entry[1].firmware == PMP_RW && entry[1].payload == PMP_RWX);
		cr_expect(entry[2].address == 0 && entry[2].size == PROTECT_EVERYTHING);
		cr_expect(entry[2].firmware == PMP_NONE && entry[2].payload == PMP_RWX);
	}
	cr_expect(strstr(testing_module.console, "the payload's SHA-256 is ad7facb2586fc6e966c004d7d1d16b02"),
		  "the digest of 4096 zeros");
}

Test(protect_payload, the_first_entry_passes_the_device_tree_and_nothing_else, .init = start)
{
	cr_expect_eq(reg(A0), FIRST_ID);
	cr_expect_eq(reg(A1), OPAQUE);
	for (unsigned i = 1; i < 32; i++)
		cr_expect(i == A0 || i == A1 || reg(i) == 0, "x%u", i);
}

Test(protect_payload, the_first_entry_is_at_the_payloads_start)
{
	boot();
	cr_expect(enter(TESTING_PAYLOAD + 4, MODE_SUPERVISOR));
}

Test(protect_payload, the_first_entry_is_in_s_mode)
{
	boot();
	cr_expect(enter(TESTING_PAYLOAD, MODE_USER));
}

Test(protect_payload, nothing_is_left_of_what_the_firmware_has_written_before)
{
	static const unsigned numbers[] = { CSR_stvec, CSR_sscratch, CSR_sepc,   CSR_scause,
					    CSR_stval, CSR_satp,     CSR_senvcfg };

	boot();
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		host_csr_write(numbers[i], 0x70);
	host_csr_set(CSR_mstatus, MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR);
	cr_assert_null(enter(TESTING_PAYLOAD, MODE_SUPERVISOR));
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		cr_expect_eq(host_csr_read(numbers[i]), 0, "CSR %x", numbers[i]);
	cr_expect_eq(
		host_csr_read(CSR_mstatus) & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR), 0);
}

/* ---- calls ---- */

static const struct protect_call rows[] = {
#define PROTECT_CALL(EID, fid, in, out, kind) { SBI_EID_##EID, fid, in, out, PROTECT_##kind },
#include "modules/protect_payload/calls.def"
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool is_listed(uint64_t eid, uint64_t fid)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].eid == eid && (rows[i].fid == fid || rows[i].fid == PROTECT_ANY))
			return true;
	return false;
}

Test(protect_payload, only_listed_calls_reach_the_firmware, .init = start)
{
	for (unsigned i = 0; i < ROWS; i++)
		for (uint64_t fid = 0; fid < 300; fid++)
			require((protect_call_find(rows[i].eid, fid) != NULL) == is_listed(rows[i].eid, fid), "%x %lu",
				rows[i].eid, fid);
	for (unsigned bit = 32; bit < 64; bit++) {
		require(protect_call_find(SBI_EID_BASE | 1ull << bit, 0) == NULL, "EID bit %u", bit);
		require(protect_call_find(SBI_EID_BASE, 1ull << bit) == NULL, "FID bit %u", bit);
	}
	cr_expect_eq(call(SBI_EID_SUSP, 0, 1, 2, 3), HOOK_OVERWRITE);
	cr_expect_eq((int64_t)reg(A0), SBI_ERR_NOT_SUPPORTED);
	cr_expect_eq(call(SBI_EID_PMU, SBI_FID_pmu_snapshot_set_shmem, 1, 2, 3), HOOK_OVERWRITE);
	cr_expect_eq(call(HARTSCOPE_EID, 0, 0, 0, 0), HOOK_IGNORE, "hv answers its own extension");
}

Test(protect_payload, a_refused_function_is_warned_about_once, .init = start)
{
	const char *first;

	(void)call(SBI_EID_SUSP, 5, 0, 0, 0);
	first = strstr(testing_module.console, "refused SBI call 0x53555350, function 5");
	cr_assert(first);
	(void)call(SBI_EID_SUSP, 5, 0, 0, 0);
	cr_expect_not(strstr(first + 1, "refused"));
	(void)call(SBI_EID_SUSP, 6, 0, 0, 0);
	cr_expect(strstr(first + 1, "function 6"));
}

Test(protect_payload, both_tiers_pass_the_same_registers, .init = start)
{
	for (unsigned i = 0; i < ROWS; i++) {
		const struct protect_extension *extension = &protect_extensions[protect_slot(rows[i].eid)];
		uint64_t function = extension->functions >> PROTECT_FUNCTION_BITS * rows[i].fid;
		bool plain = (rows[i].kind == PROTECT_PLAIN || rows[i].kind == PROTECT_TIMER) && rows[i].out == 2;

		if (rows[i].fid >= PROTECT_FUNCTIONS)
			continue;
		if (plain)
			require(extension->eid == rows[i].eid && (function & 0x7f) == (rows[i].in | PROTECT_IS_PLAIN),
				"row %u", i);
		else
			require(extension->eid != rows[i].eid || !(function & PROTECT_IS_PLAIN), "row %u", i);
	}
}

static void start_with_stimecmp(void)
{
	boot();
	machine.has_menvcfg = true;
	host_csr_write(CSR_menvcfg, MENVCFG_STCE);
	cr_assert_null(enter(TESTING_PAYLOAD, MODE_SUPERVISOR));
}

Test(protect_payload, the_module_sets_stimecmp_because_the_firmware_cannot, .init = start_with_stimecmp)
{
	const struct protect_extension *extension = &protect_extensions[protect_slot(SBI_EID_TIME)];

	cr_expect(extension->eid != SBI_EID_TIME || !(extension->functions & PROTECT_IS_PLAIN), "no fast path");
	set_pc(PC, MODE_SUPERVISOR);
	cr_expect_eq(call(SBI_EID_TIME, SBI_FID_set_timer, 4711, 1, 0), HOOK_OVERWRITE);
	cr_expect_eq(host_csr_read(CSR_stimecmp), 4711);
	cr_expect(reg(A0) == 0 && reg(A1) == 0 && vcpu_pc(testing_vcpu()) == PC + 4);
	cr_expect_eq(call(SBI_EID_LEGACY_SET_TIMER, 5, 4712, 1, 0), HOOK_OVERWRITE);
	cr_expect_eq(host_csr_read(CSR_stimecmp), 4712);
	cr_expect(reg(A0) == 0 && reg(A1) == 1 && vcpu_pc(testing_vcpu()) == PC + 8);
}

Test(protect_payload, without_stimecmp_the_firmware_sets_the_timer, .init = start)
{
	cr_expect_eq(call(SBI_EID_TIME, SBI_FID_set_timer, 4711, 0, 0), HOOK_IGNORE);
	cr_expect_eq(call(SBI_EID_LEGACY_SET_TIMER, 0, 4711, 0, 0), HOOK_IGNORE);
}

Test(protect_payload, only_the_listed_registers_pass_in_each_plain_call, .init = start)
{
	for (unsigned i = 0; i < ROWS; i++) {
		if (rows[i].kind != PROTECT_PLAIN && rows[i].kind != PROTECT_TIMER)
			continue;
		set_all(0x1000);
		vcpu_set_reg(testing_vcpu(), A7, rows[i].eid);
		vcpu_set_reg(testing_vcpu(), A6, rows[i].fid == PROTECT_ANY ? 3 : rows[i].fid);
		set_pc(PC, MODE_SUPERVISOR);
		require(protect_payload_ecall_from_payload(self(), testing_hart(), testing_vcpu()) == HOOK_IGNORE,
			"row %u", i);
		leave(CAUSE_ECALL_S);
		for (unsigned n = 1; n < 32; n++) {
			bool argument = n >= A0 && n < A6, passes = argument && (rows[i].in >> (n - A0) & 1);

			if (n == A6 || n == A7)
				continue;
			require(reg(n) == (passes ? 0x1000 + n : 0), "row %u, x%u is %lx", i, n, reg(n));
		}
		require(reg(A7) == rows[i].eid, "row %u", i);
		set_all(0x2000);
		require(enter(PC + 4, MODE_SUPERVISOR) == NULL, "row %u", i);
		for (unsigned n = 1; n < 32; n++) {
			bool result = n == A0 || (n == A1 && rows[i].out & 2);

			if (n != A6 && n != A7)
				require(reg(n) == (result ? 0x2000 : 0x1000) + n, "row %u, x%u is %lx", i, n, reg(n));
		}
	}
}

Test(protect_payload, the_firmware_returns_only_to_where_the_payload_left, .init = start)
{
	static const uint64_t causes[] = { CAUSE_ECALL_S, CAUSE_INTERRUPT | 7, CAUSE_INTERRUPT | 3 };

	for (unsigned i = 0; i < 3; i++)
		for (uint64_t offset = 0; offset <= 8; offset += 2)
			for (unsigned mode = 0; mode < 2; mode++) {
				bool right = offset == (i == 0 ? 4 : 0) && mode == MODE_SUPERVISOR;

				set_pc(PC, MODE_SUPERVISOR);
				(void)call(SBI_EID_BASE, 0, 0, 0, 0);
				leave(causes[i]);
				require((enter(PC + offset, (enum mode)mode) == NULL) == right,
					"cause %lx, +%lu, mode %u", causes[i], offset, mode);
			}
}

Test(protect_payload, the_firmware_emulates_an_instruction_or_gives_it_back, .init = start)
{
	struct vcpu *vcpu = testing_vcpu();

	for (unsigned back = 0; back < 2; back++) {
		set_all(0x1000);
		set_pc(PC, MODE_SUPERVISOR);
		testing_take(CAUSE_ILLEGAL, CSRRW_A1_A2);
		cr_assert_eq(protect_payload_trap_from_payload(self(), testing_hart(), vcpu), HOOK_IGNORE);
		leave(CAUSE_ILLEGAL);
		for (unsigned n = 1; n < 32; n++)
			require(reg(n) == (n == A2 ? 0x1000 + A2 : 0), "x%u is %lx", n, reg(n));
		set_all(0x2000);
		csr_write(CSR_stvec, TESTING_PAYLOAD + 0x400);
		cr_assert_null(back ? enter(PROTECT_STVEC, MODE_SUPERVISOR) : enter(PC + 4, MODE_SUPERVISOR));
		for (unsigned n = 1; n < 32; n++)
			require(reg(n) == (n == A1 && !back ? 0x2000 : 0x1000) + n, "x%u is %lx", n, reg(n));
		cr_expect_eq(vcpu->pc, back ? TESTING_PAYLOAD + 0x400 : PC + 4);
	}
	cr_expect_eq(csr_read(CSR_scause), CAUSE_ILLEGAL);
	cr_expect_eq(csr_read(CSR_stval), CSRRW_A1_A2);
	cr_expect_eq(csr_read(CSR_sepc), PC);
}

/* ---- HSM ---- */

/* Hart 0 asks the firmware to start hart 1, and hart 1 is the current hart afterwards. */
static void ask_to_start(uint64_t error)
{
	set_pc(PC, MODE_SUPERVISOR);
	cr_assert_eq(call(SBI_EID_HSM, SBI_FID_hart_start, FIRST_ID + 1, ENTRY, OPAQUE), HOOK_IGNORE);
	leave(CAUSE_ECALL_S);
	vcpu_set_reg(testing_vcpu(), A0, error);
	cr_assert_null(enter(PC + 4, MODE_SUPERVISOR));
	testing_run_on(1);
	testing_enter_payload(MODE_SUPERVISOR);
}

static const char *enter_started(uint64_t pc, enum mode mode, uint64_t a0, uint64_t a1)
{
	set_all(0x2000);
	vcpu_set_reg(testing_vcpu(), A0, a0);
	vcpu_set_reg(testing_vcpu(), A1, a1);
	return enter(pc, mode);
}

Test(protect_payload, a_hart_starts_where_the_payload_wants, .init = start)
{
	ask_to_start(SBI_SUCCESS);
	cr_assert_null(enter_started(ENTRY, MODE_SUPERVISOR, FIRST_ID + 1, OPAQUE));
	cr_expect(reg(A0) == FIRST_ID + 1 && reg(A1) == OPAQUE && reg(A2) == 0 && reg(1) == 0);
	leave(CAUSE_INTERRUPT | 7);
	cr_expect_null(enter(PC, MODE_SUPERVISOR), "it returns like any other hart afterwards");
}

Test(protect_payload, a_hart_does_not_start_in_any_other_way, .init = start)
{
	ask_to_start(SBI_SUCCESS);
	for (unsigned wrong = 0; wrong < 4; wrong++) {
		self()->start = PROTECT_START_REQUESTED;
		cr_expect(enter_started(ENTRY + (wrong == 0 ? 4 : 0), wrong == 1 ? MODE_USER : MODE_SUPERVISOR,
					FIRST_ID + (wrong == 2 ? 2 : 1), OPAQUE + (wrong == 3)));
	}
}

Test(protect_payload, a_hart_does_not_start_without_a_request, .init = start)
{
	testing_run_on(1);
	testing_enter_payload(MODE_SUPERVISOR);
	cr_expect(enter_started(ENTRY, MODE_SUPERVISOR, FIRST_ID + 1, OPAQUE));
}

Test(protect_payload, a_request_ends_if_the_firmware_refuses_it, .init = start)
{
	ask_to_start((uint64_t)SBI_ERR_FAILED);
	cr_expect(enter_started(ENTRY, MODE_SUPERVISOR, FIRST_ID + 1, OPAQUE));
}

static void expect_no_start(const char *what)
{
	set_pc(PC, MODE_SUPERVISOR);
	cr_expect_eq(call(SBI_EID_HSM, SBI_FID_hart_start, FIRST_ID + 1, ENTRY + 8, OPAQUE), HOOK_OVERWRITE, "%s",
		     what);
	cr_expect_eq((int64_t)reg(A0), SBI_ERR_ALREADY_AVAILABLE, "%s", what);
	cr_expect_eq(harts[1].modules.protect_payload.start_pc, ENTRY, "%s", what);
}

Test(protect_payload, a_hart_that_runs_or_is_about_to_start_gets_no_second_request, .init = start)
{
	ask_to_start(SBI_SUCCESS);
	testing_run_on(0);
	expect_no_start("the firmware has not started it yet");
	testing_run_on(1);
	cr_assert_null(enter_started(ENTRY, MODE_SUPERVISOR, FIRST_ID + 1, OPAQUE));
	harts[1].state = HART_STARTED;
	testing_run_on(0);
	expect_no_start("it runs");
}

Test(protect_payload, the_number_in_an_instruction_is_no_register)
{
	for (unsigned funct3 = 0; funct3 < 8; funct3++)
		cr_expect_eq(protect_operand(0x8fe00073u | funct3 << 12 | 29u << 15), funct3 > 4 ? 0 : 29, "%u",
			     funct3);
}

Test(protect_payload, a_request_is_good_for_one_start, .init = start)
{
	ask_to_start(SBI_SUCCESS);
	cr_assert_null(enter_started(ENTRY, MODE_SUPERVISOR, FIRST_ID + 1, OPAQUE));
	set_pc(PC, MODE_SUPERVISOR);
	cr_assert_eq(call(SBI_EID_HSM, SBI_FID_hart_stop, 0, 0, 0), HOOK_IGNORE);
	leave(CAUSE_ECALL_S);
	cr_expect(enter_started(ENTRY, MODE_SUPERVISOR, FIRST_ID + 1, OPAQUE));
}

Test(protect_payload, a_suspended_hart_resumes_or_returns, .init = start)
{
	for (unsigned resumes = 0; resumes < 2; resumes++) {
		set_pc(PC, MODE_SUPERVISOR);
		cr_assert_eq(call(SBI_EID_HSM, SBI_FID_hart_suspend, NON_RETENTIVE, ENTRY, OPAQUE), HOOK_IGNORE);
		leave(CAUSE_ECALL_S);
		cr_expect_null(enter_started(resumes ? ENTRY : PC + 4, MODE_SUPERVISOR, FIRST_ID, OPAQUE));
	}
	set_pc(PC, MODE_SUPERVISOR);
	(void)call(SBI_EID_HSM, SBI_FID_hart_suspend, 0, ENTRY, OPAQUE);
	leave(CAUSE_ECALL_S);
	cr_expect(enter_started(ENTRY, MODE_SUPERVISOR, FIRST_ID, OPAQUE), "a retentive suspend only returns");
}

/* ---- CSRs ---- */

static enum hook_action access_csr(unsigned number, bool write, uint64_t *value)
{
	return protect_payload_csr_access(self(), testing_hart(), testing_vcpu(), number, write, value);
}

Test(protect_payload, the_firmware_reads_0_from_the_payloads_csrs, .init = start)
{
	static const unsigned numbers[] = { CSR_stvec, CSR_sscratch, CSR_sepc,    CSR_scause,    CSR_stval,
					    CSR_satp,  CSR_stimecmp, CSR_senvcfg, CSR_scounteren };

	leave(CAUSE_INTERRUPT | 7);
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t value = 0x5a5a;

		testing_module.event_count = 0;
		cr_expect_eq(access_csr(numbers[i], true, &value), HOOK_OVERWRITE);
		cr_expect_eq(testing_module.event_count, 1, "a denied event");
		cr_expect_eq(access_csr(numbers[i], false, &value), HOOK_OVERWRITE);
		cr_expect_eq(value, 0);
	}
}

Test(protect_payload, the_firmware_reads_back_what_it_writes_to_a_frozen_csr, .init = start)
{
	static const unsigned numbers[] = { CSR_medeleg, CSR_mideleg, CSR_menvcfg, CSR_mcounteren };

	for (unsigned i = 0; i < 4; i++) {
		uint64_t before, after, value = 0;

		cr_assert_eq(vcpu_csr(testing_vcpu(), numbers[i], &before), ERROR_NONE);
		cr_expect_eq(access_csr(numbers[i], true, &value), HOOK_OVERWRITE);
		value = 5;
		cr_expect_eq(access_csr(numbers[i], false, &value), HOOK_OVERWRITE);
		cr_expect_eq(value, 0);
		cr_assert_eq(vcpu_csr(testing_vcpu(), numbers[i], &after), ERROR_NONE);
		cr_expect_eq(before, after, "CSR %x", numbers[i]);
	}
}

Test(protect_payload, an_attempt_to_forbid_instructions_to_the_payload_is_a_denied_event, .init = start)
{
	const uint64_t bits[] = { MSTATUS_TVM, MSTATUS_TW, MSTATUS_TSR, MSTATUS_MIE };

	leave(CAUSE_INTERRUPT | 7);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t value = bits[i];

		testing_module.event_count = 0;
		cr_expect_eq(access_csr(CSR_mstatus, true, &value), HOOK_IGNORE);
		cr_expect_eq(testing_module.event_count, i < 3);
		cr_expect_eq(access_csr(CSR_mstatus, false, &value), HOOK_IGNORE);
		cr_expect_eq(testing_module.event_count, i < 3, "a read is no attempt");
	}
}
