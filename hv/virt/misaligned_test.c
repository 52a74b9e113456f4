/* Tests which misaligned instructions of the payload hv carries out. */
#include <string.h>

#include "hv/testing/hart.h"
#include "hv/testing/instruction_word.h"
#include "hv/testing/testing.h"
#include "hv/virt/emulate.h"

#define MEMORY 0x10000000ull
#define PC 0x80400000ull

static struct vcpu vcpu;
static uint8_t memory[64];

/* Enters the payload, to which all memory is open. */
static void start(void)
{
	testing_boot_usual(&vcpu);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpaddr, CSR_OPERATION_WRITE, ~0ull), ERROR_NONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpcfg, CSR_OPERATION_WRITE, 0x1f), ERROR_NONE);
	for (unsigned i = 0; i < sizeof(memory); i++)
		memory[i] = (uint8_t)(i * 7 + 0x80);
	host_memory_add(MEMORY, sizeof(memory), memory);
	vcpu_set_reg(&vcpu, 12, 0x8899aabbccddeeff);
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
}

static uint64_t bytes_at(unsigned offset)
{
	uint64_t value;

	memcpy(&value, memory + offset, sizeof(value));
	return value;
}

/* The payload's instruction @p word has trapped at @p address. */
static enum emulation execute(uint32_t word, uint64_t address)
{
	vcpu.pc = PC;
	testing_trap(&vcpu, CAUSE_LOAD_MISALIGNED, address);
	vcpu.trap.instruction = word;
	vcpu.trap.instruction_known = true;
	vcpu_set_reg(&vcpu, 10, address);
	return emulate_misaligned(&vcpu);
}

Test(misaligned, a_misaligned_load_or_store_is_carried_out_and_pc_moves, .init = start)
{
	cr_expect_eq(execute(load_word(0x03, 3, 11, 10, 0), MEMORY + 1), EMULATION_DONE);
	cr_expect_eq(vcpu_reg(&vcpu, 11), bytes_at(1));
	cr_expect_eq(vcpu.pc, PC + 4);
	cr_expect_eq(execute(store_word(0x23, 3, 12, 10, 0), MEMORY + 5), EMULATION_DONE);
	cr_expect_eq(bytes_at(5), vcpu_reg(&vcpu, 12));
	cr_expect_eq(vcpu.pc, PC + 4);
}

Test(misaligned, a_misaligned_access_that_faults_leaves_pc, .init = start)
{
	cr_expect_eq(execute(store_word(0x23, 3, 12, 10, 0), MEMORY + sizeof(memory) - 3), EMULATION_FAULT);
	cr_expect_eq(vcpu.fault.cause, CAUSE_STORE_ACCESS);
	cr_expect_eq(vcpu.pc, PC);
}

Test(misaligned, other_misaligned_instructions_are_left_alone, .init = start)
{
	cr_expect_eq(execute(amo_word(1, 3, 11, 10, 12), MEMORY + 1), EMULATION_ILLEGAL);
	cr_expect_eq(vcpu.pc, PC);
	testing_trap(&vcpu, CAUSE_LOAD_MISALIGNED, MEMORY + 1);
	vcpu.trap.instruction_known = false;
	cr_expect_eq(emulate_misaligned(&vcpu), EMULATION_ILLEGAL, "the instruction cannot be read");
	host_csr_set(CSR_mstatus, MSTATUS_MPV);
	vcpu.trap.instruction = load_word(0x03, 3, 11, 10, 0);
	vcpu.trap.instruction_known = true;
	cr_expect_eq(emulate_misaligned(&vcpu), EMULATION_ILLEGAL, "VS-mode");
}
