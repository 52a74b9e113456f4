#include "third_party/toolchains/smoke/print.h"

void smoke_main(void);

void smoke_main(void)
{
	print("the toolchain builds, QEMU runs\n");
}
