/* Tests the ecalls of the trace: which arguments they refuse, and whether READ returns the records that were written.
 * The same guest runs as firmware and as payload. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/test.h"
#include "trace/format/event_fields.h"

#define HV_ADDRESS UINT64_C(0x80000000)
#define END_OF_MEMORY UINT64_C(0x90000000)
#define SLOTS 256
#define MARKED UINT64_C(0x4d41524b)

static struct {
	struct hartscope_read header;
	struct trace_slot slots[HARTSCOPE_READ_BYTES / TRACE_SLOT_BYTES];
} answer __attribute__((aligned(16)));

static struct hartscope_stat stat;

static struct ecall_result read_from(uint64_t sequence)
{
	return abi_read(0, sequence, (uint64_t)&answer, sizeof(answer));
}

static struct ecall_result control(uint64_t mask, uint64_t mode, uint64_t which)
{
	return abi_call(ABI_EID, HARTSCOPE_CTRL, mask, mode, which);
}

static void mark(uint64_t id, uint64_t value)
{
	abi_call(ABI_EID, HARTSCOPE_MARK, id, value, 0);
}

/* Returns the sequence number that the next slot in the ring will get. */
static uint64_t newest(void)
{
	uint64_t next = 0;
	do {
		next = answer.header.next;
		read_from(next);
	} while (answer.header.next != next);
	return next;
}

static void expect_error(struct ecall_result result, int64_t error, const char *what)
{
	expect_equal((uint64_t)result.error, (uint64_t)error, what);
}

/* Switches all events off except MARK. Otherwise the ecalls that read the ring would write EXIT records into the
 * ring. */
static void only_marks(uint64_t mode)
{
	expect_error(control(TRACE_BIT(TRACE_MARK), mode, HARTSCOPE_CTRL_SET_MASK | HARTSCOPE_CTRL_SET_MODE), 0,
		     "CTRL restricts the trace to marks");
	answer.header.next = 0;
}

TEST(t1_info_describes_the_trace)
{
	static struct hartscope_info info;
	abi_call(ABI_EID, HARTSCOPE_INFO, (uint64_t)&info, sizeof(info), 0);
	expect_equal(info.slots_per_hart, SLOTS, "slots per ring");
	expect_equal(info.slot_bytes, TRACE_SLOT_BYTES, "bytes per slot");
	expect_equal(info.features, HARTSCOPE_FEATURE_TRACE | HARTSCOPE_FEATURE_COUNTERS,
		     "features: trace and counters");
}

TEST(t2_ctrl_returns_the_old_settings_and_changes_the_selected_ones)
{
	expect_equal(control(0, 0, 0).value, 0xffe, "at first all events are on, and rings overwrite");
	control(TRACE_BIT(TRACE_MARK) | UINT64_C(1) << 63, 0, HARTSCOPE_CTRL_SET_MASK);
	expect_equal(control(0, 0, 0).value, TRACE_BIT(TRACE_MARK), "a mask bit without an event stays 0");
	control(0, HARTSCOPE_MODE_DISCARD, HARTSCOPE_CTRL_SET_MODE);
	expect_equal(control(0, 0, 0).value, TRACE_BIT(TRACE_MARK) | UINT64_C(1) << 56,
		     "setting the mode leaves the mask unchanged");
	expect_error(control(0, 2, HARTSCOPE_CTRL_SET_MODE), SBI_ERR_INVALID_PARAM, "an unknown mode");
	expect_error(control(0, 0, 4), SBI_ERR_INVALID_PARAM, "an unknown setting");
}

TEST(t3_read_refuses_invalid_arguments)
{
	only_marks(HARTSCOPE_MODE_OVERWRITE);
	uint64_t room = (uint64_t)&answer, end = newest();
	expect_error(abi_read(4711, 0, room, 4096), SBI_ERR_INVALID_PARAM, "a hart that does not exist");
	expect_error(abi_read(0, end + 1, room, 4096), SBI_ERR_INVALID_PARAM, "a sequence number in the future");
	expect_error(abi_read(0, ~UINT64_C(0), room, 4096), SBI_ERR_INVALID_PARAM, "the largest sequence number");
	expect_error(abi_read(0, 0, room + 8, 4096), SBI_ERR_INVALID_PARAM, "a misaligned address");
	expect_error(abi_read(0, 0, room, 4096 + 8), SBI_ERR_INVALID_PARAM, "a misaligned length");
	expect_error(abi_read(0, 0, room, 16), SBI_ERR_INVALID_PARAM, "a buffer too small for the header");
	expect_error(abi_read(0, 0, HV_ADDRESS, 4096), SBI_ERR_INVALID_ADDRESS, "hv's memory");
	expect_error(abi_read(0, 0, HV_ADDRESS + 0x200000 - 16, 4096), SBI_ERR_INVALID_ADDRESS,
		     "a range that begins in hv's memory");
	expect_error(abi_read(0, 0, END_OF_MEMORY, 4096), SBI_ERR_INVALID_ADDRESS, "an address without memory");
	expect_error(abi_read(0, 0, 0x10000000, 4096), SBI_ERR_INVALID_ADDRESS, "the address of a device");
	expect_error(abi_read(0, 0, ~UINT64_C(15), 4096), SBI_ERR_INVALID_ADDRESS, "the end of all addresses");
}

TEST(t4_a_mark_can_be_read)
{
	only_marks(HARTSCOPE_MODE_OVERWRITE);
	uint64_t end = newest();
	mark(MARKED, 4711);
	struct ecall_result result = read_from(end);
	expect_equal(result.value, sizeof(answer.header) + answer.header.next * 16 - answer.header.first * 16,
		     "READ returns the number of bytes written");
	expect_equal(answer.header.first, end, "the first slot is the one asked for");
	expect_equal(answer.header.lost, 0, "no slot is reported as lost");
	expect_equal(trace_slot_event(answer.slots), TRACE_MARK, "the first slot is a MARK");
	expect_equal(trace_mark_of(answer.slots, TRACE_MARK_EXT).id, MARKED, "the mark's id");
	expect_equal(trace_mark_of(answer.slots, TRACE_MARK_EXT).value, 4711, "the mark's value");
	expect_equal(trace_slot_event(answer.slots + 2), TRACE_SYNC,
		     "READ has added a SYNC, because the mark came after the last one");
	read_from(answer.header.next);
	expect_equal(answer.header.next, answer.header.first, "a second READ finds no further slot");
}

TEST(t5_overwritten_slots_are_counted_exactly)
{
	only_marks(HARTSCOPE_MODE_OVERWRITE);
	uint64_t start = newest(), read = 0, next = start;
	for (unsigned i = 0; i < 1000; i++)
		mark(MARKED, i);
	read_from(start);
	expect(answer.header.lost > 1000, "many slots are lost");
	uint64_t lost = answer.header.lost;
	do {
		next = answer.header.next;
		read += answer.header.next - answer.header.first;
		read_from(next);
	} while (answer.header.next != next);
	abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat));
	expect_equal(next - start, read + lost, "slots read and slots lost add up to the slots written");
	expect(read <= SLOTS && read >= SLOTS - 3 * TRACE_RECORD_SLOTS, "nearly a whole ring could be read");
	expect(stat.emitted >= next && stat.lost >= lost, "STAT counts the emitted and the lost slots");
}

TEST(t6_discard_mode_keeps_the_oldest_slots_and_reports_the_lost_ones)
{
	only_marks(HARTSCOPE_MODE_DISCARD);
	abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat));
	uint64_t erased = stat.lost, reported = 0, next = 0;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 1000; i++)
			mark(MARKED, i);
		do {
			expect_error(read_from(next), 0, "READ succeeds");
			next = answer.header.next;
			for (uint64_t i = 0; i < answer.header.next - answer.header.first; i++)
				if (trace_slot_event(answer.slots + i) == TRACE_LOST)
					reported += trace_lost_of(answer.slots + i, 0).slots;
		} while (answer.header.next != answer.header.first);
	}
	abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat));
	expect(stat.lost - erased > 5000, "many slots are lost");
	expect(stat.lost - erased >= reported && stat.lost - erased - reported < 2000,
	       "LOST records report every gap except the last one");
	uint64_t left = stat.emitted - stat.read - stat.lost;
	expect(left <= SLOTS, "every emitted slot was read, is lost or is still in the ring");
	expect_error(read_from(erased), 0, "READ of slots that were already read succeeds");
	expect(answer.header.lost > 0, "READ reports the slots that were already read as lost");
	uint64_t emitted = stat.emitted, discarded = stat.discarded;
	control(0xffe, HARTSCOPE_MODE_OVERWRITE, HARTSCOPE_CTRL_SET_MASK | HARTSCOPE_CTRL_SET_MODE);
	abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat));
	expect(discarded > 5000 && stat.discarded >= discarded && stat.emitted > emitted,
	       "a change of mode does not reset the counts");
}

TEST(t7_sync_and_stat_succeed)
{
	expect_error(abi_call(ABI_EID, HARTSCOPE_SYNC, 0, 0, 0), 0, "SYNC succeeds");
	expect_error(abi_call(ABI_EID, HARTSCOPE_STAT, 0, (uint64_t)&stat, sizeof(stat)), 0, "STAT succeeds");
	expect(stat.exits > 1000, "STAT counts exits");
}
