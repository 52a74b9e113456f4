/* Tests the registers s0 to s11, gp, tp and sp of the firmware. In most exits hv does not save these registers, so its
 * code must treat them specially. An instruction that traps into hv must be able to read and write them like any other
 * register, and nothing else may change them. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define EACH_CALLEE_SAVED(use)                                                                                         \
	use(8) use(9) use(18) use(19) use(20) use(21) use(22) use(23) use(24) use(25) use(26) use(27)
#define CALLEE_SAVED "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11"

#define FILL(n) "li x" #n ", 0x100 + " #n "\n"
#define COMPARE(n) "addi t1, x" #n ", -(0x100 + " #n ")\nor t0, t0, t1\n"

/* Fills s0 to s11 with known values, executes the instruction, and checks that the registers still hold these
 * values. */
#define EXPECT_KEPT(instruction)                                                                                       \
	do {                                                                                                           \
		uint64_t changed;                                                                                      \
		__asm__ volatile(EACH_CALLEE_SAVED(FILL) instruction                                                   \
				 "\nli t0, 0\n" EACH_CALLEE_SAVED(COMPARE) "mv %0, t0"                                 \
				 : "=r"(changed)                                                                       \
				 :                                                                                     \
				 : CALLEE_SAVED, "t0", "t1", "memory");                                                \
		expect_equal(changed, 0, instruction);                                                                 \
	} while (0)

TEST(s11_an_exit_preserves_the_firmwares_registers)
{
	quiet();
	csr_write(mie, BIT(IRQ_MSI));
	quiet_raise(IRQ_MSI);
	EXPECT_KEPT("csrr t0, mscratch");
	EXPECT_KEPT("csrr t0, mimpid");
	EXPECT_KEPT("csrw mcounteren, zero");
	EXPECT_KEPT("sfence.vma");
	EXPECT_KEPT("wfi");
	trap_catch(trap_machine());
	EXPECT_KEPT("ld t0, 0x18(zero)");
	EXPECT_KEPT("csrw mhartid, zero");
	EXPECT_KEPT("ebreak");
	expect_equal(trap_release(trap_machine()).count, 3,
		     "the last three instructions were exceptions of the firmware");
	csr_write(mcounteren, 7);
	quiet();
}

#define WRITTEN UINT64_C(0x5a5a5a5a5a5a5a5a)

static uint64_t read_back[2];

/* Exchanges the values of the register and of mscratch by one instruction, stores the new values of both, and restores
 * the register. */
#define EXCHANGE(n)                                                                                                    \
	do {                                                                                                           \
		register uint64_t *to __asm__("a0") = read_back;                                                       \
		register uint64_t value __asm__("a1") = WRITTEN;                                                       \
		__asm__ volatile("csrw mscratch, a1\nmv t0, x" #n "\ncsrrw x" #n ", mscratch, x" #n "\nmv t1, x" #n    \
				 "\ncsrr t2, mscratch\nmv x" #n ", t0\nsub t2, t2, t0\nsd t1, 0(a0)\nsd t2, 8(a0)"     \
				 :                                                                                     \
				 : "r"(to), "r"(value)                                                                 \
				 : "t0", "t1", "t2", "memory");                                                        \
		expect_equal(read_back[0], WRITTEN, "x" #n " is the destination");                                     \
		expect_equal(read_back[1], 0, "x" #n " is the source");                                                \
	} while (0)

TEST(s23_a_csr_instruction_can_use_any_register_as_source_and_destination)
{
	uint64_t scratch = csr_read(mscratch);
	quiet();
	EXCHANGE(2);
	EXCHANGE(3);
	EXCHANGE(4);
	EXCHANGE(8);
	EXCHANGE(9);
	EXCHANGE(18);
	EXCHANGE(19);
	EXCHANGE(20);
	EXCHANGE(21);
	EXCHANGE(22);
	EXCHANGE(23);
	EXCHANGE(24);
	EXCHANGE(25);
	EXCHANGE(26);
	EXCHANGE(27);
	csr_write(mscratch, scratch);
}
