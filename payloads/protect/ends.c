/* Attacks after which the run must not go on: a hostile firmware enters the payload elsewhere than the payload wants. With
 * module protect_payload, hv ends the run with exit code 4. Without it, the attack succeeds, and the payload prints PASS. The
 * compiler gets the ATTACK. */
#include "payloads/protect/attack.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/test.h"
#include "payloads/runtime/trap.h"

#define OPAQUE UINT64_C(0x0baca5e)
#define NON_RETENTIVE UINT64_C(0x80000000)

/* Where a hart enters the payload. Defined in ends.S. At ends_entry, a hart waits forever if everything is as the payload
 * wants it; at ends_elsewhere, or if a1 is not OPAQUE, it calls reached(). */
void ends_entry(void);
void ends_elsewhere(void);
void reached(void) __attribute__((noreturn));

void reached(void)
{
	print("  the attack has succeeded\nPASS\n");
	test_finish(0);
}

static uint64_t order(enum attack attack, uint64_t a, uint64_t b)
{
	return ecall(ATTACK_EID, ATTACK_FID, attack, a, b, 0, 0).value;
}

static bool is_reached(struct trap_frame *frame)
{
	(void)frame;
	reached();
}

static void start(void)
{
	ecall(SBI_EID_HSM, SBI_FID_hart_start, 1, (uint64_t)ends_entry, OPAQUE, 0, 0);
}

static void suspend(void)
{
	ecall(SBI_EID_HSM, SBI_FID_hart_suspend, NON_RETENTIVE, (uint64_t)ends_entry, OPAQUE, 0, 0);
}

TEST(p17_the_firmware_enters_the_payload_in_another_way)
{
	switch (ATTACK) {
	case ATTACK_RETURN_ELSEWHERE:
		order(ATTACK, (uint64_t)ends_elsewhere, 0);
		break;
	case ATTACK_RETURN_IN_MODE:
		trap_set_handler(trap_supervisor(), is_reached); /* U-mode may not read CSRs of S-mode */
		order(ATTACK, 0, 0);
		(void)csr_read(sstatus);
		break;
	case ATTACK_REDIRECT:
		trap_set_handler(trap_supervisor(), is_reached);
		order(ATTACK, CAUSE_LOAD_PAGE, 0);
		break;
	case ATTACK_START:
		order(ATTACK, 1, (uint64_t)ends_elsewhere);
		break;
	case ATTACK_START_WITH:
		order(ATTACK, HOW, 0);
		start();
		break;
	case ATTACK_RESUME_WITH:
		order(ATTACK, HOW, 0);
		suspend();
		break;
	default:
		expect(false, "the attack is known");
	}
	for (;;)
		__asm__ volatile("wfi");
}
