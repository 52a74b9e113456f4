/* Tests of the emulation of the firmware's privileged instructions, and of how hv reads the instruction that
 * trapped. */
#include "hv/virt/emulate.h"

#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

#define RAM (TESTING_HV_BASE + TESTING_HV_SIZE)
#define OPCODE_SYSTEM 0x73

static struct vcpu vcpu;
static uint32_t code[64];

static void start(void)
{
	testing_boot_usual(&vcpu);
	testing_place_code(code, sizeof(code));
	vcpu.pc = (uint64_t)code;
}

/* Makes the firmware execute @p word, which traps as illegal. */
static enum emulation execute(uint32_t word)
{
	testing_place_code(code, sizeof(code));
	code[0] = word;
	vcpu.pc = (uint64_t)code;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0xbad);
	cr_assert_eq(vcpu_fault_instruction(&vcpu), ERROR_NONE);
	return emulate_privileged(&vcpu);
}

static uint32_t csr_word(unsigned funct3, unsigned csr, unsigned rd, unsigned rs1)
{
	return OPCODE_SYSTEM | rd << 7 | funct3 << 12 | rs1 << 15 | csr << 20;
}

/* ---- reading the instruction ---- */

Test(emulate, the_firmwares_instruction_is_read_at_its_pc_and_never_from_mtval, .init = start)
{
	code[0] = 0x30200073;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0x10500073);
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_NONE);
	cr_expect_eq(vcpu.trap.instruction, 0x30200073);
	code[0] = 0xffff9002; /* a compressed instruction; hv ignores the halfword after it */
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_NONE);
	cr_expect_eq(vcpu.trap.instruction, 0x9002);
}

Test(emulate, the_firmwares_instruction_is_unknown_if_fetching_it_caused_the_trap, .init = start)
{
	static const uint64_t causes[] = { CAUSE_FETCH_ACCESS, CAUSE_FETCH_PAGE, CAUSE_INTERRUPT | INTERRUPT_MTI };

	for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		vcpu.pc = TESTING_HV_BASE;
		testing_trap(&vcpu, causes[i], vcpu.pc);
		cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_TRAPPED);
	}
}

Test(emulate, the_firmwares_instruction_is_unknown_if_its_memory_can_no_longer_be_read, .init = start)
{
	host_hart.memory[HOST_MEMORIES - 1].bytes = NULL;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0x30200073);
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_TRAPPED);
	cr_expect_eq(vcpu.trap.instruction, 0);
}

/* A payload in S-mode that has two pages mapped at 0x4000. */
static uint8_t page[0x2000];
#define PAGE_ADDRESS 0x4000
#define SATP_TESTED (FIELD(63, 1) | 5) /* Sv39 */

static void start_payload(void)
{
	start();
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpaddr, CSR_OPERATION_WRITE, ~0ull), ERROR_NONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpcfg, CSR_OPERATION_WRITE, 0x1f), ERROR_NONE);
	vcpu.mstatus = field_set(MSTATUS_MPP, vcpu.mstatus, MODE_SUPERVISOR);
	vcpu.satp = SATP_TESTED;
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
	host_hart.memory[0] = (struct host_memory){ .address = PAGE_ADDRESS,
						    .size = sizeof(page),
						    .satp = SATP_TESTED,
						    .physical = RAM,
						    .permissions = HOST_EXECUTE,
						    .bytes = page };
}

Test(emulate, the_payloads_instruction_is_taken_from_mtval_if_mtval_contains_it, .init = start_payload)
{
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0xc0102573);
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_NONE);
	cr_expect_eq(vcpu.trap.instruction, 0xc0102573);
}

Test(emulate, while_a_counter_is_withheld_mtval_is_used_only_if_the_word_cannot_be_fetched, .init = start_payload)
{
	*(uint32_t *)page = 0xc0002573;
	vcpu.counters_withheld = true;
	vcpu.pc = PAGE_ADDRESS;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0xc0102573);
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_NONE);
	cr_expect_eq(vcpu.trap.instruction, 0xc0002573);
	vcpu.pc = 8 * PAGE_ADDRESS;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0xc0102573);
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_NONE);
	cr_expect_eq(vcpu.trap.instruction, 0xc0102573);
}

Test(emulate, the_payloads_instruction_is_fetched_with_its_permissions_if_mtval_lacks_it, .init = start_payload)
{
	*(uint32_t *)(page + 0xffe) = 0xc0102573;
	vcpu.pc = PAGE_ADDRESS + 0xffe;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_NONE);
	cr_expect_eq(vcpu.trap.instruction, 0xc0102573);
	cr_expect(vcpu.trap.instruction_known);
	*(uint32_t *)(page + 0xffe) = 0;
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_NONE);
	cr_expect_eq(vcpu.trap.instruction, 0xc0102573, "hv does not read it again");
	host_hart.memory[0].permissions = HOST_WRITE;
	testing_trap(&vcpu, CAUSE_LOAD_MISALIGNED, 0x123);
	cr_expect_eq(vcpu_fault_instruction(&vcpu), ERROR_TRAPPED);
	cr_expect_not(vcpu.trap.instruction_known);
}

Test(emulate, at_the_end_of_memory_only_two_bytes_of_a_compressed_instruction_are_read, .init = start_payload)
{
	uint32_t word;

	*(uint16_t *)(page + 0x1ffe) = 0x9002;
	cr_expect_eq(vcpu_fetch(&vcpu, PAGE_ADDRESS + 0x1ffe, &word), ERROR_NONE);
	cr_expect_eq(word, 0x9002);
	*(uint16_t *)(page + 0x1ffe) = 0x2573;
	cr_expect_eq(vcpu_fetch(&vcpu, PAGE_ADDRESS + 0x1ffe, &word), ERROR_TRAPPED);
	cr_expect_eq(word, 0);
}

Test(emulate, no_instruction_is_read_at_an_odd_address, .init = start)
{
	uint32_t word = 0xbad;

	/* a device takes misaligned accesses, so only hv's own check refuses them */
	host_device_add(0x10000000, sizeof(page), page, 1 | 2 | 4 | 8);
	cr_expect_eq(vcpu_fetch(&vcpu, 0x10000000, &word), ERROR_NONE);
	word = 0xbad;
	cr_expect_eq(vcpu_fetch(&vcpu, 0x10000001, &word), ERROR_TRAPPED);
	cr_expect_eq(word, 0);
}

/* hv reads RAM directly, without a guard. Here a guarded access would fail, because the host's hart has no such memory. */
Test(emulate, the_firmwares_instruction_in_ram_is_read_directly_if_it_must_have_been_fetched, .init = start)
{
	static const struct {
		uint64_t cause;
		bool was_fetched;
	} causes[] = { { CAUSE_FETCH_MISALIGNED, false }, { CAUSE_FETCH_ACCESS, false }, { CAUSE_ILLEGAL, true },
		       { CAUSE_BREAKPOINT, true },        { CAUSE_STORE_ACCESS, true },  { CAUSE_ECALL_U, true },
		       { CAUSE_ECALL_U + 1, false },      { CAUSE_FETCH_PAGE, false } };

	testing_set_ram(0, ~0ull);
	host_hart.memory[HOST_MEMORIES - 1].bytes = NULL;
	for (unsigned long_word = 0; long_word < 2; long_word++)
		for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
			code[0] = long_word ? 0x30200073 : 0xabcd9002;
			testing_trap(&vcpu, causes[i].cause, 0);
			cr_expect_eq(vcpu_fault_instruction(&vcpu) == ERROR_NONE, causes[i].was_fetched, "cause %lu",
				     causes[i].cause);
			cr_expect_eq(vcpu.trap.instruction,
				     causes[i].was_fetched ? (long_word ? 0x30200073 : 0x9002) : 0);
			cr_expect_eq(vcpu.trap.instruction_known, causes[i].was_fetched);
		}
}

Test(emulate, an_instruction_of_a_nested_guest_is_read_by_hlvx_and_hstatus_is_restored, .init = start_payload)
{
	uint32_t word;

	*(uint32_t *)page = 0xc0102573;
	host_hart.memory[0].satp = 0;
	host_hart.memory[0].physical = PAGE_ADDRESS;
	host_csr_write(CSR_hstatus, 0x180);
	host_csr_set(CSR_mstatus, MSTATUS_MPV);
	cr_expect_eq(vcpu_fetch(&vcpu, PAGE_ADDRESS, &word), ERROR_NONE);
	cr_expect_eq(word, 0xc0102573);
	vcpu.mode = MODE_USER;
	cr_expect_eq(vcpu_fetch(&vcpu, PAGE_ADDRESS, &word), ERROR_NONE);
	cr_expect_eq(host_csr_read(CSR_hstatus), 0x180);
}

/* ---- CSR instructions ---- */

Test(emulate, csr_instructions_do_what_zicsr_says_with_every_register, .init = start)
{
	for (unsigned funct3 = 1; funct3 < 8; funct3++)
		for (unsigned rd = 0; rd < 32; rd++)
			for (unsigned rs1 = 0; rs1 < 32; rs1++) {
				uint64_t operand = funct3 > 4 ? rs1 : (rs1 ? 0x5a5a0000 + rs1 : 0), old = 0xf0f0ff0f,
					 want;

				if (funct3 == 4)
					continue;
				for (unsigned i = 1; i < 32; i++)
					vcpu_set_reg(&vcpu, i, 0x5a5a0000 + i);
				vcpu.csr.mscratch = old;
				require(execute(csr_word(funct3, CSR_mscratch, rd, rs1)) == EMULATION_DONE, "csr");
				want = csr_operation_result((enum csr_operation)(funct3 & 3), old, operand);
				require(vcpu.csr.mscratch == want, "funct3 %u, x%u, x%u", funct3, rd, rs1);
				require(vcpu_reg(&vcpu, rd) == (rd ? old : 0), "rd");
				require(vcpu.pc == (uint64_t)code + 4, "pc");
			}
}

Test(emulate, set_and_clear_with_x0_do_not_write_so_read_only_registers_can_be_read, .init = start)
{
	cr_expect_eq(execute(csr_word(2, CSR_mhartid, 10, 0)), EMULATION_DONE);
	cr_expect_eq(execute(csr_word(3, CSR_cycle, 10, 0)), EMULATION_DONE);
	cr_expect_eq(execute(csr_word(6, CSR_cycle, 10, 0)), EMULATION_DONE);
	cr_expect_eq(execute(csr_word(2, CSR_mhartid, 10, 1)), EMULATION_ILLEGAL);
	cr_expect_eq(execute(csr_word(7, CSR_cycle, 10, 1)), EMULATION_ILLEGAL);
	cr_expect_eq(execute(csr_word(1, CSR_mhartid, 0, 0)), EMULATION_ILLEGAL);
}

Test(emulate, an_illegal_csr_instruction_changes_nothing, .init = start)
{
	static const unsigned absent[] = { 0x8ff, CSR_mstateen0, CSR_hstatus, 0x747, 0x5a8, CSR_pmpcfg + 1 };

	for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		uint64_t before = (vcpu_set_reg(&vcpu, 10, 77), vcpu_reg(&vcpu, 10));

		cr_expect_eq(execute(csr_word(1, absent[i], 10, 11)), EMULATION_ILLEGAL);
		cr_expect_eq(vcpu_reg(&vcpu, 10), before);
		cr_expect_eq(vcpu.pc, (uint64_t)code);
	}
}

/* ---- other instructions ---- */

Test(emulate, mret_sret_and_wfi_are_distinguished, .init = start)
{
	vcpu.csr.mepc = 0x80400000;
	cr_expect_eq(execute(0x30200073), EMULATION_DONE);
	cr_expect_eq(vcpu.pc, 0x80400000);
	start();
	host_csr_write(CSR_sepc, 0x80500000);
	cr_expect_eq(execute(0x10200073), EMULATION_DONE);
	cr_expect_eq(vcpu.pc, 0x80500000);
	start();
	cr_expect_eq(execute(0x10500073), EMULATION_WFI);
	cr_expect_eq(vcpu.pc, (uint64_t)code);
}

Test(emulate, fences_are_executed_with_the_guests_operands, .init = start)
{
	static const char *const forms[] = { "sfence.vma x0, x0", "sfence.vma %0, x0", "sfence.vma x0, %0",
					     "sfence.vma %0, %1" };
	static const uint64_t first_operand[] = { 0, 0x1000, 7, 0x1000 };

	vcpu_set_reg(&vcpu, 10, 0x1000);
	vcpu_set_reg(&vcpu, 11, 7);
	for (unsigned i = 0; i < 8; i++) {
		uint32_t funct7 = i & 4 ? 0x16000073 : 0x12000073; /* sinval.vma, sfence.vma */
		unsigned before = host_statements(forms[i & 3]);

		cr_expect_eq(execute(funct7 | (i & 1 ? 10u << 15 : 0) | (i & 2 ? 11u << 20 : 0)), EMULATION_DONE);
		cr_expect_eq(host_statements(forms[i & 3]), before + 1);
		cr_expect_eq(host_operands[0], first_operand[i & 3]);
		cr_expect_eq(host_operands[1], (i & 3) == 3 ? 7 : 0);
		cr_expect_eq(vcpu.pc, (uint64_t)code + 4);
	}
	cr_expect_eq(execute(0x18000073), EMULATION_DONE);
	cr_expect_eq(vcpu.pc, (uint64_t)code + 4);
	cr_expect_eq(execute(0x18100073), EMULATION_DONE);
	cr_expect_eq(vcpu.pc, (uint64_t)code + 4);
}

Test(emulate, instructions_of_extensions_that_the_machine_lacks_are_illegal)
{
	static const uint32_t words[] = { 0x16000073, 0x18000073, 0x18100073, 0x00d00073, 0x0005200f, 0x0045200f };

	host_hart_reset();
	host_hart.has_svinval = host_hart.has_zawrs = host_hart.has_zicbom = host_hart.has_zicboz = false;
	testing_boot(&vcpu);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cr_expect_eq(execute(words[i]), EMULATION_ILLEGAL, "%x", words[i]);
	start();
	cr_expect_eq(execute(0x00d00073), EMULATION_DONE, "wrs.nto is a nop");
	cr_expect_eq(vcpu.pc, (uint64_t)code + 4);
}

Test(emulate, other_words_than_privileged_instructions_are_illegal, .init = start)
{
	static const uint32_t words[] = { 0,
					  0xffffffff,
					  0x9002,
					  0x62000073 /* hfence.gvma */,
					  0x7b200073 /* dret */,
					  0x70200073 /* mnret */,
					  0x6000c073 /* hlv */ };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cr_expect_eq(execute(words[i]), EMULATION_ILLEGAL, "%x", words[i]);
}

/* ---- cache blocks ---- */

static uint32_t cbo_word(unsigned operation)
{
	return 0x0f | 2 << 12 | 10 << 15 | operation << 20;
}

static uint8_t block[4096];

static void start_cbo(void)
{
	start();
	host_memory_add(RAM, sizeof(block), block);
}

Test(emulate, cache_operations_work_in_the_guests_memory, .init = start_cbo)
{
	static const unsigned operations[] = { 0, 1, 2, 4 };

	vcpu_set_reg(&vcpu, 10, RAM + 67);
	host_hart.cache_blocks = 0;
	for (unsigned i = 0; i < 4; i++)
		cr_expect_eq(execute(cbo_word(operations[i])), EMULATION_DONE);
	cr_expect_eq(host_hart.cache_blocks, 4);
	cr_expect_eq(execute(cbo_word(3)), EMULATION_ILLEGAL);
}

Test(emulate, a_cache_operation_outside_the_guests_memory_faults_at_the_guests_address, .init = start_cbo)
{
	static const uint64_t addresses[] = { TESTING_HV_BASE, TESTING_HV_BASE + TESTING_HV_SIZE - 1, 0x10000003, 0,
					      ~0ull,           TESTING_HV_BASE + TESTING_RAM_SIZE };

	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		for (unsigned operation = 0; operation < 5; operation++) {
			if (operation == 3)
				continue;
			vcpu_set_reg(&vcpu, 10, addresses[i]);
			cr_expect_eq(execute(cbo_word(operation)), EMULATION_FAULT);
			cr_expect_eq(vcpu.fault.cause, CAUSE_STORE_ACCESS);
			cr_expect_eq(vcpu.fault.value, addresses[i]);
			cr_expect_eq(vcpu.pc, (uint64_t)code);
		}
}

/* PMP allows the operation, but it traps nevertheless. On the host's hart, an instruction that no longer exists traps. */
Test(emulate, a_cache_operation_that_traps_in_hv_faults, .init = start_cbo)
{
	host_hart.has_zicboz = false;
	vcpu_set_reg(&vcpu, 10, RAM + 5);
	cr_expect_eq(execute(cbo_word(CBO_ZERO)), EMULATION_FAULT);
	cr_expect_eq(vcpu.fault.cause, CAUSE_STORE_ACCESS);
	cr_expect_eq(vcpu.fault.value, RAM + 5);
	cr_expect_eq(vcpu.pc, (uint64_t)code);
}

Test(emulate, a_cache_operation_faults_while_mprv_is_armed, .init = start_cbo)
{
	vcpu_set_reg(&vcpu, 10, RAM);
	cr_assert_eq(execute(cbo_word(CBO_ZERO)), EMULATION_DONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_mstatus, CSR_OPERATION_SET, MSTATUS_MPRV), ERROR_NONE);
	cr_expect(vcpu.mprv_armed);
	cr_expect_eq(execute(cbo_word(CBO_ZERO)), EMULATION_FAULT);
	cr_expect_eq(vcpu.fault.cause, CAUSE_STORE_ACCESS);
	cr_expect_eq(vcpu.fault.value, RAM);
}

/* The machine may have only one of the two extensions, and the instructions move pc. */
Test(emulate, zeroing_needs_zicboz_and_all_other_cache_operations_need_zicbom, .init = start_cbo)
{
	static const unsigned operations[] = { CBO_INVAL, CBO_CLEAN, CBO_FLUSH, CBO_ZERO };

	vcpu_set_reg(&vcpu, 10, RAM + 63);
	for (unsigned has_zero = 0; has_zero < 2; has_zero++)
		for (unsigned i = 0; i < 4; i++) {
			bool exists = (operations[i] == CBO_ZERO) == (has_zero == 1);

			machine.has_zicboz = has_zero;
			machine.has_zicbom = !has_zero;
			cr_expect_eq(execute(cbo_word(operations[i])), exists ? EMULATION_DONE : EMULATION_ILLEGAL);
			cr_expect_eq(vcpu.pc, (uint64_t)code + (exists ? 4 : 0));
		}
}

Test(emulate, a_locked_pmp_entry_forbids_the_firmware_to_zero_a_block_but_not_to_flush_it, .init = start_cbo)
{
	vcpu_set_reg(&vcpu, 10, RAM);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpaddr, CSR_OPERATION_WRITE, pmp_napot(RAM, 4096)), ERROR_NONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpcfg, CSR_OPERATION_WRITE, 0x99), ERROR_NONE); /* L, NAPOT, R */
	cr_expect_eq(execute(cbo_word(4)), EMULATION_FAULT);
	cr_expect_eq(execute(cbo_word(2)), EMULATION_DONE);
}
