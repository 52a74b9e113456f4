/* The firmware on which S-mode payloads run. It gives the payload access to all memory except the memory of this
 * firmware, and enters the payload on the boot hart. Then it answers the ecalls of firmware_calls.h, and passes exceptions
 * that the payload should handle on to the payload. */
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/firmware_calls.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/start.h"
#include "payloads/runtime/test.h"

#define FIRMWARE_NAPOT (UINT64_C(0x802fffff) >> 2) /* 2 MiB from 0x80200000 */
#define A0 9
#define A6 15
#define A7 16
#define NOT_SUPPORTED (~UINT64_C(0) - 1)

/* Answers an ecall of the payload. The ecalls that hv answers do not arrive here. */
static void answer(struct trap_frame *frame)
{
	uint64_t *a = &frame->x[A0];
	uint64_t eid = frame->x[A7], fid = frame->x[A6];
	frame->pc += 4;
	if (eid != FIRMWARE_EID) {
		a[0] = NOT_SUPPORTED;
		a[1] = 0;
		return;
	}
	switch (fid) {
	case FIRMWARE_ECHO:
		a[0] = a[0] + 1;
		a[1] = a[1] ^ a[2] ^ a[3] ^ a[4] ^ a[5];
		break;
	case FIRMWARE_SET_TIMER:
		*clint_mtimecmp((unsigned)hart_self()->id) = a[0];
		csr_clear(mip, BIT(IRQ_STI));
		csr_set(mie, BIT(IRQ_MTI));
		a[0] = 0;
		break;
	case FIRMWARE_GATE_COUNTERS:
		csr_write(mcounteren, a[0]);
		a[0] = 0;
		break;
	default:
		a[0] = NOT_SUPPORTED;
	}
}

/* Redirects an exception to the payload's trap vector. Real firmware does the same with an exception that the operating
 * system has to handle. */
static void pass_on(struct trap_frame *frame)
{
	uint64_t status = frame->status;
	uint64_t previous = (status & MSTATUS_SIE) ? MSTATUS_SPIE : 0;
	uint64_t mode = (status & MSTATUS_MPP) ? MSTATUS_SPP : 0;
	csr_write(sepc, frame->pc);
	csr_write(scause, frame->cause);
	csr_write(stval, frame->value);
	frame->pc = csr_read(stvec);
	status &= ~(MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_MPP);
	frame->status = status | MSTATUS_MPP_S | previous | mode;
}

static bool serve(struct trap_frame *frame)
{
	if (frame->cause == (INTERRUPT | IRQ_MTI)) {
		csr_clear(mie, BIT(IRQ_MTI));
		csr_set(mip, BIT(IRQ_STI));
		return true;
	}
	if (frame->cause & INTERRUPT || (frame->status & MSTATUS_MPP) == MSTATUS_MPP)
		return false;
	if (frame->cause == CAUSE_ECALL_S)
		answer(frame);
	else
		pass_on(frame);
	return true;
}

void start_main(void)
{
	quiet();
	csr_write(pmpaddr0, FIRMWARE_NAPOT);
	csr_write(pmpaddr1, ~UINT64_C(0) >> 10);
	csr_write(pmpcfg0, 0x1f18); /* entry 0 protects this firmware's memory; entry 1 opens the rest to the payload */
	csr_write(mideleg, 0x222);
	csr_write(medeleg, 0xb109);
	csr_write(mcounteren, 7);
	trap_set_handler(trap_machine(), serve);
	run_in(MODE_S, (mode_function)PAYLOAD_ADDRESS, harts[BOOT_HART].entry.a1);
	test_finish(1);
}
