/* Constant data that describes a board: its console and its reset device, with their addresses and the drivers that they
 * need. The configuration's `[platform] name` selects the board, and the file of the same name in this folder describes
 * it. As the data is constant, the compiler keeps only the drivers that the board uses.
 * Used by hv/core and hv/device. Must not have logic that depends on the board. */
#ifndef HV_PLATFORM_PLATFORM_H
#define HV_PLATFORM_PLATFORM_H

#include <stdint.h>

#include "hv/config/config.h"

/** The kinds of UART for which hv/device has a driver. */
enum uart_kind {
	UART_NS16550, /* and those that are compatible with it, such as the 8250 of Synopsys */
	UART_SIFIVE,  /* SiFive FU540-C000 manual, chapter 13 */
	UART_HTIF,    /* the host-target interface of Spike, see hv/device/htif.h */
};

/** A UART at the physical address @p base. */
struct uart {
	enum uart_kind kind;
	uint64_t base;
	unsigned stride; /* bytes from one register to the next, 1 or 4; hv accesses registers of this width */
};

/** The kinds of devices by which hv can end the machine. */
enum reset_kind {
	RESET_NONE,
	RESET_FINISHER, /* SiFive test finisher */
	RESET_HTIF,     /* the device that is also the console */
};

/** What ends the machine. Guests end it by stores to the physical addresses from @p base on, which hv examines. If guests
 * end it in another way, @p size is 0, and hv looks at their SBI calls (CONFIG_RESET_BY_SBI). */
struct reset {
	enum reset_kind kind;
	uint64_t base, size; /* bytes */
};

struct platform {
	const char *name;
	struct uart uart;
	struct reset reset;
};

/** The board for which the image is built. */
extern const struct platform platform;

#endif
