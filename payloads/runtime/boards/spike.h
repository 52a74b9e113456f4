/* The devices of Spike's machine, as QEMU models it. The console and the end of a run are requests to the host through
 * HTIF (see hv/platform/spike.c). QEMU's model has no PLIC, and the tests do not use the PLIC of Spike itself.
 * Included by machine.h. C files and assembly files use it, so each definition is a plain number. */
#ifndef PAYLOADS_RUNTIME_BOARDS_SPIKE_H
#define PAYLOADS_RUNTIME_BOARDS_SPIKE_H

#define BOOT_HART 0
#define CLINT_ADDRESS 0x2000000
#define PLIC_ADDRESS 0     /* none */
#define UART_IRQ 0         /* none */
#define FINISHER_ADDRESS 0 /* none */
#define HTIF_ADDRESS 0x1000000

#endif
