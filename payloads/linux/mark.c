/* Executes the instruction that says "mark N" to an observer outside the machine: `slti zero, zero, N`, a HINT.
 * Started by the init script at each phase; the plugin of machines/plugin counts up to such a mark.
 * Changes no state: without an observer it is a no-operation. It does without a C library, which would be all of its size
 * and of what it executes. */

#include <stdbool.h>

#define SYSTEM_CALL_EXIT 93

void begin(const long *stack);

/* The stack has the number of arguments, then pointers to them. */
__asm__(".globl _start\n"
	"_start:\n"
	"	mv a0, sp\n"
	"	call begin\n");

static bool equal(const char *left, const char *right)
{
	while (*left && *left == *right) {
		left++;
		right++;
	}
	return *left == *right;
}

/* What the boot is for has one number, whichever it is: the second mark ends what every boot does. */
static bool is_purpose(const char *phase)
{
	return equal(phase, "workload") || equal(phase, "command") || equal(phase, "shell");
}

static int mark(const char *phase)
{
	if (equal(phase, "init"))
		__asm__ volatile("slti zero, zero, 1");
	else if (is_purpose(phase))
		__asm__ volatile("slti zero, zero, 2");
	else if (equal(phase, "shutdown"))
		__asm__ volatile("slti zero, zero, 3");
	else
		return 2;
	return 0;
}

void begin(const long *stack)
{
	register long code __asm__("a0") = stack[0] == 2 ? mark((const char *)stack[2]) : 2;
	register long call __asm__("a7") = SYSTEM_CALL_EXIT;
	__asm__ volatile("ecall" : : "r"(code), "r"(call));
	__builtin_unreachable();
}
