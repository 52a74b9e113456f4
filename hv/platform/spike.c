/* The machine of the Spike simulator and QEMU's model of it, `-machine spike`. The console and the end of a run are
 * requests to the host through HTIF. QEMU puts HTIF's two registers at this address if the ELF file that it enters names no
 * others (QEMU's hw/riscv/spike.c). Spike itself always takes their addresses from the ELF file. */
#include "hv/platform/platform.h"

#ifdef CONFIG_PLATFORM_SPIKE

const struct platform platform = {
	.name = "spike",
	.uart = { UART_HTIF, 0x1000000, 8 },
	.reset = { .kind = RESET_HTIF },
};

#endif
