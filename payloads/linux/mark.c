/* Executes `slti zero, zero, N`. This is a HINT instruction, which does nothing. But a QEMU plugin can see it, and then
 * knows that the guest has reached mark N. The init script starts this program at each phase. The plugin in
 * machines/plugin counts instructions up to a mark. The program has no C library, so that it executes only a few
 * instructions itself. */

#include <stdbool.h>

#define SYSTEM_CALL_EXIT 93

void begin(const long *stack);

/* At the start, the stack contains the number of arguments, and then the pointers to them. */
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

/* Whether the phase is the task of the boot. All tasks have mark 2, so that mark 2 ends the part that all boots have in
 * common. */
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
