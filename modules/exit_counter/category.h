/* Finds the category of an exit. World switches are counted separately. All functions are pure. exit_counter's observer
 * calls them, so they must be leaf functions of a few instructions (hv/virt/exit.h). */
#ifndef MODULES_EXIT_COUNTER_CATEGORY_H
#define MODULES_EXIT_COUNTER_CATEGORY_H

#include "abi/sbi.h"
#include "hv/module/api.h"

/** Two tables: the categories of the legacy extensions by EID, and the categories of the payload's exceptions by code
 * (0-63). */
#define LEGACY_EIDS (SBI_EID_LEGACY_SHUTDOWN + 1)
extern const uint8_t legacy_category[LEGACY_EIDS], exception_category[64];

/** The category of an ecall from the payload. @p eid is the value of a7 at the ecall. */
OBSERVER enum hartscope_category ecall_category(uint64_t eid)
{
	if (eid == SBI_EID_TIME)
		return HARTSCOPE_CATEGORY_SET_TIMER;
	if (eid == SBI_EID_IPI)
		return HARTSCOPE_CATEGORY_IPI;
	if (eid == SBI_EID_RFENCE)
		return HARTSCOPE_CATEGORY_REMOTE_FENCE;
	return eid < LEGACY_EIDS ? (enum hartscope_category)legacy_category[eid] : HARTSCOPE_CATEGORY_ECALL;
}

/** Whether the instruction @p word only reads the CSR `time`. Such an instruction is csrrs or csrrc with rs1 = x0, or
 * the immediate form of one of them with the immediate 0. The function compares the CSR's number first, because this
 * rules out most other illegal instructions. */
OBSERVER bool is_time_read(uint64_t word)
{
	return word >> 20 == CSR_time && (word & 0xfa07f) == 0x2073;
}

/** The category in which @p exit is counted. */
OBSERVER enum hartscope_category exit_category(const struct exit *exit)
{
	if (exit->before == WORLD_FIRMWARE)
		return HARTSCOPE_CATEGORY_FIRMWARE_TRAP;
	if (exit->cause >= EXIT_INTERRUPT)
		return HARTSCOPE_CATEGORY_INTERRUPT;
	if (exit->cause == CAUSE_ILLEGAL)
		return is_time_read(exit->value) ? HARTSCOPE_CATEGORY_READ_TIME
						 : HARTSCOPE_CATEGORY_ILLEGAL_INSTRUCTION;
	if (exit->cause - CAUSE_ECALL_U <= CAUSE_ECALL_VS - CAUSE_ECALL_U)
		return ecall_category(exit->eid);
	return (enum hartscope_category)exception_category[exit->cause & 63];
}

#endif
