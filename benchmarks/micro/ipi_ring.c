/* Passes an IPI around a ring of all harts: each hart sleeps until it gets one, and then sends one to the next hart. So only
 * one hart runs at any time, and the costs of all IPIs add up. With two harts, this is ping-pong.
 * This is the payload of OpenSBI, which starts the other harts. Between marks 1 and 2 there are ROUNDS rounds. The guest
 * reports the ticks of mtime that they took, which mean something only without icount.
 * OpenSBI starts it in S-mode on any one of the harts. Ends the run through the test finisher. */
#include "benchmarks/micro/report.h"

void run_ring(uint64_t hart) __attribute__((noreturn));
void pass_on(uint64_t hart) __attribute__((noreturn));

#define IPI 0x735049
#define HSM 0x48534d
#define INVALID_PARAM (~UINT64_C(0) - 2)
#define MAX_HARTS 64
#define SSIP 2
#define WARM_UP 100
#define ROUNDS 2000
#define MARK(number) __asm__ volatile("slti zero, zero, " #number ::: "memory")

/* Set before the first round: the number of harts, whose ids are 0 to harts - 1, and the hart that measures. */
static uint64_t harts, first;

static uint64_t sbi(uint64_t eid, uint64_t fid, uint64_t x, uint64_t y, uint64_t z)
{
	register uint64_t a0 __asm__("a0") = x;
	register uint64_t a1 __asm__("a1") = y;
	register uint64_t a2 __asm__("a2") = z;
	register uint64_t a6 __asm__("a6") = fid;
	register uint64_t a7 __asm__("a7") = eid;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return a0;
}

/* Sleeps until this hart gets an IPI, and clears it. Interrupts are off, so that no trap is necessary. */
static void wait_for_ipi(void)
{
	uint64_t pending;

	do
		__asm__ volatile("wfi\ncsrrc %0, sip, %1" : "=r"(pending) : "r"(SSIP) : "memory");
	while (!(pending & SSIP));
}

static void send_ipi(uint64_t hart)
{
	(void)sbi(IPI, 0, 1, hart, 0);
}

void pass_on(uint64_t hart)
{
	__asm__ volatile("csrs sie, %0" ::"r"(SSIP));
	send_ipi(first); /* this hart is ready */
	for (;;) {
		wait_for_ipi();
		send_ipi((hart + 1) % harts);
	}
}

/* The entries: a0 is the hart id. For all harts except the first one, a1 is the top of the hart's stack. */
__asm__(".section .text.start, \"ax\"\n.global start\nstart: la sp, first_stack + 4096\ntail run_ring\n"
	".global other_start\nother_start: mv sp, a1\ntail pass_on\n.text");
void other_start(void);
extern uint8_t first_stack[];
uint8_t first_stack[4096] __attribute__((aligned(16)));

static void start_others(void)
{
	static uint8_t stacks[MAX_HARTS][1024] __attribute__((aligned(16)));

	for (harts = 0; harts < MAX_HARTS; harts++) {
		uint64_t error = sbi(HSM, 0, harts, (uint64_t)other_start, (uint64_t)stacks[harts + 1]);

		if (error == INVALID_PARAM)
			return; /* there is no such hart */
		if (error == 0)
			wait_for_ipi();
	}
}

static uint64_t now(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks)::"memory");
	return ticks;
}

static void rounds(unsigned count)
{
	while (count--) {
		send_ipi((first + 1) % harts);
		wait_for_ipi();
	}
}

void run_ring(uint64_t hart)
{
	uint64_t begin, end;

	first = hart;
	__asm__ volatile("csrs sie, %0" ::"r"(SSIP));
	start_others();
	rounds(WARM_UP);
	begin = now();
	MARK(1);
	rounds(ROUNDS);
	MARK(2);
	end = now();
	report_cost("ipi_ring", end - begin, ROUNDS * harts);
	report_end();
}
