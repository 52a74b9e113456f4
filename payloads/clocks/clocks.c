/* Works and sleeps in turn, and makes a MARK ecall before and after each of them. The lengths range from microseconds to
 * tens of milliseconds, so that SYNC records lie close together in some places and far apart in others. Under icount, the
 * run is the same each time. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define TICK_NS 100
#define NEVER (~UINT64_C(0))

/* What the guest has just begun. The test on the host reads these ids (clocks_test.py). */
enum mark { MARK_WORK, MARK_SLEEP, MARK_PAUSE };

static void mark(enum mark id, uint64_t value)
{
	abi_call(ABI_EID, HARTSCOPE_MARK, id, value, 0);
}

/* Works for about @p us microseconds, and makes about @p exits exits in this time. */
static void work(uint64_t us, unsigned exits)
{
	mark(MARK_WORK, us);
	for (unsigned part = 0; part < exits; part++) {
		for (volatile uint64_t i = 0; i < us * 1000 / exits / 5; i++)
			;
		csr_read(mscratch);
	}
}

/* Waits as a wfi of the payload does, which hv does not see. In the image stops_unseen, mcycle stands still meanwhile. */
static void pause(uint64_t us)
{
	for (volatile uint64_t i = 0; i < us * 1000 / 4; i++)
		;
	mark(MARK_PAUSE, us * 1000);
}

static void sleep(uint64_t us)
{
	mark(MARK_SLEEP, us);
	csr_write(mie, BIT(IRQ_MTI));
	*clint_mtimecmp(0) = *clint_mtime() + us * 1000 / TICK_NS;
	while (!(csr_read(mip) & BIT(IRQ_MTI)))
		__asm__ volatile("wfi" ::: "memory");
	*clint_mtimecmp(0) = NEVER;
}

TEST(a_first_sleep_before_the_rate_is_known)
{
	quiet();
	work(200, 10);
	sleep(50);
	work(100, 10);
	sleep(14000);
	work(100, 10);
}

TEST(long_work_after_a_sleep)
{
	quiet();
	work(30000, 20);
	sleep(5000);
	work(60000, 6);
}

TEST(short_work_between_sleeps)
{
	quiet();
	for (unsigned round = 0; round < 40; round++) {
		work(10 + 7 * round, 3);
		sleep(20 + 400 * (round % 5));
	}
}

TEST(pauses_between_work)
{
	quiet();
	for (unsigned round = 1; round < 6; round++) {
		work(3000 * round, 20);
		pause(900 * round);
	}
}

TEST(work_with_few_exits)
{
	quiet();
	for (unsigned round = 0; round < 5; round++) {
		work(20000, 1);
		sleep(30000);
	}
	work(120000, 12);
}
