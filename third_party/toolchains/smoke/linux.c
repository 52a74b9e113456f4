#include <stdio.h>

int main(void)
{
	return puts("a static RISC-V program") < 0;
}
