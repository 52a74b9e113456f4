/* Tests misaligned loads and stores. Some machines execute them, and some trap. Where they trap, the handler of the mode that
 * takes the trap does the access byte by byte, as OpenSBI and Linux do. Either way the data must be right, and the
 * trap must go to the mode that medeleg selects. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define PATTERN(i) ((uint8_t)(0x81 + 0x13 * (i)))
#define BYTES 32
#define FIRST 3 /* an address at which accesses of 2, 4 and 8 bytes are misaligned */

static uint8_t memory[BYTES] __attribute__((aligned(16)));

static struct {
	uint64_t count, cause, value, mode;
} taken;

/* The fields of an instruction that is not compressed. All accesses of this test are in .option norvc code, use a0 for the data
 * and have the offset 0. */
#define WIDTH(instruction) (1u << ((instruction) >> 12 & 3))
#define IS_UNSIGNED(instruction) ((instruction) >> 14 & 1)
#define A0 9

static uint64_t load_bytes(uint64_t address, unsigned width, bool is_unsigned)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)((volatile uint8_t *)address)[i] << 8 * i;
	unsigned unused = 64 - 8 * width;
	return is_unsigned ? value : (uint64_t)((int64_t)(value << unused) >> unused);
}

static bool emulate(struct trap_frame *frame, uint64_t mode)
{
	if (frame->cause != CAUSE_LOAD_MISALIGNED && frame->cause != CAUSE_STORE_MISALIGNED)
		return false;
	uint32_t instruction = (uint32_t)(*(uint16_t *)frame->pc | *(uint16_t *)(frame->pc + 2) << 16);
	unsigned width = WIDTH(instruction);

	taken.count++;
	taken.cause = frame->cause;
	taken.value = frame->value;
	taken.mode = mode;
	if (frame->cause == CAUSE_LOAD_MISALIGNED)
		frame->x[A0] = load_bytes(frame->value, width, IS_UNSIGNED(instruction));
	else
		for (unsigned i = 0; i < width; i++)
			((volatile uint8_t *)frame->value)[i] = (uint8_t)(frame->x[A0] >> 8 * i);
	frame->pc += 4;
	return true;
}

static bool emulate_in_machine(struct trap_frame *frame)
{
	return emulate(frame, 3);
}

static bool emulate_in_supervisor(struct trap_frame *frame)
{
	return emulate(frame, 1);
}

#define ACCESS(name, instruction)                                                                                      \
	static uint64_t name(uint64_t value)                                                                           \
	{                                                                                                              \
		register uint64_t a0 __asm__("a0") = value;                                                            \
		register uint64_t a1 __asm__("a1") = (uint64_t)memory + FIRST;                                         \
		__asm__ volatile(".option push\n.option norvc\n" instruction " a0, 0(a1)\n.option pop"                 \
				 : "+r"(a0)                                                                            \
				 : "r"(a1)                                                                             \
				 : "memory");                                                                          \
		return a0;                                                                                             \
	}
ACCESS(access_lh, "lh")
ACCESS(access_lhu, "lhu")
ACCESS(access_lw, "lw")
ACCESS(access_lwu, "lwu")
ACCESS(access_ld, "ld")
ACCESS(access_sh, "sh")
ACCESS(access_sw, "sw")
ACCESS(access_sd, "sd")

static const struct {
	const char *what;
	mode_function run;
	unsigned width;
	bool stores, is_unsigned;
} accesses[] = {
	{ "lh", access_lh, 2, false, false }, { "lhu", access_lhu, 2, false, true },
	{ "lw", access_lw, 4, false, false }, { "lwu", access_lwu, 4, false, true },
	{ "ld", access_ld, 8, false, false }, { "sh", access_sh, 2, true, false },
	{ "sw", access_sw, 4, true, false },  { "sd", access_sd, 8, true, false },
};

#define STORED UINT64_C(0xc1c2c3c4c5c6c7c8)

/* Checks the result of access @p number, and that it has changed no other byte. */
static void check_data(unsigned number, uint64_t result)
{
	uint64_t wanted = 0;
	unsigned width = accesses[number].width, wrong = 0, unused = 64 - 8 * width;

	for (unsigned i = 0; i < width; i++)
		wanted |= (uint64_t)PATTERN(FIRST + i) << 8 * i;
	if (!accesses[number].is_unsigned)
		wanted = (uint64_t)((int64_t)(wanted << unused) >> unused);
	expect_equal(result, accesses[number].stores ? STORED : wanted, accesses[number].what);
	for (unsigned i = 0; i < BYTES; i++) {
		bool is_stored = accesses[number].stores && i >= FIRST && i < FIRST + width;
		wrong += memory[i] != (is_stored ? (uint8_t)(STORED >> 8 * (i - FIRST)) : PATTERN(i));
	}
	expect_equal(wrong, 0, "bytes of memory that are wrong");
}

/* Does each access in @p mode, where 3 is M-mode, and checks that a trap goes to mode @p to. */
static void check_all(uint64_t mode, uint64_t to)
{
	for (unsigned i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		for (unsigned byte = 0; byte < BYTES; byte++)
			memory[byte] = PATTERN(byte);
		taken.count = 0;
		check_data(i, mode == 3 ? accesses[i].run(STORED) : run_in((enum mode)mode, accesses[i].run, STORED));
		show("traps", taken.count);
		if (!taken.count)
			continue;
		uint64_t cause = accesses[i].stores ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED;
		expect_equal(taken.cause, cause, "cause");
		expect_equal(taken.value, (uint64_t)memory + FIRST, "the trap value is the address");
		expect_equal(taken.mode, to, "the mode that takes the trap");
	}
}

static void prepare(void)
{
	quiet();
	mode_open_memory();
	trap_set_handler(trap_machine(), emulate_in_machine);
	trap_set_handler(trap_supervisor(), emulate_in_supervisor);
}

TEST(s30_misaligned_accesses_of_the_firmware_have_the_right_data)
{
	prepare();
	check_all(3, 3);
	quiet();
}

TEST(s02_misaligned_accesses_of_the_payload_trap_to_the_firmware)
{
	prepare();
	check_all(MODE_S, 3);
	check_all(MODE_U, 3);
	quiet();
}

TEST(s02_misaligned_accesses_of_the_payload_trap_to_s_mode_if_they_are_delegated)
{
	prepare();
	csr_write(medeleg, BIT(CAUSE_LOAD_MISALIGNED) | BIT(CAUSE_STORE_MISALIGNED));
	check_all(MODE_S, 1);
	check_all(MODE_U, 1);
	quiet();
}
