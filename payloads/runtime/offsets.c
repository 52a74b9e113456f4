/* Lists the offsets and sizes of C structures that assembly code uses. The build generates offsets.h from this file. */
#include "third_party/rules/asm_offsets.h"

#include "payloads/runtime/hart.h"
#include "payloads/runtime/trap.h"

void offsets(void);

void offsets(void)
{
	OFFSET(FRAME_CAUSE, struct trap_frame, cause);
	OFFSET(FRAME_VALUE, struct trap_frame, value);
	OFFSET(FRAME_STATUS, struct trap_frame, status);
	OFFSET(AREA_STACK, struct trap_area, stack);
	OFFSET(AREA_HART, struct trap_area, hart);
	OFFSET(HART_SAVED, struct hart, saved);
	OFFSET(HART_ENTRY, struct hart, entry);
	SIZE(HART_SIZE, struct hart);
}
