/* Runs under an image that lists the recorders in reverse order, and checks that hv calls them in that order. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"

static struct taken taken;

static uint64_t payload_call(uint64_t eid)
{
	recorder_forget();
	struct abi_result result = abi_call(eid, HARTSCOPE_MARK, 0, 0, 0);
	recorder_take(&taken);
	recorder_ask(RECORDER_RELEASE, 0, 0, 0); /* otherwise the ecall that ends run_in() is overwritten too */
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
