/* Tests the payload's timer beside the firmware's timer. In these tests the physical CLINT is ordinary memory. */
#include "hv/device/supervisor_timer.h"

#include "hv/testing/clint.h"

static void start(void)
{
	map_clint();
	testing_boot_usual(&vcpu);
	assign_clint();
	host_device_add(BASE, 0x10000, (void *)BASE, 4 | 8);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void set_time(uint64_t ticks)
{
	*(uint64_t *)MTIME = ticks;
}

static bool stip(void)
{
	return host_csr_read(CSR_mip) & IP_STI;
}

static void set_firmwares(uint64_t deadline)
{
	atomic_store_explicit(&vcpu.machine_timecmp, deadline, memory_order_relaxed);
	vclint_update_timer(&vcpu);
}

/* Checks that mtimecmp holds the earliest deadline that has not passed, and that the passed ones are latched. */
static void check(uint64_t now, uint64_t firmware, uint64_t payload)
{
	uint64_t next = least(now >= firmware ? NEVER : firmware, now >= payload ? NEVER : payload);

	require(*(uint64_t *)MTIMECMP == next, "mtimecmp is %lx at %lu, with %lx and %lx", *(uint64_t *)MTIMECMP, now,
		firmware, payload);
	require(vcpu.machine_timer == (now >= firmware), "MTIP at %lu, with %lx", now, firmware);
	require(stip() == (now >= payload), "STIP at %lu, with %lx", now, payload);
}

static const uint64_t deadlines[] = { 0, 10, 11, 12, 20, NEVER };
#define DEADLINES (sizeof(deadlines) / sizeof(deadlines[0]))

Test(supervisor_timer, each_deadline_fires_once_and_the_other_one_stays, .init = start)
{
	for (unsigned f = 0; f < DEADLINES; f++)
		for (unsigned p = 0; p < DEADLINES; p++)
			for (unsigned order = 0; order < 2; order++) {
				set_time(10);
				if (order)
					set_firmwares(deadlines[f]);
				supervisor_timer_set(&vcpu, deadlines[p]);
				if (!order)
					set_firmwares(deadlines[f]);
				check(10, deadlines[f], deadlines[p]);
				for (uint64_t now = 11; now < 22; now++) {
					set_time(now);
					if (now >= *(uint64_t *)MTIMECMP)
						vclint_update_timer(&vcpu);
					check(now, deadlines[f], deadlines[p]);
				}
			}
}

Test(supervisor_timer, a_new_deadline_replaces_the_old_one, .init = start)
{
	for (unsigned f = 0; f < DEADLINES; f++)
		for (unsigned old = 0; old < DEADLINES; old++)
			for (unsigned p = 0; p < DEADLINES; p++) {
				set_time(10);
				set_firmwares(deadlines[f]);
				supervisor_timer_set(&vcpu, deadlines[old]);
				supervisor_timer_set(&vcpu, deadlines[p]);
				check(10, deadlines[f], deadlines[p]);
			}
}

Test(supervisor_timer, a_write_of_the_firmwares_deadline_keeps_the_payloads, .init = start)
{
	for (unsigned f = 0; f < DEADLINES; f++)
		for (unsigned p = 0; p < DEADLINES; p++) {
			set_time(10);
			supervisor_timer_set(&vcpu, deadlines[p]);
			require(fast_next_deadline(&vcpu, deadlines[f]) ==
					least(deadlines[f], deadlines[p] > 10 ? deadlines[p] : NEVER),
				"%lx and %lx", deadlines[f], deadlines[p]);
		}
}

Test(supervisor_timer, with_sstc_the_timer_is_stimecmp, .init = start)
{
	set_time(10);
	set_firmwares(20);
	csr_set(CSR_menvcfg, MENVCFG_STCE);
	supervisor_timer_set(&vcpu, 15);
	cr_expect_eq(csr_read(CSR_stimecmp), 15);
	supervisor_timer_set(&vcpu, 5);
	cr_expect_eq(csr_read(CSR_stimecmp), 5);
	cr_expect_eq(*(uint64_t *)MTIMECMP, 20);
	cr_expect(!vcpu.machine_timer);
}
