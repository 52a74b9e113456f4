/* Tests that hv answers the calls of offload.c itself, and what only hv can show: that the firmware's own timer is not
 * affected. This guest runs only under an image with module offload. */
#include "payloads/offload/firmware.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define NEVER (~UINT64_C(0))

static uint64_t make_calls(uint64_t unused)
{
	static uint64_t mask = 1;

	(void)unused;
	ecall(SBI_EID_TIME, 0, *clint_mtime() + 1000, 0, 0, 0, 0);
	ecall(SBI_EID_TIME, 0, 0, 0, 0, 0, 0);
	ecall(SBI_EID_LEGACY_SET_TIMER, 0, NEVER, 0, 0, 0, 0);
	ecall(SBI_EID_IPI, 0, 1, 0, 0, 0, 0);
	ecall(SBI_EID_IPI, 0, 1, 99, 0, 0, 0);
	ecall(SBI_EID_LEGACY_SEND_IPI, 0, (uint64_t)&mask, 0, 0, 0, 0);
	for (uint64_t fid = 0; fid < 3; fid++)
		ecall(SBI_EID_RFENCE, fid, 0, NEVER, 0x1000, 0x1000, 0);
	for (uint64_t eid = SBI_EID_LEGACY_REMOTE_FENCE_I; eid <= SBI_EID_LEGACY_REMOTE_SFENCE_VMA_ASID; eid++)
		ecall(eid, 0, 0, 0, 0, 0, 0);
	(void)csr_read(time);
	csr_clear(sip, BIT(IRQ_SSI));
	return 0;
}

TEST(s31_no_call_that_hv_knows_reaches_the_firmware)
{
	firmware_reached[0] = 0;
	firmware_run(make_calls, 0);
	expect_equal(firmware_reached[0], 0, "calls that have reached the firmware");
}

/* ---- the firmware's timer ---- */

static uint64_t payload_deadline, firmware_deadline;

/* Makes the firmware run, which sees its own timer. */
static uint64_t set_and_wait(uint64_t unused)
{
	(void)unused;
	ecall(SBI_EID_TIME, 0, payload_deadline, 0, 0, 0, 0);
	/* the timers' interrupts may come a little later than the deadlines */
	while (!__atomic_load_n(&firmware_reached[0], __ATOMIC_RELAXED) || !(csr_read(sip) & BIT(IRQ_STI)))
		;
	return *clint_mtime() >= payload_deadline && *clint_mtime() >= firmware_deadline;
}

static bool note_timer(struct trap_frame *frame)
{
	if (frame->cause != (INTERRUPT | IRQ_MTI))
		return false;
	firmware_reached[0]++;
	csr_clear(mie, BIT(IRQ_MTI));
	return true;
}

/* Runs the payload with its timer at @p payload and the firmware's timer at @p firmware, in ticks from now. */
static void both_timers(uint64_t payload, uint64_t firmware)
{
	uint64_t now = *clint_mtime();

	quiet();
	mode_open_memory();
	csr_write(mideleg, 0x222);
	payload_deadline = now + payload;
	firmware_deadline = now + firmware;
	firmware_reached[0] = 0;
	*clint_mtimecmp(0) = firmware_deadline;
	csr_set(mie, BIT(IRQ_MTI));
	trap_set_handler(trap_machine(), note_timer);
	expect_equal(run_in(MODE_S, set_and_wait, 0), 1, "both timers have fired, after their deadlines");
	expect_equal(firmware_reached[0], 1, "the firmware's timer has interrupted it once");
	expect_equal(*clint_mtimecmp(0), firmware_deadline, "the firmware's mtimecmp is as it was written");
	expect_equal(csr_read(mip) & BIT(IRQ_MTI), BIT(IRQ_MTI), "the firmware's MTIP stays set");
	trap_set_handler(trap_machine(), 0);
	quiet();
}

TEST(s31_the_firmwares_timer_and_the_payloads_timer_are_independent)
{
	both_timers(20000, 40000);
	both_timers(40000, 20000);
	both_timers(30000, 30000);
	both_timers(0, 20000);
}

static uint64_t arm(uint64_t ticks)
{
	payload_deadline = *clint_mtime() + ticks;
	ecall(SBI_EID_TIME, 0, payload_deadline, 0, 0, 0, 0);
	return 0;
}

TEST(s31_the_payloads_timer_fires_while_the_firmware_runs)
{
	quiet();
	mode_open_memory();
	csr_write(mideleg, 0x222);
	run_in(MODE_S, arm, 20000);
	/* the deadline may have passed already if the emulator has paused */
	expect(!(csr_read(mip) & BIT(IRQ_STI)) || *clint_mtime() >= payload_deadline, "STIP is 0 before the deadline");
	while (!(csr_read(mip) & BIT(IRQ_STI)))
		;
	expect_equal(csr_read(mip) & BIT(IRQ_MTI), 0, "the firmware's timer has not fired");
	run_in(MODE_S, arm, NEVER / 4);
	expect_equal(csr_read(mip) & BIT(IRQ_STI), 0, "set_timer clears STIP");
	quiet();
}

static uint64_t arm_and_stop(uint64_t ticks)
{
	arm(ticks);
	ecall(SBI_EID_HSM, SBI_FID_hart_stop, 0, 0, 0, 0, 0);
	/* The firmware has refused. The timer's interrupt may come a little later than the deadline. */
	while (!(csr_read(sip) & BIT(IRQ_STI)))
		;
	return *clint_mtime() >= payload_deadline;
}

TEST(s31_a_hart_that_stops_has_no_deadline)
{
	firmware_refuses = 0;
	firmware_run(arm_and_stop, 500000);
	quiet();
	csr_write(mideleg, 0x222);
	while (*clint_mtime() < payload_deadline + 20000)
		;
	expect_equal(csr_read(mip) & BIT(IRQ_STI), 0, "the timer does not fire on a stopped hart");
	firmware_refuses = 1;
	expect_equal(firmware_run(arm_and_stop, 20000), 1, "it fires if the firmware refuses to stop the hart");
	firmware_refuses = 0;
	quiet();
}

/* ---- masks in the payload's address space ---- */

static uint64_t use_paged_mask(uint64_t satp)
{
	static uint64_t masks[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
	uint64_t address = page_set(0, (uint64_t)masks, PTE_RW), missing = page_set(1, 0, 0);

	masks[1] = 1;
	csr_write(satp, satp);
	__asm__ volatile("sfence.vma" ::: "memory");
	csr_clear(sip, BIT(IRQ_SSI));
	ecall(SBI_EID_LEGACY_SEND_IPI, 0, address + 8, 0, 0, 0, 0);
	expect_equal(csr_read(sip) & BIT(IRQ_SSI), BIT(IRQ_SSI), "the mask is read at its virtual address");
	csr_clear(sip, BIT(IRQ_SSI));
	trap_catch(trap_supervisor());
	ecall(SBI_EID_LEGACY_SEND_IPI, 0, missing + 8, 0, 0, 0, 0);
	expect_trap(trap_release(trap_supervisor()), 13, missing + 8,
		    "the payload gets a page fault for a mask without a page");
	csr_write(satp, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	return 0;
}

TEST(s31_a_legacy_mask_is_read_in_the_payloads_address_space)
{
	firmware_run(use_paged_mask, page_identity(PTE_RWX));
}
