/* Tests the firmware's CSR instructions in an image whose module guards CSRs and hides bits (with_guards of hv/testing). */
#include "hv/testing/tiers.h"

/* funct3 selects the operation; rd is t0, rs1 is t1 or x0 */
#define WORD(number, funct3, rd, rs1)                                                                                  \
	(0x73u | (uint32_t)(rd) << 7 | (uint32_t)(funct3) << 12 | (uint32_t)(rs1) << 15 | (uint32_t)(number) << 20)
#define T0 5
#define T1 6
#define RW 1
#define RS 2
#define RC 3

#define HIDDEN_STATUS                                                                                                  \
	(MSTATUS_SIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_FS | MSTATUS_VS | MSTATUS_XS | MSTATUS_SD | MSTATUS_TVM)
#define HIDDEN_MIE (IP_SSI | IP_SEI)
#define HIDDEN_MIP (IP_SSI | IP_STI)
#define KEPT_MIP IP_SSI /* the firmware can set and clear STIP, although it cannot read it */

static const struct {
	unsigned number;
	uint64_t hidden, kept;
} views[] = {
	{ CSR_mstatus, HIDDEN_STATUS, HIDDEN_STATUS },
	{ CSR_sstatus, HIDDEN_STATUS, HIDDEN_STATUS },
	{ CSR_mie, HIDDEN_MIE, HIDDEN_MIE },
	{ CSR_sie, HIDDEN_MIE, HIDDEN_MIE },
	{ CSR_mip, HIDDEN_MIP, KEPT_MIP },
	{ CSR_sip, HIDDEN_MIP, KEPT_MIP },
};

/* ---- hidden bits ---- */

/* What the CSR really holds. Functions that do not emulate an instruction of the firmware see it. */
static uint64_t real(unsigned number)
{
	return testing_csr(&vcpu, number);
}

Test(csr_guards, both_tiers_hide_the_same_bits)
{
	uint64_t seed = 51;
	unsigned returned = 0;

	for (unsigned round = 0; round < 2000; round++) {
		firmware_at_random(&seed);
		for (unsigned i = 0; i < 10 && vcpu.mode == MODE_MACHINE && vcpu_pending_interrupt(&vcpu) == 0; i++) {
			vcpu.pc = (uint64_t)code;
			returned += compare_firmware(WORD(views[random_next(&seed) % 6].number, 0, 0, 0) |
						     (uint32_t)(random_next(&seed) & 0xfff80));
		}
	}
	cr_expect_gt(returned, 2000, "only %u of them ended fast", returned);
}

Test(csr_guards, hidden_bits_read_as_0_and_keep_their_values)
{
	uint64_t seed = 52;

	for (unsigned round = 0; round < 2000; round++)
		for (unsigned i = 0; i < 6; i++) {
			unsigned number = views[i].number, funct3 = 1 + (unsigned)(random_next(&seed) % 3);
			uint64_t hidden = views[i].hidden, kept = views[i].kept, old;

			firmware_at_random(&seed);
			if (vcpu_pending_interrupt(&vcpu))
				continue;
			old = real(number);
			trap_with(WORD(number, funct3, T0, T1));
			slow_firmware();
			require(vcpu_reg(&vcpu, T0) == (old & ~hidden), "CSR %x reads %lx", number,
				vcpu_reg(&vcpu, T0));
			require(((old ^ real(number)) & kept) == 0, "CSR %x changed from %lx to %lx", number, old,
				real(number));
		}
}

Test(csr_guards, the_other_bits_are_written)
{
	firmware_at_random(&(uint64_t){ 53 });
	host_hart.wires = 0;
	set(CSR_mstatus, 0);
	set(CSR_mideleg, ~0ull);
	set(CSR_mie, 0);
	set(CSR_mip, 0);
	for (unsigned i = 0; i < 6; i += 2) {
		vcpu_set_reg(&vcpu, T1, i == 0 ? ~(MSTATUS_MIE | MSTATUS_MPRV | MSTATUS_TVM) : ~0ull);
		vcpu.pc = (uint64_t)code;
		require(compare_firmware(WORD(views[i].number, RS, T0, T1)), "CSR %x is slow", views[i].number);
	}
	cr_expect_eq(real(CSR_mstatus) & (HIDDEN_STATUS | MSTATUS_SPIE | MSTATUS_MXR | MSTATUS_TW),
		     MSTATUS_SPIE | MSTATUS_MXR | MSTATUS_TW);
	cr_expect_eq(real(CSR_mie), (IP_S_BITS | IP_M_BITS) & ~HIDDEN_MIE);
	cr_expect_eq(real(CSR_mip), IP_STI | IP_SEI);
}

/* ---- guarded CSRs ---- */

static void start_guarded(void)
{
	firmware_at_random(&(uint64_t){ 54 });
	set(CSR_mstatus, 0);
	testing_guard = (struct testing_guard){ .answer = 0x5a5a5a58 };
	vcpu_set_reg(&vcpu, T0, 0x77);
	vcpu_set_reg(&vcpu, T1, 0x30);
}

/* Lets the firmware execute the instruction in the slow tier. */
static void execute(uint32_t word)
{
	vcpu.pc = (uint64_t)code;
	trap_with(word);
	slow_firmware();
}

static void expect_call(unsigned i, unsigned number, bool write, uint64_t value)
{
	const struct testing_guard_call *call = &testing_guard.calls[i];

	cr_expect(i < testing_guard.count && call->number == number && call->write == write && call->value == value,
		  "call %u of %u: CSR %x, write %d, %lx", i, testing_guard.count, call->number, call->write,
		  call->value);
}

Test(csr_guards, guarded_csrs_go_to_the_slow_tier_and_others_do_not, .init = start_guarded)
{
	static const unsigned guarded[] = { CSR_mscratch,         CSR_stvec, CSR_menvcfg, CSR_mhpmcounter,
					    CSR_mhpmcounter_last, CSR_cycle },
			      others[] = { CSR_mepc, CSR_mtvec, CSR_sie, CSR_mhartid, CSR_mcycle, CSR_instret };

	for (unsigned i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		vcpu.pc = (uint64_t)code;
		cr_expect_not(compare_firmware(WORD(guarded[i], RS, T0, 0)), "CSR %x", guarded[i]);
	}
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		vcpu.pc = (uint64_t)code;
		cr_expect(compare_firmware(WORD(others[i], RS, T0, 0)), "CSR %x", others[i]);
	}
	vcpu.pc = (uint64_t)code;
	cr_expect(compare_firmware(WORD(0x5c0, RS, T0, 0)), "a number without a CSR is left to the step");
	cr_expect_eq(testing_guard.count, 0, "the fast tier asks nobody");
}

/* TVM is hidden here, and TW is not. */
Test(csr_guards, a_write_that_tries_to_set_hidden_tvm_is_told, .init = start_guarded)
{
	for (unsigned mie = 0; mie < 2; mie++) {
		testing_guard.count = 0;
		vcpu_set_reg(&vcpu, T1, MSTATUS_TVM | MSTATUS_TW | (mie ? MSTATUS_MIE : 0));
		vcpu.pc = (uint64_t)code;
		cr_expect_not(compare_firmware(WORD(CSR_mstatus, RS, T0, T1)),
			      "the fast tier leaves it to the slow one");
		execute(WORD(CSR_mstatus, RS, T0, T1));
		cr_expect_eq(testing_guard.calls[testing_guard.count - 1].value & MSTATUS_TVM, MSTATUS_TVM);
		cr_expect_eq(real(CSR_mstatus) & (MSTATUS_TVM | MSTATUS_TW), MSTATUS_TW, "the answer does not matter");
		set(CSR_mstatus, 0);
	}
}

Test(csr_guards, nothing_is_told_of_other_accesses_to_mstatus, .init = start_guarded)
{
	vcpu_set_reg(&vcpu, T1, MSTATUS_TVM);
	execute(WORD(CSR_mstatus, RC, T0, T1));
	execute(WORD(CSR_mstatus, RS, T0, 0));
	execute(WORD(CSR_sstatus, RS, T0, T1));
	vcpu_set_reg(&vcpu, T1, MSTATUS_TW);
	execute(WORD(CSR_mstatus, RW, T0, T1));
	cr_expect_eq(testing_guard.count, 0);
}

Test(csr_guards, the_read_is_asked_before_the_write_that_would_happen, .init = start_guarded)
{
	set(CSR_mscratch, 0x105);
	execute(WORD(CSR_mscratch, RS, T0, T1));
	expect_call(0, CSR_mscratch, false, 0x105);
	expect_call(1, CSR_mscratch, true, 0x135);
	execute(WORD(CSR_mscratch, RC, T0, T1));
	expect_call(3, CSR_mscratch, true, 0x105);
	execute(WORD(CSR_mscratch, RW, T0, T1));
	expect_call(4, CSR_mscratch, false, 0x105);
	expect_call(5, CSR_mscratch, true, 0x30);
	cr_expect_eq(testing_guard.count, 6);
	cr_expect(real(CSR_mscratch) == 0x30 && vcpu_reg(&vcpu, T0) == 0x105,
		  "an answer that is ignored has no effect");
}

Test(csr_guards, an_instruction_that_does_not_read_or_write_is_not_asked_about_it, .init = start_guarded)
{
	execute(WORD(CSR_stvec, RW, 0, T1));
	expect_call(0, CSR_stvec, true, 0x30);
	execute(WORD(CSR_stvec, RS, T0, 0));
	expect_call(1, CSR_stvec, false, 0x30);
	execute(WORD(CSR_mhpmcounter + 3, RC, T0, 0));
	expect_call(2, CSR_mhpmcounter + 3, false, real(CSR_mhpmcounter + 3));
	cr_expect_eq(testing_guard.count, 3);
}

Test(csr_guards, the_firmware_gets_the_value_of_a_read_that_is_taken_over, .init = start_guarded)
{
	set(CSR_stvec, 0x1000);
	testing_guard.takes_reads = true;
	execute(WORD(CSR_stvec, RS, T0, T1));
	cr_expect_eq(vcpu_reg(&vcpu, T0), 0x5a5a5a58);
	expect_call(1, CSR_stvec, true, 0x5a5a5a78);
	cr_expect_eq(real(CSR_stvec), 0x5a5a5a78, "the write is based on the value that the firmware has read");
}

Test(csr_guards, a_write_that_is_taken_over_does_not_happen, .init = start_guarded)
{
	set(CSR_mscratch, 0x105);
	testing_guard.takes_writes = true;
	execute(WORD(CSR_mscratch, RW, T0, T1));
	cr_expect(real(CSR_mscratch) == 0x105 && vcpu_reg(&vcpu, T0) == 0x105);
	cr_expect_eq(vcpu.pc, (uint64_t)code + 4);
}

Test(csr_guards, an_illegal_access_is_not_asked_about, .init = start_guarded)
{
	testing_guard.takes_reads = testing_guard.takes_writes = true;
	execute(WORD(CSR_cycle, RW, T0, T1));
	cr_expect_eq(vcpu.csr.mcause, CAUSE_ILLEGAL);
	machine.has_menvcfg = false;
	vcpu.csr.mcause = 0;
	execute(WORD(CSR_menvcfg, RW, 0, T1));
	cr_expect_eq(vcpu.csr.mcause, CAUSE_ILLEGAL);
	cr_expect_eq(testing_guard.count, 0);
	cr_expect_eq(vcpu_reg(&vcpu, T0), 0x77);
}
