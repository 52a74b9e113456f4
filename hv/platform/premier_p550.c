/* SiFive's HiFive Premier P550 with ESWIN's EIC7700X, which has four P550. Not run on hardware. The address and the stride
 * of UART 0 come from Linux' device tree of the EIC7700 (compatible snps,dw-apb-uart, reg-io-width 4, reg-shift 2). The
 * firmware resets the board.
 *
 * The EIC7700 maps its RAM a second time, without caches. hv does not close the second mapping of its own memory, so on this
 * board a guest can reach hv through it. */
#include "hv/platform/platform.h"

#ifdef CONFIG_PLATFORM_PREMIER_P550

const struct platform platform = {
	.name = "premier_p550",
	.uart = { UART_NS16550, 0x50900000, 4 },
};

#endif
