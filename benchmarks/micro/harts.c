#include "benchmarks/micro/harts.h"

#define HART_START 0
#define INVALID_PARAM (~UINT64_C(0) - 2)
#define SEND_IPI 0
#define STACK_BYTES 1024

uint64_t harts, first;

/* The entries: a0 is the hart id. For all harts except the first one, a1 is the top of the hart's stack. */
__asm__(".section .text.start, \"ax\"\n.global start\nstart: la sp, first_stack + 4096\ntail first_hart\n"
	".global other_start\nother_start: mv sp, a1\ntail other_hart\n.text");
void other_start(void);
extern uint8_t first_stack[];
uint8_t first_stack[4096] __attribute__((aligned(16)));

uint64_t sbi(uint64_t eid, uint64_t fid, uint64_t x, uint64_t y, uint64_t z, uint64_t w)
{
	register uint64_t a0 __asm__("a0") = x;
	register uint64_t a1 __asm__("a1") = y;
	register uint64_t a2 __asm__("a2") = z;
	register uint64_t a3 __asm__("a3") = w;
	register uint64_t a6 __asm__("a6") = fid;
	register uint64_t a7 __asm__("a7") = eid;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
	return a0;
}

void wait_for(uint64_t mask)
{
	uint64_t pending;

	do
		__asm__ volatile("wfi\ncsrrc %0, sip, %1" : "=r"(pending) : "r"(mask & SIP_SSIP) : "memory");
	while (!(pending & mask));
}

void send_ipi(uint64_t hart)
{
	(void)sbi(SBI_IPI, SEND_IPI, 1, hart, 0, 0);
}

void send_ipis(uint64_t mask)
{
	(void)sbi(SBI_IPI, SEND_IPI, mask, 0, 0, 0);
}

void hart_is_ready(void)
{
	__asm__ volatile("csrs sie, %0" ::"r"(SIP_SSIP));
	send_ipi(first);
}

void harts_start(uint64_t hart)
{
	static uint8_t stacks[MAX_HARTS][STACK_BYTES] __attribute__((aligned(16)));

	first = hart;
	__asm__ volatile("csrs sie, %0" ::"r"(SIP_SSIP));
	for (harts = 0; harts < MAX_HARTS; harts++) {
		uint64_t top = (uint64_t)stacks[harts] + STACK_BYTES;
		uint64_t error = sbi(SBI_HSM, HART_START, harts, (uint64_t)other_start, top, 0);

		if (error == INVALID_PARAM)
			return; /* there is no such hart */
		if (error == 0)
			wait_for(SIP_SSIP);
	}
}

uint64_t now(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks)::"memory");
	return ticks;
}
