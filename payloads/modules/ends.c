/* Ends a run. END selects how. If ON_LAST_HART is 1, the last hart ends the run, otherwise hart 0 does. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"

enum end { FATAL, LATE_FATAL, CRASH, HUNG, OFF_FIRMWARE, RESET_FIRMWARE, OFF_PAYLOAD, OFF_PAGED, SUCCEED, FAIL_GUEST };

static uint64_t power_off(uint64_t address)
{
	store32(address, FINISHER_PASS);
	return 0;
}

static void power_off_paged(void)
{
	uint64_t translation = page_identity(PTE_RWX);
	uint64_t window = page_set(3, FINISHER_ADDRESS, PTE_RWX);
	csr_write(satp, translation);
	run_in(MODE_S, power_off, window);
}

static void hang(void *unused)
{
	(void)unused;
	probe(PROBE_HANG, 0, 0, 0);
}

static void end(void *unused)
{
	(void)unused;
	mode_open_memory();
	switch (END) {
	case FATAL:
		probe(PROBE_FATAL, 0, 0, 0);
		break;
	case LATE_FATAL:
		probe(PROBE_LATE_FATAL, 0, 0, 0);
		test_finish(0);
	case CRASH:
		probe(PROBE_CRASH, 0, 0, 0);
		break;
	case HUNG:
		hart_start(1, hang, 0);
		quiet_pause();
		/* At the end of the run, hv waits for hart 1 for a limited time. The timer that is set here fires at
		 * once. hv must not end its wait early because of it. */
		store64(CLINT_ADDRESS + CLINT_MTIMECMP, 0);
		test_finish(0);
	case OFF_FIRMWARE:
		power_off(FINISHER_ADDRESS);
		break;
	case RESET_FIRMWARE:
		store32(FINISHER_ADDRESS, 0x7777);
		break;
	case OFF_PAYLOAD:
		run_in(MODE_S, power_off, FINISHER_ADDRESS);
		break;
	case OFF_PAGED:
		power_off_paged();
		break;
	case SUCCEED:
		test_finish(0);
	case FAIL_GUEST:
		test_finish(1);
	}
	for (;;)
		__asm__ volatile("wfi");
}

TEST(the_machine_stops_when_the_run_ends)
{
	quiet();
	print("PASS\n");
	if (ON_LAST_HART && hart_count() > 1) {
		hart_start(hart_count() - 1, end, 0);
		for (;;)
			__asm__ volatile("wfi");
	}
	end(0);
}
