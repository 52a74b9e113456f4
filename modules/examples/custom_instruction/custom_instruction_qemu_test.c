/* A guest that uses the instruction of custom_instruction in S-mode and U-mode. It runs only under hv, because no machine
 * has the instruction. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define CAUSE_ILLEGAL_INSTRUCTION 2
#define XOR(rd, rs1, rs2) ".insn r 0x0b, 0, 0, " rd ", " rs1 ", " rs2 "\n"

static uint64_t combine(uint64_t number)
{
	register uint64_t a0 __asm__("a0") = number;
	register uint64_t t6 __asm__("t6") = 0xff;
	register uint64_t s11 __asm__("s11") = 0;
	__asm__ volatile(XOR("s11", "a0", "t6") XOR("a0", "s11", "zero") XOR("zero", "a0", "t6") XOR("t6", "t6", "t6")
			 : "+r"(a0), "+r"(t6), "+r"(s11));
	return a0 + t6;
}

static uint64_t execute_unknown(uint64_t number)
{
	__asm__ volatile(".insn r 0x2b, 0, 0, %0, %0, %0" : "+r"(number));
	return number;
}

static void prepare(void)
{
	quiet();
	mode_open_memory();
}

TEST(the_instruction_works_in_s_mode_and_u_mode)
{
	prepare();
	expect_equal(run_in(MODE_S, combine, 0x123), 0x1dc, "S-mode");
	expect_equal(run_in(MODE_U, combine, 0x123), 0x1dc, "U-mode");
}

TEST(the_instruction_works_if_illegal_instructions_are_delegated)
{
	prepare();
	csr_write(medeleg, BIT(CAUSE_ILLEGAL_INSTRUCTION));
	expect_equal(run_in(MODE_S, combine, 0x123), 0x1dc, "S-mode");
	expect_equal(csr_read(medeleg), BIT(CAUSE_ILLEGAL_INSTRUCTION), "the firmware still sees its medeleg");
	csr_write(medeleg, 0);
}

TEST(another_unknown_instruction_still_traps_to_the_firmware)
{
	prepare();
	trap_catch(trap_machine());
	run_in(MODE_S, execute_unknown, 1);
	struct trap trap = trap_release(trap_machine());
	expect_equal(trap.count, 1, "one trap");
	expect_equal(trap.cause, CAUSE_ILLEGAL_INSTRUCTION, "the cause");
}

TEST(the_instruction_is_illegal_in_m_mode)
{
	prepare();
	trap_catch(trap_machine());
	combine(1);
	expect_equal(trap_release(trap_machine()).count, 4, "each of four instructions traps");
}
