/* Calls a function in S-mode or U-mode. The code in mode.S enters the function by mret. At its end the function makes
 * an ecall. The trap handler (trap.c) takes this ecall and calls mode_return(), which leads back to the caller. */
#include "payloads/runtime/mode.h"

#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/machine.h"

/* These two functions are defined in mode.S. */
uint64_t mode_enter(uint64_t argument, uint64_t stack);
void mode_resume(void);

static uint8_t stacks[MAX_HARTS][STACK_SIZE] __attribute__((aligned(4096)));

void mode_open_memory(void)
{
	csr_write(pmpaddr7, ~UINT64_C(0) >> 10);
	csr_set(pmpcfg0, UINT64_C(0x1f) << 56);
	__asm__ volatile("sfence.vma" ::: "memory");
}

uint64_t run_in(enum mode mode, mode_function function, uint64_t argument)
{
	uint64_t status = csr_read(mstatus);
	uint64_t previous = (status & MSTATUS_MIE) ? MSTATUS_MPIE : 0;
	csr_write(mepc, (uint64_t)function);
	status = (status & ~(MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE)) | previous | (uint64_t)mode << 11;
	csr_write(mstatus, status);
	return mode_enter(argument, (uint64_t)stacks[hart_self()->id] + STACK_SIZE);
}

void mode_return(struct trap_frame *frame)
{
	frame->pc = (uint64_t)mode_resume;
	frame->status |= MSTATUS_MPP;
}
