/* Tests the instruction with all registers, and that other instructions are left to hv. */
#include "modules/examples/custom_instruction/custom_instruction.h"

#include "hv/testing/module.h"

static uint32_t word_of(unsigned opcode, unsigned rd, unsigned rs1, unsigned rs2)
{
	return opcode | rd << 7 | rs1 << 15 | rs2 << 20;
}

static enum hook_action trap_on(uint32_t word)
{
	testing_take(CAUSE_ILLEGAL, word);
	return custom_instruction_trap_from_payload(testing_state(custom_instruction), testing_hart(), testing_vcpu());
}

static void start(void)
{
	testing_module_start(1);
	testing_enter_payload(MODE_USER);
}

Test(custom_instruction, every_register_can_be_source_and_destination, .init = start)
{
	struct vcpu *vcpu = testing_vcpu();

	for (unsigned rd = 0; rd < 32; rd++)
		for (unsigned rs1 = 0; rs1 < 32; rs1++)
			for (unsigned rs2 = 0; rs2 < 32; rs2++) {
				uint64_t pc = vcpu_pc(vcpu), sum;

				for (unsigned i = 1; i < 32; i++)
					vcpu_set_reg(vcpu, i, 0x0123456789abcdefull * (i + 1));
				sum = vcpu_reg(vcpu, rs1) ^ vcpu_reg(vcpu, rs2);
				require(trap_on(word_of(0x0b, rd, rs1, rs2)) == HOOK_OVERWRITE, "not taken");
				require(vcpu_pc(vcpu) == pc + 4, "pc is wrong");
				for (unsigned i = 0; i < 32; i++)
					require(vcpu_reg(vcpu, i) == (i == 0    ? 0
								      : i == rd ? sum
										: 0x0123456789abcdefull * (i + 1)),
						"x%u is wrong after rd %u rs1 %u rs2 %u", i, rd, rs1, rs2);
			}
}

Test(custom_instruction, every_other_opcode_is_left_to_hv, .init = start)
{
	for (unsigned opcode = 3; opcode < 128; opcode += 4)
		if (opcode != 0x0b)
			cr_expect_eq(trap_on(word_of(opcode, 5, 6, 7)), HOOK_IGNORE);
	cr_expect_eq(trap_on(0x0001), HOOK_IGNORE, "an instruction of 16 bits");
	cr_expect_eq(vcpu_pc(testing_vcpu()), TESTING_PAYLOAD);
}

Test(custom_instruction, an_instruction_that_cannot_be_read_is_left_to_hv, .init = start)
{
	cr_expect_eq(trap_on(0), HOOK_IGNORE, "mtval is 0, and nothing is mapped at pc");
}

Test(custom_instruction, the_module_sees_illegal_instructions_that_the_firmware_delegates)
{
	testing_module_start(1);
	cr_expect_eq(vcpu_set_csr(testing_vcpu(), CSR_medeleg, 1 << CAUSE_ILLEGAL), ERROR_NONE);
	testing_enter_payload(MODE_SUPERVISOR);
	cr_expect_not(host_csr_read(CSR_medeleg) & 1 << CAUSE_ILLEGAL);
}
