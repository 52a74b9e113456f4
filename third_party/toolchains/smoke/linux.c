/* The smallest program for the Linux toolchain. linux_test.py examines it, but does not run it. */
#include <stdio.h>

int main(void)
{
	return puts("a static RISC-V program") < 0;
}
