/* The same modules in another order of the configuration's list. */
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
	recorder_ask(RECORDER_RELEASE, 0, 0, 0); /* or the return from here would be overwritten too */
	return (uint64_t)result.error;
}

TEST(modules_are_called_in_the_order_of_the_list)
{
	quiet();
	mode_open_memory();
	run_in(MODE_S, payload_call, HARTSCOPE_EID);
	expect_sequence(&taken, "cp bp ap bP aP bd ad", true, "an ecall of the payload");
	recorder_ask(RECORDER_OVERWRITE, 'a', CAUSE_ECALL_S, RECORDER_OVERWRITES_TRAP);
	recorder_ask(RECORDER_OVERWRITE, 'b', CAUSE_ECALL_S, RECORDER_OVERWRITES_TRAP);
	expect_equal(run_in(MODE_S, payload_call, HARTSCOPE_EID), RECORDER_WAS_HERE | 'b',
		     "the first of the list wins");
}
