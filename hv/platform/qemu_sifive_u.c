/* QEMU's `sifive_u` machine, which models SiFive's HiFive Unleashed with the FU540-C000. Hart 0 is an E51, which has no
 * S-mode; harts 1 to 4 are U54. The address comes from its device tree, and is that of the FU540-C000 manual, chapter 5
 * (memory map). The machine has no reset device in memory: the firmware resets it by a GPIO pin. */
#include "hv/platform/platform.h"

#ifdef CONFIG_PLATFORM_QEMU_SIFIVE_U

const struct platform platform = {
	.name = "qemu_sifive_u",
	.uart = { UART_SIFIVE, 0x10010000, 4 },
};

#endif
