/* QEMU's `virt` machine. The addresses come from the memory map in its device tree (QEMU documentation, "virt" Generic
 * Virtual Platform). */
#include "hv/platform/platform.h"

#ifdef CONFIG_PLATFORM_QEMU_VIRT

const struct platform platform = {
	.name = "qemu_virt",
	.uart = { UART_NS16550, 0x10000000, 1 },
	.reset = { RESET_FINISHER, 0x100000, 0x1000 },
};

#endif
