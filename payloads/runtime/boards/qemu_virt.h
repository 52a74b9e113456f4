/* The devices of QEMU's virt machine. The addresses and numbers come from its device tree.
 * Included by machine.h. C files and assembly files use it, so each definition is a plain number. */
#ifndef PAYLOADS_RUNTIME_BOARDS_QEMU_VIRT_H
#define PAYLOADS_RUNTIME_BOARDS_QEMU_VIRT_H

#define BOOT_HART 0
#define CLINT_ADDRESS 0x2000000
#define PLIC_ADDRESS 0xc000000
#define UART_ADDRESS 0x10000000
#define UART_IRQ 10
#define FINISHER_ADDRESS 0x100000

#endif
