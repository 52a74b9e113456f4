/* Tests the states of harts that modules see. This firmware implements HSM for its payload: it starts hart 1, and lets hart 1
 * stop and suspend. A word in memory decides whether the firmware refuses a call. */
#include "abi/sbi.h"
#include "payloads/modules/asking.h"
#include "payloads/modules/prepare.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"

#define DENIED ((uint64_t)SBI_ERR_DENIED)

enum state { STOPPED, STARTING, STARTED, SUSPENDED };
enum { A0 = 9, A6 = 15, A7 = 16 };

static uint64_t refuses;  /* the firmware refuses calls */
static uint64_t starting; /* the payload of hart 0 has asked for hart 1 */
static uint64_t asks;     /* what the payload of hart 1 is to do next: an HSM function, or NOTHING; atomic */
#define NOTHING 99

static uint64_t state_of(uint64_t id)
{
	return probe(PROBE_STATE, id, 0, 0).value;
}

static uint64_t hsm(uint64_t fid, uint64_t argument)
{
	return (uint64_t)ecall(SBI_EID_HSM, fid, argument, 0, 0, 0, 0).error;
}

/* Makes the firmware's answer. A hart that stops returns to the firmware's caller. */
static bool serve(struct trap_frame *frame)
{
	uint64_t fid = frame->x[A6];

	if (frame->cause != 9 || frame->x[A7] != SBI_EID_HSM)
		return false;
	frame->pc += 4;
	frame->x[A0] = refuses ? DENIED : 0;
	if (!refuses && fid == SBI_FID_hart_start)
		__atomic_store_n(&starting, 1, __ATOMIC_RELEASE);
	if (!refuses && fid == SBI_FID_hart_stop)
		mode_return(frame);
	if (!refuses && fid == SBI_FID_hart_suspend)
		while (__atomic_load_n(&asks, __ATOMIC_ACQUIRE) == SBI_FID_hart_suspend)
			;
	return true;
}

static void prepare_hsm(void)
{
	prepare();
	trap_set_handler(trap_machine(), serve);
}

/* ---- hart 1 ---- */

/* Does what hart 0 asks for. Does not return: a call that stops the hart ends it. */
static uint64_t obey(uint64_t unused)
{
	(void)unused;
	for (;;) {
		uint64_t fid = __atomic_load_n(&asks, __ATOMIC_ACQUIRE);

		if (fid == NOTHING)
			continue;
		hsm(fid, 0);
		if (fid != SBI_FID_hart_suspend || refuses)
			__atomic_store_n(&asks, NOTHING, __ATOMIC_RELEASE);
	}
	return 0;
}

static void run_hart_1(void *unused)
{
	(void)unused;
	prepare_hsm();
	run_in(MODE_S, obey, 0);
	quiet();
}

static void wait_for_state(uint64_t id, enum state state)
{
	while (state_of(id) != state)
		;
}

static void ask(uint64_t fid)
{
	__atomic_store_n(&asks, fid, __ATOMIC_RELEASE);
}

/* ---- hart 0 ---- */

static uint64_t start_1(uint64_t unused)
{
	(void)unused;
	expect_equal(state_of(0), STARTED, "this hart has started");
	expect_equal(state_of(1), STOPPED, "the other hart has not");
	refuses = 1;
	expect_equal(hsm(SBI_FID_hart_start, 1), DENIED, "the firmware refuses to start it");
	expect_equal(state_of(1), STOPPED, "it stays stopped");
	refuses = 0;
	expect_equal(hsm(SBI_FID_hart_start, 77), 0, "a start of a hart that does not exist");
	expect_equal(hsm(SBI_FID_hart_get_status, 1), 0, "another function");
	expect_equal(state_of(1), STOPPED, "does not start it");
	expect_equal(hsm(SBI_FID_hart_start, 1), 0, "the firmware starts it");
	expect_equal(state_of(1), STARTING, "it is starting until it enters the payload");
	return 0;
}

static uint64_t watch_1(uint64_t unused)
{
	(void)unused;
	wait_for_state(1, STARTED);
	expect(true, "it has started");
	ask(SBI_FID_hart_suspend);
	wait_for_state(1, SUSPENDED);
	expect(true, "it is suspended");
	ask(NOTHING);
	wait_for_state(1, STARTED);
	expect(true, "it has resumed");
	refuses = 1;
	ask(SBI_FID_hart_stop);
	while (__atomic_load_n(&asks, __ATOMIC_ACQUIRE) != NOTHING)
		;
	expect_equal(state_of(1), STARTED, "a hart that the firmware does not let stop has started");
	refuses = 0;
	ask(SBI_FID_hart_stop);
	wait_for_state(1, STOPPED);
	expect(true, "it has stopped");
	return 0;
}

TEST(hart_state_follows_the_calls_of_hsm)
{
	hart_wait_for_all();
	asks = NOTHING;
	expect_equal(state_of(0), STOPPED, "no hart has started before the first entry to the payload");
	expect_equal((uint64_t)probe(PROBE_STATE, 77, 0, 0).error, (uint64_t)SBI_ERR_INVALID_PARAM,
		     "a hart that does not exist");
	prepare_hsm();
	run_in(MODE_S, start_1, 0);
	expect_equal(starting, 1, "the firmware has got the call");
	hart_start(1, run_hart_1, 0);
	prepare_hsm();
	run_in(MODE_S, watch_1, 0);
	hart_wait(1);
	expect_equal(state_of(1), STOPPED, "it is stopped while the firmware runs on it");
	prepare_hsm();
	run_in(MODE_S, start_1, 0);
	quiet();
}
