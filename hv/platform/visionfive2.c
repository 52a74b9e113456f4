/* StarFive's VisionFive 2 with the JH7110. Hart 0 is an S7, which has no S-mode; harts 1 to 4 are U74. Not run on
 * hardware. The address and the stride of UART 0 come from Linux' device tree of the JH7110 (compatible snps,dw-apb-uart,
 * reg-io-width 4, reg-shift 2). The firmware resets the board through its power controller. */
#include "hv/platform/platform.h"

#ifdef CONFIG_PLATFORM_VISIONFIVE2

const struct platform platform = {
	.name = "visionfive2",
	.uart = { UART_NS16550, 0x10000000, 4 },
};

#endif
