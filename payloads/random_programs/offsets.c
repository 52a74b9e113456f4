/* Lists the offsets and constants that run.S uses. The build generates offsets.h from this file. */
#include "third_party/rules/asm_offsets.h"

#include "payloads/random_programs/execute.h"

void offsets(void);

void offsets(void)
{
	OFFSET(AREA_REGISTERS, struct area, registers);
	OFFSET(AREA_MSTATUS, struct area, mstatus);
	OFFSET(AREA_PC, struct area, pc);
	OFFSET(AREA_CALLER, struct area, caller);
}
