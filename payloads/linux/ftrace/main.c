/* The part of boot_qemu --ftrace that runs in the guest. The init script starts it:
 *   ftrace clock FIRST   writes pairs of events into the traces of ftrace and hv, with numbers from FIRST on
 *   ftrace save FILE     stops ftrace, and writes its buffers to FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "payloads/linux/ftrace/clock.h"
#include "payloads/linux/ftrace/save.h"

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "clock") == 0) {
		clock_write_pairs((unsigned)strtoul(argv[2], NULL, 0));
	} else if (argc == 3 && strcmp(argv[1], "save") == 0) {
		save_buffers(argv[2]);
	} else {
		fprintf(stderr, "usage: ftrace clock FIRST | ftrace save FILE\n");
		return 2;
	}
	return 0;
}
