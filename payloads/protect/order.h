/* What the payload's tests share: orders to the hostile firmware, and the count of attempts that hv has to note.
 * Used by the files rows_*.c, which are one program. PROTECTED is 1 if hv protects the payload, and 0 if it does not. Then the tests
 * check that each attack succeeds, because otherwise they would not show that it is the module that prevents it. */
#ifndef PAYLOADS_PROTECT_ORDER_H
#define PAYLOADS_PROTECT_ORDER_H

#include "payloads/protect/attack.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/test.h"
#include "payloads/runtime/trap.h"

#define RAM_END UINT64_C(0x90000000)
#define SECRET UINT64_C(0x5ec4e7005ec4e7)
#define RETURN_INSTRUCTION 0x8082 /* c.jr ra */

/* An access to ROW_MARK + 8 * n is refused, and shows the reader of the trace that the attempts of row n follow. */
#define ROW_MARK UINT64_C(0x40000000)

/** A page of this program that the firmware attacks. */
extern uint64_t page[PAGE_SIZE / 8];

/** Makes an order. The result's error is the value of the exception. */
static inline struct ecall_result order_from(unsigned hart, enum attack attack, uint64_t a, uint64_t b, uint64_t c)
{
	return ecall(ATTACK_EID, ATTACK_FID, attack, a, b, c, hart);
}

static inline uint64_t order(enum attack attack, uint64_t a, uint64_t b, uint64_t c)
{
	return order_from(0, attack, a, b, c).value;
}

/** Begins the attempts of row @p number of the list of attacks. Prints how many attempts of the previous one hv has to note. */
void row(unsigned number);
/** Whoever passes an exception on to the payload writes sepc, scause and stval, and hv notes that. */
#define ROW_PASSED_ON 3

/** Counts @p attempts that hv has to note. */
void row_expects(unsigned attempts);

/** Orders an access to @p address, for which the module answers with exception @p cause at @p address. Without the module, it
 * succeeds. */
void expect_refused(unsigned hart, enum attack attack, uint64_t address, uint64_t second, uint64_t cause,
		    const char *what);

/** Whether the hart has the CSR stimecmp. */
bool has_sstc(void);
/** Makes an interrupt of the supervisor timer pending after @p ticks. */
void set_timer(uint64_t ticks);
/** Writes satp and fences. */
void set_satp(uint64_t value);

/* Each of these functions loads all registers from @p registers (1 to 31), makes the payload trap once, and stores the registers
 * that come back there. Defined in registers.S. registers_wait() changes t0. */
void registers_call(uint64_t *registers);
void registers_emulate(uint64_t *registers);
void registers_wait(uint64_t *registers);
void registers_waiting(void); /* its loop */

#endif
