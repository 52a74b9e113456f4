/* Tests SBI calls that a payload makes. hv must pass them to the firmware unchanged. */
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/firmware_calls.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

struct registers {
	uint64_t a[8];
};

static struct registers call(struct registers in)
{
	register uint64_t a0 __asm__("a0") = in.a[0];
	register uint64_t a1 __asm__("a1") = in.a[1];
	register uint64_t a2 __asm__("a2") = in.a[2];
	register uint64_t a3 __asm__("a3") = in.a[3];
	register uint64_t a4 __asm__("a4") = in.a[4];
	register uint64_t a5 __asm__("a5") = in.a[5];
	register uint64_t a6 __asm__("a6") = in.a[6];
	register uint64_t a7 __asm__("a7") = in.a[7];
	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "+r"(a6), "+r"(a7)
			 :
			 : "memory");
	return (struct registers){ { a0, a1, a2, a3, a4, a5, a6, a7 } };
}

#define LEGACY_SHUTDOWN 8

TEST(s31_an_sbi_call_reaches_the_firmware_unchanged)
{
	struct registers out = call((struct registers){ { 41, 1, 2, 4, 8, 16, FIRMWARE_ECHO, FIRMWARE_EID } });
	show("a0", out.a[0]);
	show("a1, which the firmware computes from a1 to a5", out.a[1]);
	for (unsigned i = 2; i < 8; i++)
		show("another argument register after the call", out.a[i]);
}

TEST(s31_the_firmware_refuses_unknown_sbi_calls)
{
	static const uint64_t eids[] = { 0, 1, 8, 0x10, 0x54494d45, 0x735049, 0x52464e43, 0x0a000043, ~UINT64_C(0) };
	for (unsigned i = 0; i < sizeof(eids) / sizeof(eids[0]); i++) {
		if (eids[i] == LEGACY_SHUTDOWN && !FINISHER_ADDRESS)
			continue; /* hv ends the run */
		struct registers out = call((struct registers){ { 7, 7, 7, 7, 7, 7, 99, eids[i] } });
		show("a0", out.a[0]);
		show("a1", out.a[1]);
	}
}

TEST(s31_the_firmwares_timer_interrupts_the_payload)
{
	trap_forget_interrupts(trap_supervisor());
	csr_write(sie, 0);
	csr_set(sstatus, MSTATUS_SIE);
	for (unsigned i = 0; i < 5; i++) {
		call((struct registers){ { *clint_mtime() + 1000, 0, 0, 0, 0, 0, FIRMWARE_SET_TIMER, FIRMWARE_EID } });
		csr_set(sie, BIT(IRQ_STI));
		quiet_wait_for_interrupts(trap_supervisor(), i + 1);
		call((struct registers){ { ~UINT64_C(0), 0, 0, 0, 0, 0, FIRMWARE_SET_TIMER, FIRMWARE_EID } });
	}
	csr_clear(sstatus, MSTATUS_SIE);
	expect_equal(trap_supervisor()->taken, 5, "each of five calls led to an interrupt");
}

TEST(s26_an_exception_that_the_firmware_passes_on_reaches_the_payload)
{
	call((struct registers){ { 0, 0, 0, 0, 0, 0, FIRMWARE_GATE_COUNTERS, FIRMWARE_EID } });
	trap_catch(trap_supervisor());
	(void)csr_read(time);
	struct trap trap = trap_release(trap_supervisor());
	show("scause of rdtime without mcounteren.TM", trap.cause);
	show("stval", trap.value);
	show("sstatus", trap.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE));
	call((struct registers){ { 7, 0, 0, 0, 0, 0, FIRMWARE_GATE_COUNTERS, FIRMWARE_EID } });
	trap_catch(trap_supervisor());
	(void)csr_read(time);
	show("traps of rdtime with mcounteren.TM", trap_release(trap_supervisor()).count);
}
