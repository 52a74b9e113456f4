/* All harts use the ecalls of the trace at the same time. They change the mask of traced events and the mode of the
 * rings while other harts write and read records, they request SYNC records, and they read each other's rings. */
#include "payloads/robust/random.h"
#include "payloads/runtime/abi.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/test.h"
#include "trace/format/slot.h"

#define ROUNDS 2000
#define SLOTS 256

static struct {
	struct hartscope_read header;
	struct trace_slot slots[HARTSCOPE_READ_BYTES / TRACE_SLOT_BYTES];
} answers[MAX_HARTS] __attribute__((aligned(16)));

static struct hartscope_stat stats[MAX_HARTS];
static uint64_t wrong[MAX_HARTS];

static uint64_t stat_of(uint64_t hart, struct hartscope_stat *stat)
{
	(void)abi_call(ABI_EID, HARTSCOPE_STAT, hart, (uint64_t)stat, sizeof(*stat));
	return stat->emitted;
}

/* Returns whether the answer to a READ that started at slot @p sequence is plausible: its header must be consistent,
 * and each of its slots must belong to a known event. */
static bool can_be(uint64_t self, uint64_t sequence)
{
	const struct hartscope_read *header = &answers[self].header;
	uint64_t count = header->next - header->first;

	if (header->first < sequence || header->lost != header->first - sequence || count > SLOTS)
		return false;
	for (uint64_t i = 0; i < count; i++)
		if (trace_slot_event(&answers[self].slots[i]) >= TRACE_EVENTS)
			return false;
	return true;
}

static bool read_some(uint64_t self, uint64_t hart, struct random *random)
{
	uint64_t emitted = stat_of(hart, &stats[self]);
	uint64_t sequence = random_below(random, (unsigned)(emitted & 0xffffff) + 1);
	int64_t error = abi_read(hart, sequence, (uint64_t)&answers[self], sizeof(answers[0])).error;

	/* stat.emitted also counts discarded slots, although these slots have no sequence number. A sequence number
	 * only slightly below stat.emitted may therefore not have been given to any slot yet, and then READ refuses
	 * it. */
	return error == SBI_ERR_INVALID_PARAM || (error == SBI_SUCCESS && can_be(self, sequence));
}

static void use_all(void *unused)
{
	uint64_t self = hart_self()->id;
	struct random random = { self };

	(void)unused;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t hart = random_below(&random, hart_count());

		switch (random_below(&random, 16)) {
		case 0:
			abi_call(ABI_EID, HARTSCOPE_CTRL, TRACE_MASK_ALL, round & 1, HARTSCOPE_CTRL_SET_MODE);
			break;
		case 1:
			abi_call(ABI_EID, HARTSCOPE_CTRL, random_next(&random), 0, HARTSCOPE_CTRL_SET_MASK);
			break;
		case 2:
			abi_call(ABI_EID, HARTSCOPE_SYNC, 0, 0, 0);
			break;
		case 3:
		case 4:
		case 5:
		case 6:
			wrong[self] += !read_some(self, hart, &random);
			break;
		default:
			abi_call(ABI_EID, HARTSCOPE_MARK, round, self, 0);
		}
	}
}

static uint64_t read_all(uint64_t hart, uint64_t *lost)
{
	struct hartscope_read *header = &answers[0].header;
	uint64_t sequence = 0, read = 0;

	do {
		(void)abi_read(hart, sequence, (uint64_t)&answers[0], sizeof(answers[0]));
		*lost += header->lost;
		read += header->next - header->first;
		sequence = header->next;
	} while (header->next != header->first);
	return read;
}

TEST(t1_harts_that_use_the_trace_at_once_get_valid_answers)
{
	hart_all(use_all, 0);
	for (unsigned hart = 0; hart < hart_count(); hart++)
		expect_equal(wrong[hart], 0, "READ answers that are not plausible");
}

TEST(t2_every_slot_was_read_or_lost)
{
	abi_call(ABI_EID, HARTSCOPE_CTRL, 0, HARTSCOPE_MODE_OVERWRITE,
		 HARTSCOPE_CTRL_SET_MASK | HARTSCOPE_CTRL_SET_MODE);
	for (unsigned hart = 0; hart < hart_count(); hart++) {
		uint64_t lost = 0, read = read_all(hart, &lost), emitted = stat_of(hart, &stats[0]);

		expect_equal(emitted - stats[0].discarded, read + lost,
			     "slots read and slots lost add up to the slots written");
		expect(emitted > ROUNDS, "the hart has written many slots");
	}
}
