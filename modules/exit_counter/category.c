/* Which category an exit counts in. */
#include "modules/exit_counter/exit_counter.h"

/* SBI 2.0: chapters 4 (legacy), 6 (TIME), 7 (IPI), 8 (RFENCE) */
#define EID_LEGACY_SET_TIMER 0
#define EID_LEGACY_SEND_IPI 4
#define EID_LEGACY_FENCE_FIRST 5
#define EID_LEGACY_FENCE_LAST 7
#define EID_TIME 0x54494d45
#define EID_IPI 0x735049
#define EID_RFENCE 0x52464e43

static enum hartscope_category ecall_category(uint64_t eid)
{
	if (eid == EID_TIME || eid == EID_LEGACY_SET_TIMER)
		return HARTSCOPE_CATEGORY_SET_TIMER;
	if (eid == EID_IPI || eid == EID_LEGACY_SEND_IPI)
		return HARTSCOPE_CATEGORY_IPI;
	if (eid == EID_RFENCE || (eid >= EID_LEGACY_FENCE_FIRST && eid <= EID_LEGACY_FENCE_LAST))
		return HARTSCOPE_CATEGORY_REMOTE_FENCE;
	return HARTSCOPE_CATEGORY_ECALL;
}

static bool is_time_read(uint32_t word)
{
	struct instruction instruction = instruction_decode(word);

	return instruction.kind == INSTRUCTION_CSR && instruction.csr == CSR_time &&
	       instruction.operation != CSR_OPERATION_WRITE && instruction.rs1 == 0;
}

enum hartscope_category exit_category(enum exec_mode previous, uint64_t cause, uint64_t eid, uint32_t instruction)
{
	if (previous == EXEC_FIRMWARE)
		return HARTSCOPE_CATEGORY_FIRMWARE_TRAP;
	if (cause & CAUSE_INTERRUPT)
		return HARTSCOPE_CATEGORY_INTERRUPT;
	switch (cause) {
	case CAUSE_ECALL_U:
	case CAUSE_ECALL_S:
	case CAUSE_ECALL_VS:
		return ecall_category(eid);
	case CAUSE_ILLEGAL:
		return is_time_read(instruction) ? HARTSCOPE_CATEGORY_READ_TIME : HARTSCOPE_CATEGORY_ILLEGAL;
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED:
		return HARTSCOPE_CATEGORY_MISALIGNED;
	case CAUSE_FETCH_PAGE:
	case CAUSE_LOAD_PAGE:
	case CAUSE_STORE_PAGE:
		return HARTSCOPE_CATEGORY_PAGE_FAULT;
	case CAUSE_FETCH_ACCESS:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_ACCESS:
		return HARTSCOPE_CATEGORY_ACCESS;
	default:
		return HARTSCOPE_CATEGORY_OTHER;
	}
}
