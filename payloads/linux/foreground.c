/* Starts a program so that the user can interrupt it: foreground PROGRAM ARGUMENT...
 * The init script starts its interactive shell with `&`, because it has to wait for signals at the same time. But if a
 * shell without a terminal starts a program with `&`, that program ignores SIGINT and SIGQUIT, and all programs that it
 * starts ignore them, too. So foreground restores the default action of both signals, and then executes PROGRAM. Like
 * mark.c, it has no C library. */

#define SYSTEM_CALL_EXIT 93
#define SYSTEM_CALL_RT_SIGACTION 134
#define SYSTEM_CALL_EXECVE 221

#define SIGINT 2
#define SIGQUIT 3

#define EXIT_NOT_STARTED 127

void begin(char **stack);

/* At the start, the stack contains the number of arguments, the pointers to them, 0, the pointers to the environment,
 * and 0. */
__asm__(".globl _start\n"
	"_start:\n"
	"	mv a0, sp\n"
	"	call begin\n");

static long system_call(long number, long first, long second, long third, long fourth)
{
	register long a0 __asm__("a0") = first;
	register long a1 __asm__("a1") = second;
	register long a2 __asm__("a2") = third;
	register long a3 __asm__("a3") = fourth;
	register long a7 __asm__("a7") = number;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
	return a0;
}

/* Restores the default action of a signal. For the kernel, this is the handler 0, without flags and mask. */
static void set_to_default(long signal)
{
	const struct {
		unsigned long handler, flags, mask;
	} action = { 0, 0, 0 };

	(void)system_call(SYSTEM_CALL_RT_SIGACTION, signal, (long)&action, 0, sizeof(action.mask));
}

void begin(char **stack)
{
	long count = (long)stack[0];
	char **arguments = stack + 2;
	char **environment = stack + count + 2;

	set_to_default(SIGINT);
	set_to_default(SIGQUIT);
	if (count >= 2)
		(void)system_call(SYSTEM_CALL_EXECVE, (long)arguments[0], (long)arguments, (long)environment, 0);
	(void)system_call(SYSTEM_CALL_EXIT, EXIT_NOT_STARTED, 0, 0, 0);
	__builtin_unreachable();
}
