/* The smallest program for the bare-metal toolchain: prints one line on QEMU's virt board. //machines:qemu_test runs it. */
#include "third_party/toolchains/smoke/print.h"

void smoke_main(void);

void smoke_main(void)
{
	print("the toolchain builds, QEMU runs\n");
}
