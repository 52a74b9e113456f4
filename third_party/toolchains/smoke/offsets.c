/* The input of the rule asm_offsets, which makes the header for start.S from these lines. It is compiled, but never linked. */
#include "third_party/rules/asm_offsets.h"
#include "third_party/toolchains/smoke/uart.h"

void offsets(void);

void offsets(void)
{
	OFFSET(UART_LINE_STATUS, struct uart, line_status);
	CONSTANT(SMOKE_FINISHER, FINISHER_ADDRESS);
	CONSTANT(SMOKE_PASS, FINISHER_PASS);
}
