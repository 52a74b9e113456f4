/* Makes a module read the entropy source of the hart, and checks that guests cannot reach it. HAS_ENTROPY says whether the
 * model of CPU has Zkr. */
#include "payloads/crypto/calls.h"
#include "payloads/runtime/abi.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define ROUNDS 8

static uint64_t ask(uint64_t fid, uint64_t length)
{
	struct ecall_result result = abi_call(VECTORS_EID, fid, length, 0, 0);

	expect_equal((uint64_t)result.error, HAS_ENTROPY ? 0 : (uint64_t)SBI_ERR_NOT_SUPPORTED,
		     "hv reads the source if there is one");
	return result.value;
}

/* Words of 64 random bits differ, and none is 0. Without a source, they are all 0. */
static void expect_random(uint64_t fid, uint64_t length)
{
	uint64_t words[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		words[i] = ask(fid, length);
		expect((words[i] != 0) == HAS_ENTROPY, "a word is 0 only without a source");
		for (unsigned j = 0; j < i && HAS_ENTROPY; j++)
			expect(words[j] != words[i], "the words differ");
	}
}

TEST(a_module_reads_the_entropy_source_of_the_hart)
{
	expect_random(VECTORS_ENTROPY, 8);
	expect_random(VECTORS_ENTROPY, 63);
	expect_random(VECTORS_ENTROPY, 64);
}

TEST(a_module_makes_keys_from_entropy)
{
	expect_random(VECTORS_KEY, 0);
}

static uint64_t read_seed(uint64_t unused)
{
	uint64_t value = unused;

	__asm__ volatile("csrrw %0, 0x015, x0" : "+r"(value));
	return value;
}

static void expect_hidden(struct trap trap, const char *what)
{
	expect_equal(trap.count, 1, what);
	expect_equal(trap.cause, CAUSE_ILLEGAL, "it is an illegal instruction");
}

TEST(guests_cannot_read_seed)
{
	quiet();
	mode_open_memory();
	trap_catch(trap_machine());
	read_seed(0);
	expect_hidden(trap_release(trap_machine()), "the firmware's access to seed traps");
	trap_catch(trap_machine());
	run_in(MODE_S, read_seed, 0);
	expect_hidden(trap_release(trap_machine()), "S-mode's access to seed traps");
	trap_catch(trap_machine());
	run_in(MODE_U, read_seed, 0);
	expect_hidden(trap_release(trap_machine()), "U-mode's access to seed traps");
}
