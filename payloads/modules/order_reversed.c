/* Runs under an image whose configuration lists the modules recorder_a, recorder_b and recorder_c in reverse order.
 * Checks that hv calls their hooks in the reverse order too. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"

static struct taken taken;

static uint64_t payload_call(uint64_t eid)
{
	recorder_forget();
	struct ecall_result result = abi_call(eid, HARTSCOPE_MARK, 0, 0, 0);
	recorder_take(&taken);
	recorder_ask(RECORDER_RELEASE, 0, 0,
		     0); /* without this, a recorder would overwrite the ecall that ends run_in() */
	return (uint64_t)result.error;
}

TEST(modules_are_called_in_the_order_of_the_list)
{
	quiet();
	mode_open_memory();
	run_in(MODE_S, payload_call, HARTSCOPE_EID);
	expect_sequence(&taken, "cp bp ap bP aP bd ad", true, "the modules are called in the order c, b, a");
	recorder_ask(RECORDER_OVERWRITE, 'a', CAUSE_ECALL_S, RECORDER_OVERWRITES_TRAP);
	recorder_ask(RECORDER_OVERWRITE, 'b', CAUSE_ECALL_S, RECORDER_OVERWRITES_TRAP);
	expect_equal(run_in(MODE_S, payload_call, HARTSCOPE_EID), RECORDER_WAS_HERE | 'b',
		     "module b overwrites the ecall, because b comes before a in the list");
}
