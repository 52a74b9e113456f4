/* Tests which stores to the test finisher end the run. Those that it ignores must not stop a hart. The run itself ends by a
 * store to it. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

static void exit_often(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2000; i++)
		csr_write(mscratch, csr_read(mscratch));
}

TEST(s16_a_store_that_the_reset_device_ignores_stops_no_hart)
{
	quiet();
	trap_catch(trap_machine());
	__asm__ volatile("sb %1, 0(%0)" ::"r"((uint64_t)FINISHER_ADDRESS), "r"(FINISHER_PASS) : "memory");
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, FINISHER_ADDRESS,
		    "a store of one byte is an access fault");
	trap_catch(trap_machine());
	store64(FINISHER_ADDRESS, FINISHER_PASS);
	expect_trap(trap_release(trap_machine()), CAUSE_STORE_ACCESS, FINISHER_ADDRESS,
		    "a store of eight bytes is an access fault");
	store32(FINISHER_ADDRESS + 4, FINISHER_PASS);
	hart_all(exit_often, 0);
	expect(true, "all harts continue");
}
