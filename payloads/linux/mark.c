/* Executes the instruction that says "mark N" to an observer outside the machine: `slti zero, zero, N`, a HINT.
 * Started by the init script at each phase; the plugin of benchmarks/plugin counts up to such a mark.
 * Changes no state: without an observer it is a no-operation. */

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "init") == 0)
		__asm__ volatile("slti zero, zero, 1");
	else if (strcmp(argv[1], "workload") == 0)
		__asm__ volatile("slti zero, zero, 2");
	else if (strcmp(argv[1], "shutdown") == 0)
		__asm__ volatile("slti zero, zero, 3");
	else
		return 2;
	return 0;
}
