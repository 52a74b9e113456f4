/* Tests the records of SBI calls that the firmware answers: which there are with each mask, and what is in them. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/firmware_calls.h"
#include "payloads/runtime/test.h"
#include "trace/format/event_fields.h"

#define MARKED UINT64_C(0x43414c4c)

static struct {
	struct hartscope_read header;
	struct trace_slot slots[HARTSCOPE_READ_BYTES / TRACE_SLOT_BYTES];
} answer __attribute__((aligned(16)));

static void set_mask(uint64_t mask)
{
	abi_call(ABI_EID, HARTSCOPE_CTRL, mask | TRACE_BIT(TRACE_MARK), 0, HARTSCOPE_CTRL_SET_MASK);
}

/* Makes the call whose answer is a0 + 1, and a1 to a5 combined by exclusive or. */
static struct ecall_result echo(uint64_t first)
{
	register uint64_t a0 __asm__("a0") = first;
	register uint64_t a1 __asm__("a1") = 1;
	register uint64_t a2 __asm__("a2") = 2;
	register uint64_t a3 __asm__("a3") = 4;
	register uint64_t a4 __asm__("a4") = 8;
	register uint64_t a5 __asm__("a5") = ~UINT64_C(15);
	register uint64_t a6 __asm__("a6") = FIRMWARE_ECHO;
	register uint64_t a7 __asm__("a7") = FIRMWARE_EID;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a6), "r"(a7)
			 : "memory");
	return (struct ecall_result){ (int64_t)a0, a1 };
}

/* Returns the first record from @p slot on that hv did not write for itself. */
static const struct trace_slot *skip_sync(const struct trace_slot *slot)
{
	while (trace_slot_event(slot) == TRACE_SYNC)
		slot += 1 + trace_slot_aux(slot);
	return slot;
}

static const struct trace_slot *after(const struct trace_slot *slot)
{
	return skip_sync(slot + 1 + trace_slot_aux(slot));
}

/* Makes the call between two MARK records, and reads the ring. Returns the first record after the first mark. */
static const struct trace_slot *record_call(uint64_t first)
{
	abi_call(ABI_EID, HARTSCOPE_MARK, MARKED, first, 0);
	struct ecall_result result = echo(first);
	expect_equal((uint64_t)result.error, first + 1, "a0 at the return");
	expect_equal(result.value, ~UINT64_C(0), "a1 at the return");
	abi_call(ABI_EID, HARTSCOPE_MARK, MARKED, ~first, 0);
	abi_read(0, 0, (uint64_t)&answer, sizeof(answer)); /* as much as the ring holds */
	for (uint64_t i = 0; i < answer.header.next - answer.header.first; i++)
		if (trace_slot_event(answer.slots + i) == TRACE_MARK && answer.slots[i + 1].payload == first)
			return after(answer.slots + i);
	expect(false, "the mark is in the ring");
	return answer.slots;
}

static void expect_ecall(const struct trace_slot *slot, uint64_t first)
{
	struct trace_ecall ecall = trace_ecall_of(slot, trace_slot_aux(slot));

	expect_equal(trace_slot_event(slot), TRACE_ECALL, "the event");
	expect_equal(ecall.eid, FIRMWARE_EID, "the EID");
	expect_equal(ecall.fid, FIRMWARE_ECHO, "the FID");
	expect_equal(ecall.a0, first, "a0");
	expect_equal(ecall.a1, 1, "a1");
	expect_equal(ecall.error, first + 1, "the error");
}

static void expect_end(const struct trace_slot *slot, uint64_t first)
{
	expect_equal(trace_slot_event(slot), TRACE_MARK, "then comes the second mark");
	expect_equal(slot[1].payload, ~first, "its value");
}

TEST(t1_a_call_has_one_record_if_the_mask_has_only_ecall)
{
	set_mask(TRACE_BIT(TRACE_ECALL));
	const struct trace_slot *slot = record_call(41);
	expect_ecall(slot, 41);
	expect_end(after(slot), 41);
}

TEST(t2_a_call_has_no_record_if_the_mask_has_no_calls)
{
	set_mask(0);
	expect_end(record_call(42), 42);
}

static void expect_all(uint64_t mask, uint64_t first)
{
	set_mask(mask);
	const struct trace_slot *slot = record_call(first);
	struct trace_ecall_args arguments = trace_ecall_args_of(slot, trace_slot_aux(slot));
	expect_equal(trace_slot_event(slot), TRACE_ECALL_ARGS, "first come the other arguments");
	expect_equal(arguments.a2, 2, "a2");
	expect_equal(arguments.a3, 4, "a3");
	expect_equal(arguments.a4, 8, "a4");
	expect_equal(arguments.a5, ~UINT64_C(15), "a5");
	slot = after(slot);
	expect_equal(trace_slot_event(slot), TRACE_ECALL_VALUE, "then the second result");
	expect_equal(trace_ecall_value_of(slot, 0).value, ~UINT64_C(0), "the value");
	slot = after(slot);
	expect_ecall(slot, first);
	expect_end(after(slot), first);
}

TEST(t3_a_call_has_three_records_if_the_mask_has_ecall_args)
{
	expect_all(TRACE_BIT(TRACE_ECALL_ARGS), 43);
	expect_all(TRACE_BIT(TRACE_ECALL_ARGS) | TRACE_BIT(TRACE_ECALL), 44);
	expect_all(TRACE_BIT(TRACE_ECALL_ARGS) | TRACE_BIT(TRACE_ECALL_VALUE), 45);
}

TEST(t4_without_ecall_args_a_call_has_one_record_again)
{
	set_mask(TRACE_BIT(TRACE_ECALL) | TRACE_BIT(TRACE_ECALL_VALUE));
	const struct trace_slot *slot = record_call(46);
	expect_ecall(slot, 46);
	expect_end(after(slot), 46);
}
