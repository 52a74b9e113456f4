/* A payload that works while all other harts attack it at random. It makes calls, takes interrupts, and checks its memory and
 * registers after each. The compiler gets LOOP_SECONDS. */
#include "payloads/protect/order.h"
#include "payloads/runtime/print.h"

#define HARTS 8
#define TICKS_PER_SECOND UINT64_C(10000000)
#define SECONDS_PER_LINE 10
#define WORDS 4096

static uint64_t memory[WORDS], registers[32];

static uint64_t wrong_words(void)
{
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < WORDS; i++)
		wrong += memory[i] != SECRET * (i + 1);
	return wrong;
}

/* A call that takes the fast way, or one that takes the slow way. @return how many registers have changed that must not */
static uint64_t wrong_registers(bool fast)
{
	uint64_t wrong = 0;

	for (unsigned i = 1; i < 32; i++)
		registers[i] = SECRET + i;
	registers[10] = 16;
	registers[11] = (uint64_t)page;
	registers[12] = 0;
	registers[16] = fast ? SBI_FID_get_spec_version : SBI_FID_debug_console_write;
	registers[17] = fast ? SBI_EID_BASE : SBI_EID_DBCN;
	registers_call(registers);
	for (unsigned i = 13; i < 32; i++)
		wrong += i != 16 && i != 17 && registers[i] != SECRET + i;
	return wrong;
}

TEST(p23_all_other_harts_attack_at_random)
{
	uint64_t begin = csr_read(time), line = 0, rounds = 0, wrong = 0, wins = 0, idle = 0;

	for (uint64_t i = 0; i < WORDS; i++)
		memory[i] = SECRET * (i + 1);
	order(ATTACK_LOOP, 1, 0, 0);
	while (csr_read(time) - begin < LOOP_SECONDS * TICKS_PER_SECOND) {
		wrong += wrong_words() + wrong_registers(true) + wrong_registers(false);
		rounds++;
		if ((csr_read(time) - begin) / TICKS_PER_SECOND / SECONDS_PER_LINE > line)
			print("  %lu seconds: %lu rounds\n", SECONDS_PER_LINE * ++line, rounds);
	}
	for (unsigned hart = 1; hart < HARTS; hart++) {
		while (order(ATTACK_ROUNDS, hart, 0, 0) == 0)
			idle++; /* the host may run it late */
		wins += order(ATTACK_WINS, hart, 0, 0);
	}
	order(ATTACK_LOOP, 0, 0, 0);
	expect_equal(wrong, 0, "words and registers that are wrong");
	expect_equal(wins > 0, !PROTECTED, "attacks that succeed");
	expect(rounds > 0, "the payload makes progress");
}
