/* A firmware that traps while mtvec is 0. No instruction can be fetched from address 0, so the firmware traps again and
 * again. hv must report this only once. Hart 1 ends the run after a while. */
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/test.h"

#define TICKS 300000

static void end_later(void *unused)
{
	uint64_t end = *clint_mtime() + TICKS;
	(void)unused;
	while (*clint_mtime() < end)
		;
	print("PASS\n");
	test_finish(0);
}

TEST(s11_hv_reports_once_that_the_firmwares_trap_handler_cannot_be_fetched)
{
	hart_start(1, end_later, 0);
	csr_write(mtvec, 0);
	__asm__ volatile("unimp");
}
