#include "benchmarks/micro/harts.h"

#define INVALID_PARAM (-3) /* SBI_ERR_INVALID_PARAM (3) */
#define STACK_BYTES 1024

uint64_t harts, first;

/* The entries: a0 is the hart id. For all harts except the first one, a1 is the top of the hart's stack. */
__asm__(".section .text.start, \"ax\"\n.global start\nstart: la sp, first_stack + 4096\ntail first_hart\n"
	".global other_start\nother_start: mv sp, a1\ntail other_hart\n.text");
void other_start(void);
extern uint8_t first_stack[];
uint8_t first_stack[4096] __attribute__((aligned(16)));

void wait_for(uint64_t mask)
{
	uint64_t pending;

	do
		__asm__ volatile("wfi\ncsrrc %0, sip, %1" : "=r"(pending) : "r"(mask & SIP_SSIP) : "memory");
	while (!(pending & mask));
}

void send_ipi(uint64_t hart)
{
	(void)ecall(SBI_EID_IPI, SBI_FID_send_ipi, 1, hart, 0, 0, 0);
}

void send_ipis(uint64_t mask)
{
	(void)ecall(SBI_EID_IPI, SBI_FID_send_ipi, mask, 0, 0, 0, 0);
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
		int64_t error = ecall(SBI_EID_HSM, SBI_FID_hart_start, harts, (uint64_t)other_start, top, 0, 0).error;

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
