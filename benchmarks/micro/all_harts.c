/* Measures in ticks of mtime what harts do to each other and at the same time: start one another, pass on an IPI, send an IPI
 * to all, fence remotely, call the firmware at once, and wake up from a timer. It means something only without icount, where
 * the harts really run at the same time.
 * This is a payload of OpenSBI. Ends the run through the test finisher. */
#include "benchmarks/micro/harts.h"
#include "benchmarks/micro/report.h"

#define WARM_UP 50
#define ROUNDS 500
#define CALLS 2000
#define WAKES 100
#define SLEEP 5000 /* ticks; on QEMU's virt board, 0.5 ms */
#define NEVER (~UINT64_C(0))

/* What the other harts do when they get an IPI. */
enum task { PASS_ON, ANSWER, CALL };
static volatile enum task task;

/* The number of the other harts that have finished the present round. */
static uint64_t finished;

static uint64_t others(void)
{
	return (harts < MAX_HARTS ? (UINT64_C(1) << harts) - 1 : NEVER) & ~(UINT64_C(1) << first);
}

static void call_firmware(void)
{
	for (unsigned i = 0; i < CALLS; i++)
		(void)ecall(SBI_EID_BASE, SBI_FID_get_spec_version, 0, 0, 0, 0, 0);
}

void other_hart(uint64_t hart)
{
	hart_is_ready();
	for (;;) {
		wait_for(SIP_SSIP);
		if (task == PASS_ON) {
			send_ipi((hart + 1) % harts);
			continue;
		}
		if (task == CALL)
			call_firmware();
		/* The last hart wakes the first one, so the first one sleeps meanwhile. */
		if (__atomic_add_fetch(&finished, 1, __ATOMIC_ACQ_REL) == harts - 1)
			send_ipi(first);
	}
}

static void start_round(enum task what)
{
	task = what;
	finished = 0;
	if (harts == 1)
		return;
	if (what == PASS_ON)
		send_ipi((first + 1) % harts);
	else
		send_ipis(others());
}

static void await_round(void)
{
	if (harts > 1)
		wait_for(SIP_SSIP);
}

static void rounds(enum task what, unsigned count)
{
	while (count--) {
		start_round(what);
		await_round();
	}
}

static void fences(unsigned count)
{
	while (count--)
		(void)ecall(SBI_EID_RFENCE, SBI_FID_remote_sfence_vma, others(), 0, 0, NEVER, 0);
}

static void measure_interrupts(void)
{
	uint64_t begin;

	rounds(PASS_ON, WARM_UP);
	begin = now();
	rounds(PASS_ON, ROUNDS);
	report_cost("ipi_ring", now() - begin, ROUNDS * harts);
	rounds(ANSWER, WARM_UP);
	begin = now();
	rounds(ANSWER, ROUNDS);
	report_cost("ipi_broadcast", now() - begin, ROUNDS);
	fences(WARM_UP);
	begin = now();
	fences(ROUNDS);
	report_cost("fence_remote", now() - begin, ROUNDS);
}

static void measure_calls(void)
{
	uint64_t begin;

	call_firmware();
	begin = now();
	start_round(CALL);
	call_firmware();
	await_round();
	report_cost("calls_at_once", now() - begin, CALLS * harts);
}

static void measure_timer(void)
{
	uint64_t late = 0;

	__asm__ volatile("csrs sie, %0" ::"r"(SIP_STIP));
	for (unsigned i = 0; i < WAKES; i++) {
		uint64_t deadline = now() + SLEEP;

		(void)ecall(SBI_EID_TIME, SBI_FID_set_timer, deadline, 0, 0, 0, 0);
		wait_for(SIP_STIP);
		late += now() - deadline;
	}
	(void)ecall(SBI_EID_TIME, SBI_FID_set_timer, NEVER, 0, 0, 0, 0);
	report_cost("timer_wake", late, WAKES);
}

void first_hart(uint64_t hart)
{
	uint64_t begin = now();

	harts_start(hart);
	if (harts > 1) {
		report_cost("hart_start", now() - begin, harts - 1);
		measure_interrupts();
	}
	measure_calls();
	measure_timer();
	report_end();
}
