/* A firmware that records the SBI calls of its payload, to show which of them sbi_filter lets through and with which
 * arguments. It runs only under hv, because nothing filters calls on the bare machine. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define IPI 0x735049
#define HSM 0x48534d
#define TIMER 0x54494d45
#define RESET 0x53525354
#define CAUSE_ECALL_FROM_S 9
#define A0 9
#define A7 16
#define ANSWER 4711

static struct {
	uint64_t count, eid, a0;
} arrived;

/* The payload's call, and its result. */
static struct {
	uint64_t eid, a0;
	struct ecall_result result;
} call;

/* Answers each SBI call with ANSWER. */
static bool answer(struct trap_frame *frame)
{
	if (frame->cause != CAUSE_ECALL_FROM_S || frame->x[A7] == ECALL_RETURN)
		return false;
	arrived.count++;
	arrived.eid = frame->x[A7];
	arrived.a0 = frame->x[A0];
	frame->x[A0] = ANSWER;
	frame->pc += 4;
	return true;
}

static uint64_t make_call(uint64_t argument)
{
	(void)argument;
	call.result = abi_call(call.eid, 0, call.a0, 0, 0);
	return 0;
}

static void call_as_payload(uint64_t eid, uint64_t a0)
{
	quiet();
	mode_open_memory();
	arrived.count = 0;
	call.eid = eid;
	call.a0 = a0;
	trap_set_handler(trap_machine(), answer);
	run_in(MODE_S, make_call, 0);
	trap_set_handler(trap_machine(), 0);
}

static void expect_arrives(uint64_t eid, uint64_t a0, uint64_t wanted)
{
	call_as_payload(eid, a0);
	expect(arrived.count == 1 && arrived.eid == eid, "the call reaches the firmware");
	expect_equal(arrived.a0, wanted, "a0 at the firmware");
	expect_equal((uint64_t)call.result.error, ANSWER, "the payload gets the firmware's answer");
}

TEST(denied_extensions_do_not_reach_the_firmware)
{
	static const uint64_t denied[] = { IPI, HSM };
	for (unsigned i = 0; i < 2; i++) {
		call_as_payload(denied[i], 1);
		expect_equal(arrived.count, 0, "the firmware gets no call");
		expect_equal((uint64_t)call.result.error, (uint64_t)SBI_ERR_DENIED, "the payload gets SBI_ERR_DENIED");
	}
}

TEST(a_reboot_reaches_the_firmware_as_a_power_off)
{
	expect_arrives(RESET, 1, 0);
	expect_arrives(RESET, 2, 0);
}

TEST(other_calls_are_unchanged)
{
	expect_arrives(RESET, 0, 0);
	expect_arrives(TIMER, 1, 1);
}
