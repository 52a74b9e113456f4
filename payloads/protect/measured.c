/* Row 30: hart 1 of the firmware (hostile_storing) stores to the payload's memory from before the payload begins on. The machine is
 * locked before it is measured, so that hv measures what the payload finds. */
#include "payloads/protect/order.h"
#include "payloads/runtime/access.h"

static void pause(void)
{
	for (volatile unsigned i = 0; i < 100000; i++)
		;
}

TEST(p30_the_firmware_changes_memory_while_hv_measures_it)
{
	uint64_t first = load64(ATTACK_STORED_ADDRESS), stored = order(ATTACK_STORED, 0, 0, 0);

	pause();
	while (!PROTECTED && load64(ATTACK_STORED_ADDRESS) == first)
		; /* the other hart may be late */

	uint64_t last = load64(ATTACK_STORED_ADDRESS);

	expect(first > 0, "the firmware has stored before");
	expect_equal(last == first, PROTECTED, "the memory does not change any more");
	if (!PROTECTED)
		return;
	expect_equal(stored, first, "the last store before the exception");

	struct ecall_result refused = order_from(0, ATTACK_REFUSED, 0, 0, 0);

	expect_equal(refused.value, CAUSE_STORE_ACCESS, "its cause");
	expect_equal((uint64_t)refused.error, ATTACK_STORED_ADDRESS, "its address");
	show("stored", first);
}
