/* Tests SBI calls that a module answers in pieces, with the module adder. The payload's timer expires in each piece. */
#include "payloads/modules/calls.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define PIECE 16384
#define PIECES 200
#define TICKS 1000 /* between two interrupts: more than the handler takes, and far less than the call */
#define LEAST 3    /* interrupts in a call */
#define LENGTH (PIECES * PIECE - 100)
#define REGION UINT64_C(0x81000000)
#define A1 11
#define INVALID_PARAM UINT64_C(-3)
#define INVALID_ADDRESS UINT64_C(-5)
#define NEVER UINT64_MAX

static volatile uint64_t interrupts;
static uint64_t at_call, call_place, change_at;
static struct ecall_result result;

/* Sets the timer again, so that it interrupts the next piece too. After a change of the argument, no further interrupt may come
 * before the call goes on. */
static bool count(struct trap_frame *frame)
{
	if (frame->cause != (INTERRUPT | IRQ_STI))
		return false;
	interrupts = interrupts + 1;
	if (frame->pc == call_place && ++at_call == change_at) {
		frame->x[A1 - 1]--;
		csr_write(stimecmp, NEVER);
		return true;
	}
	csr_write(stimecmp, csr_read(time) + TICKS);
	return true;
}

/* Makes the call. Stores where its ecall is. */
__attribute__((noinline)) static struct ecall_result call(uint64_t length)
{
	register uint64_t a0 __asm__("a0") = REGION;
	register uint64_t a1 __asm__("a1") = length;
	register uint64_t a6 __asm__("a6") = 0;
	register uint64_t a7 __asm__("a7") = ADDER_EID;

	__asm__ volatile("la t0, 1f\n\tsd t0, %[place]\n1:\tecall"
			 : "+r"(a0), "+r"(a1), [place] "=m"(call_place)
			 : "r"(a6), "r"(a7)
			 : "t0", "memory");
	return (struct ecall_result){ (int64_t)a0, a1 };
}

/* Makes the call while the timer interrupts. The handler counts the interrupts at the ecall, which come between two pieces. */
__attribute__((noinline)) static uint64_t add(uint64_t length)
{
	csr_write(stimecmp, NEVER);
	csr_write(sie, BIT(IRQ_STI));
	csr_set(sstatus, MSTATUS_SIE);
	csr_write(stimecmp, csr_read(time) + TICKS);
	while (!interrupts)
		;
	result = call(length);
	csr_write(stimecmp, NEVER);
	csr_clear(sstatus, MSTATUS_SIE);
	return (uint64_t)result.error;
}

static void prepare(void)
{
	uint8_t *bytes = (uint8_t *)REGION;

	quiet();
	mode_open_memory();
	csr_set(menvcfg, MENVCFG_STCE);
	csr_write(mcounteren, 7);
	csr_write(mideleg, BIT(IRQ_STI));
	for (uint64_t i = 0; i < LENGTH; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	trap_set_handler(trap_supervisor(), count);
	interrupts = at_call = change_at = call_place = 0;
}

static uint64_t sum(void)
{
	uint64_t sum = 0;
	for (uint64_t i = 0; i < LENGTH; i++)
		sum += ((const uint8_t *)REGION)[i];
	return sum;
}

TEST(t1_the_payloads_interrupts_come_in_during_a_call)
{
	prepare();
	expect_equal(run_in(MODE_S, add, LENGTH), 0, "the call succeeds");
	expect_equal(result.value, sum(), "the sum of all pieces");
	expect(at_call >= LEAST, "the timer has interrupted the call");
	quiet();
}

TEST(t2_an_argument_that_changes_meanwhile_ends_the_call)
{
	prepare();
	change_at = LEAST - 1;
	expect_equal(run_in(MODE_S, add, LENGTH), INVALID_PARAM, "the call fails");
	expect_equal(at_call, LEAST - 1, "it has ended at once");
	prepare();
	expect_equal(run_in(MODE_S, add, LENGTH), 0, "the next call succeeds");
	expect_equal(result.value, sum(), "and begins with a sum of 0");
	quiet();
}

TEST(t3_a_call_that_fails_leaves_nothing_behind)
{
	prepare();
	expect_equal(run_in(MODE_S, add, ~UINT64_C(0) - REGION), INVALID_ADDRESS, "a region outside memory");
	expect_equal(run_in(MODE_S, add, 3), 0, "a call of one piece");
	expect_equal(result.value, 0 + 7 + 14, "its sum");
	quiet();
}
