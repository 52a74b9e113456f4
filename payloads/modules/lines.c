/* Logs lines from all harts at the same time. The test on the host checks that each line arrives in one piece. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/quiet.h"

#define LINES 100

static uint64_t barrier;

static void talk(void *unused)
{
	static const char text[] =
		"abcdefghijklmnopqrstuvwxyz 0123456789 abcdefghijklmnopqrstuvwxyz 0123456789 end of line";
	(void)unused;
	hart_barrier(&barrier, hart_count());
	for (unsigned i = 0; i < LINES; i++)
		abi_call(ABI_PEER_EID, HARTSCOPE_PEER_LOG, 3, (uint64_t)text, sizeof(text) - 1);
}

TEST(log_lines_of_different_harts_are_not_mixed)
{
	quiet();
	hart_all(talk, 0);
}
