/* Ends a run by an ecall that hv answers. On the bare machine nothing answers the ecall. There the guest prints that it
 * skips its tests, and ends the run by a write to the reset device. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/reset.h"
#include "payloads/runtime/test.h"
#include "payloads/runtime/trap.h"

void test_begin(void)
{
	uint64_t space[16];
	trap_catch(trap_own());
	struct ecall_result info = abi_call(ABI_EID, HARTSCOPE_INFO, (uint64_t)space, sizeof(space), 0);
	if (trap_release(trap_own()).count == 0 && info.error == SBI_SUCCESS)
		return;
	test_print_skip();
	reset_end(0);
}

void test_finish(unsigned code)
{
	abi_call(ABI_PEER_EID, code ? HARTSCOPE_PEER_FAILURE : HARTSCOPE_PEER_SUCCESS, 0, 0, 0);
	for (;;)
		__asm__ volatile("wfi");
}
