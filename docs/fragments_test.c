/* Compiles the fragments of C on modules.md, which do not belong to the worked example, and checks what they do. */
#include "docs/ecall_counter.h"
#include "hv/testing/hart.h"
#include "hv/testing/module.h"

#define A7 17

/* The module of the section on observers. */
struct exit_clock {
	uint64_t longest;
};
#include "docs/fragment_exit_clock.inc"

/* The module of the sections on denied accesses and guarded CSRs. */
struct vault {
	uint64_t denied, last_write;
};
void vault_access_denied(struct vault *self, struct hart *hart, struct vcpu *vcpu, uint64_t address,
			 enum pmp_access access);
#include "docs/fragment_denied.inc"
enum hook_action vault_csr_access(struct vault *self, struct hart *hart, struct vcpu *vcpu, unsigned number, bool write,
				  uint64_t *value);
#include "docs/fragment_guard.inc"

void ecall_counter_fast_ecall(struct ecall_counter *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);
#include "docs/fragment_fast.inc"

/* The module of the section on world switches. */
struct curtain {
	uint64_t saved[32], pc;
};
bool curtain_fast_payload_trap(struct curtain *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);
bool curtain_fast_firmware_mret(struct curtain *self, struct hart *hart, struct vcpu *vcpu, uint64_t cause);
#include "docs/fragment_switch.inc"
#include "docs/fragment_context.inc"
#include "docs/fragment_registers.inc"

/* The module of the section on long calls. Its pieces are bytes that are never read. */
#define HASHER_EID 0x08001235
struct hasher {
	struct long_call call;
	unsigned starts;
};

static void hasher_start(struct hasher *self)
{
	self->starts++;
}

static bool hasher_add_piece(struct hasher *self, const struct vcpu *vcpu)
{
	self->call.done++;
	return self->call.done == vcpu_reg(vcpu, A0);
}

enum hook_action hasher_ecall_from_payload(struct hasher *self, struct hart *hart, struct vcpu *vcpu);
#include "docs/fragment_long.inc"

static enum hook_action copy_request(struct vcpu *vcpu, uint64_t *result)
{
	uint64_t request = 0;

#include "docs/fragment_copy.inc"
	*result = request;
	return HOOK_IGNORE;
}

Test(fragments, the_observer_keeps_the_longest_exit)
{
	static const uint64_t cycles[] = { 3, 9, 4 };
	struct exit_clock clock = { 0 };

	for (unsigned i = 0; i < 3; i++)
		exit_clock_observe_exit(&clock, &(struct exit){ .previous_cycles = cycles[i] });
	cr_expect_eq(clock.longest, 9);
}

Test(fragments, the_vault_counts_what_the_firmware_may_not_do)
{
	struct vault vault = { 0 };
	uint64_t value = 5;

	testing_module_start(1);
	vault_access_denied(&vault, testing_hart(), testing_vcpu(), 0x1000, PMP_ACCESS_WRITE);
	vault_access_denied(&vault, testing_hart(), testing_vcpu(), 0x2000, PMP_ACCESS_READ);
	cr_expect(vault.denied == 2 && vault.last_write == 0x1000);
	cr_expect(vault_csr_access(&vault, testing_hart(), testing_vcpu(), CSR_stvec, true, &value) == HOOK_OVERWRITE);
	cr_expect(vault.denied == 3 && value == 5);
	cr_expect(vault_csr_access(&vault, testing_hart(), testing_vcpu(), CSR_stvec, false, &value) == HOOK_OVERWRITE);
	cr_expect(vault.denied == 3 && value == 0);
}

Test(fragments, each_payload_finds_its_own_context_and_registers)
{
	static struct extension_state system, enclave;
	struct supervisor_context context;

	testing_module_start(1);
	testing_enter_payload(MODE_SUPERVISOR);
	supervisor_context_reset(&context);
	host_csr_write(CSR_sscratch, 5);
	host_hart.float_registers[3] = 7;
	enter_enclave(testing_vcpu(), &context);
	exchange_registers(&system, &enclave);
	cr_expect_eq(host_csr_read(CSR_sscratch), 0);
	cr_expect_eq(host_hart.float_registers[3], 0);
	enter_enclave(testing_vcpu(), &context);
	exchange_registers(&enclave, &system);
	cr_expect_eq(host_csr_read(CSR_sscratch), 5);
	cr_expect_eq(host_hart.float_registers[3], 7);
}

Test(fragments, a_copy_that_fails_is_the_error_of_the_call)
{
	uint64_t stored = 4711, result = 0;

	testing_module_start(1);
	testing_module_memory(TESTING_PAYLOAD, sizeof(stored), &stored);
	testing_enter_payload(MODE_SUPERVISOR);
	testing_ecall(1, 0, TESTING_PAYLOAD, 0, 0);
	cr_expect(copy_request(testing_vcpu(), &result) == HOOK_IGNORE && result == 4711);
	testing_ecall(1, 0, TESTING_PAYLOAD + 4, 0, 0);
	cr_expect_eq(copy_request(testing_vcpu(), &result), HOOK_OVERWRITE);
	cr_expect_eq(vcpu_reg(testing_vcpu(), A0), (uint64_t)SBI_ERR_INVALID_ADDRESS);
}

Test(fragments, the_fast_path_answers_only_its_own_extension)
{
	struct ecall_counter counter = { 0 };
	struct vcpu *vcpu;

	testing_module_start(1);
	testing_enter_payload(MODE_SUPERVISOR);
	vcpu = testing_vcpu();
	for (unsigned own = 0; own < 2; own++) {
		testing_ecall(own ? ECALL_COUNTER_EID : 1, 0, 7, 7, 7);
		for (unsigned i = 0; i < 32; i++) /* these registers are still in the hart */
			host_hart.live[i] = vcpu_reg(vcpu, i);
		ecall_counter_fast_ecall(&counter, testing_hart(), vcpu, CAUSE_ECALL_S);
		cr_expect_eq(host_hart.end, own ? HOST_END_RETURN : HOST_END_SLOW);
		cr_expect_eq(host_csr_read(CSR_mepc), TESTING_PAYLOAD + 4 * own);
		cr_expect_eq(vcpu_reg(vcpu, A0), own ? SBI_SUCCESS : 7);
		cr_expect_eq(vcpu_reg(vcpu, A0 + 1), own ? 2 : 7);
	}
}

/* The value of xn after trap.S has saved some of the registers. */
static uint64_t *place_of(unsigned n)
{
	return register_is_saved(n) ? &testing_vcpu()->regs[n] : &host_hart.live[n];
}

Test(fragments, the_firmware_sees_the_arguments_of_a_call_and_returns_two_registers)
{
	struct curtain curtain = { .pc = 0 };

	testing_module_start(1);
	testing_enter_payload(MODE_SUPERVISOR);
	testing_ecall(1, 0, 0, 0, 0);
	cr_expect_not(curtain_fast_payload_trap(&curtain, testing_hart(), testing_vcpu(), CAUSE_ILLEGAL));
	for (unsigned i = 1; i < 32; i++)
		*place_of(i) = 100 + i;
	cr_expect(curtain_fast_payload_trap(&curtain, testing_hart(), testing_vcpu(), CAUSE_ECALL_S));
	cr_expect_eq(fast_payload_mode(), EXEC_SUPERVISOR);
	for (unsigned i = 1; i < 32; i++) {
		cr_expect_eq(*place_of(i), i >= A0 && i <= A7 ? 100 + i : 0);
		*place_of(i) = 200 + i;
	}
	testing_vcpu()->pc = TESTING_PAYLOAD;
	cr_expect_not(curtain_fast_firmware_mret(&curtain, testing_hart(), testing_vcpu(), CAUSE_ILLEGAL));
	testing_vcpu()->pc = TESTING_PAYLOAD + 4;
	cr_expect(curtain_fast_firmware_mret(&curtain, testing_hart(), testing_vcpu(), CAUSE_ILLEGAL));
	for (unsigned i = 1; i < 32; i++)
		cr_expect_eq(*place_of(i), (i == A0 || i == A1 ? 200 : 100) + i);
}

/* Makes the call at the payload's present pc. @return whether it has ended */
static bool call_hasher(struct hasher *hasher, uint64_t fid, uint64_t pieces)
{
	uint64_t pc = vcpu_pc(testing_vcpu());

	testing_ecall(HASHER_EID, fid, pieces, 0, 0);
	cr_expect_eq(hasher_ecall_from_payload(hasher, testing_hart(), testing_vcpu()), HOOK_OVERWRITE);
	return vcpu_pc(testing_vcpu()) == pc + 4;
}

Test(fragments, a_long_call_repeats_until_it_is_done_or_changes)
{
	struct hasher hasher = { .starts = 0 };

	testing_module_start(1);
	testing_enter_payload(MODE_SUPERVISOR);
	cr_expect_not(call_hasher(&hasher, 0, 3));
	cr_expect_not(call_hasher(&hasher, 0, 3));
	cr_expect(call_hasher(&hasher, 0, 3));
	cr_expect_eq(vcpu_reg(testing_vcpu(), A0), SBI_SUCCESS);
	cr_expect_eq(hasher.starts, 1);
	cr_expect_not(call_hasher(&hasher, 0, 3));
	cr_expect(call_hasher(&hasher, 0, 2), "the argument has changed");
	cr_expect_eq(vcpu_reg(testing_vcpu(), A0), (uint64_t)SBI_ERR_INVALID_PARAM);
	cr_expect_not(call_hasher(&hasher, 0, 2));
	cr_expect_not(call_hasher(&hasher, 1, 2), "another function is another call");
	cr_expect_eq(hasher.starts, 4);
	cr_expect(call_hasher(&hasher, 1, 2));
}
