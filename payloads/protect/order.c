/* Orders to the hostile firmware, and rows of the list of attacks. */
#include "payloads/protect/order.h"

#include "payloads/runtime/print.h"

uint64_t page[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

static unsigned current, attempts;

void row(unsigned number)
{
	has_sstc();
	if (current && PROTECTED)
		print("  row %u: hv notes %u attempts\n", current, attempts);
	current = number;
	attempts = 0;
	if (PROTECTED)
		order(ATTACK_LOAD, ROW_MARK + 8 * number, 0, 0);
}

void row_expects(unsigned more)
{
	attempts += more;
}

void expect_refused(unsigned hart, enum attack attack, uint64_t address, uint64_t second, uint64_t cause,
		    const char *what)
{
	struct ecall_result result = order_from(hart, attack, address, second, 0);

	row_expects(1);
	if (PROTECTED)
		expect_trap((struct trap){ .count = result.value != 0,
					   .cause = result.value,
					   .value = (uint64_t)result.error },
			    cause, address, what);
	else
		expect_equal(result.value, 0, what);
}

/* The first call is not during an attack, because without Sstc it traps, and the firmware would answer the trap. */
bool has_sstc(void)
{
	static enum { UNKNOWN, ABSENT, PRESENT } state;

	if (state != UNKNOWN)
		return state == PRESENT;
	trap_catch(trap_supervisor());
	(void)csr_read(stimecmp);
	state = trap_release(trap_supervisor()).count == 0 ? PRESENT : ABSENT;
	return state == PRESENT;
}

void set_timer(uint64_t ticks)
{
	uint64_t deadline = csr_read(time) + ticks;

	if (has_sstc())
		csr_write(stimecmp, deadline);
	else
		ecall(SBI_EID_TIME, SBI_FID_set_timer, deadline, 0, 0, 0, 0);
}

void set_satp(uint64_t value)
{
	csr_write(satp, value);
	__asm__ volatile("sfence.vma" ::: "memory");
}
