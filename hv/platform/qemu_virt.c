/* QEMU's `virt` machine. The addresses come from the memory map in its device tree (QEMU documentation, "virt" Generic
 * Virtual Platform). */
#include "hv/platform/platform.h"

const struct platform platform = {
	.name = "qemu_virt",
	.reset_base = 0x100000,
	.reset_size = 0x1000,
	.uart_base = 0x10000000,
};
