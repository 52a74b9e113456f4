/* Passes an IPI around a ring of all harts: each hart sleeps until it gets one, and then sends one to the next hart. So only
 * one hart runs at any time, and the costs of all IPIs add up. With two harts, this is ping-pong.
 * This is a payload of OpenSBI. Between marks 1 and 2 there are ROUNDS rounds. The guest reports the ticks of mtime that they
 * took, which mean something only without icount. Ends the run through the test finisher. */
#include "benchmarks/micro/harts.h"
#include "benchmarks/micro/report.h"

#define WARM_UP 100
#define ROUNDS 2000
#define MARK(number) __asm__ volatile("slti zero, zero, " #number ::: "memory")

void other_hart(uint64_t hart)
{
	hart_is_ready();
	for (;;) {
		wait_for(SIP_SSIP);
		send_ipi((hart + 1) % harts);
	}
}

static void rounds(unsigned count)
{
	while (count--) {
		send_ipi((first + 1) % harts);
		wait_for(SIP_SSIP);
	}
}

void first_hart(uint64_t hart)
{
	uint64_t begin, end;

	harts_start(hart);
	rounds(WARM_UP);
	begin = now();
	MARK(1);
	rounds(ROUNDS);
	MARK(2);
	end = now();
	report_cost("ipi_ring", end - begin, ROUNDS * harts);
	report_end();
}
