/* Which category an exit counts in beside the world switches. Pure.
 * Called by exit_counter's observer: a leaf, a few instructions long (hv/virt/exit.h). */
#ifndef MODULES_EXIT_COUNTER_CATEGORY_H
#define MODULES_EXIT_COUNTER_CATEGORY_H

#include "hv/module/api.h"

/* SBI 2.0: chapters 4 (legacy), 6 (TIME), 7 (IPI), 8 (RFENCE) */
#define EID_TIME 0x54494d45
#define EID_IPI 0x735049
#define EID_RFENCE 0x52464e43

/** Categories of the legacy extensions 0 to 8, and of the payload's exceptions by code. */
#define LEGACY_EIDS 9
extern const uint8_t legacy_category[LEGACY_EIDS], exception_category[64];

OBSERVER enum hartscope_category ecall_category(uint64_t eid)
{
	if (eid == EID_TIME)
		return HARTSCOPE_CATEGORY_SET_TIMER;
	if (eid == EID_IPI)
		return HARTSCOPE_CATEGORY_IPI;
	if (eid == EID_RFENCE)
		return HARTSCOPE_CATEGORY_REMOTE_FENCE;
	return eid < LEGACY_EIDS ? (enum hartscope_category)legacy_category[eid] : HARTSCOPE_CATEGORY_ECALL;
}

/* csrrs, csrrc and their immediate forms on the CSR time that write nothing: rs1 is x0, or the immediate is 0. The CSR's number, which
 * is compared first, excludes most other illegal instructions. */
OBSERVER bool is_time_read(uint64_t word)
{
	return word >> 20 == CSR_time && (word & 0xfa07f) == 0x2073;
}

/** The category of @p exit. */
OBSERVER enum hartscope_category exit_category(const struct exit *exit)
{
	if (exit->before == WORLD_FIRMWARE)
		return HARTSCOPE_CATEGORY_FIRMWARE_TRAP;
	if (exit->cause >= EXIT_INTERRUPT)
		return HARTSCOPE_CATEGORY_INTERRUPT;
	if (exit->cause == CAUSE_ILLEGAL)
		return is_time_read(exit->value) ? HARTSCOPE_CATEGORY_READ_TIME : HARTSCOPE_CATEGORY_ILLEGAL;
	if (exit->cause - CAUSE_ECALL_U <= CAUSE_ECALL_VS - CAUSE_ECALL_U)
		return ecall_category(exit->eid);
	return (enum hartscope_category)exception_category[exit->cause & 63];
}

#endif
