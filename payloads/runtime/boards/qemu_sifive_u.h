/* The devices of QEMU's sifive_u machine. The addresses and numbers come from its device tree, and are those of the
 * FU540-C000 manual. Hart 0 has no S-mode. The machine has no test finisher. Its reset signal is wired to a GPIO pin.
 * Included by machine.h. C files and assembly files use it, so each definition is a plain number. */
#ifndef PAYLOADS_RUNTIME_BOARDS_QEMU_SIFIVE_U_H
#define PAYLOADS_RUNTIME_BOARDS_QEMU_SIFIVE_U_H

#define BOOT_HART 1
#define CLINT_ADDRESS 0x2000000
#define PLIC_ADDRESS 0xc000000
#define UART_ADDRESS 0x10010000
#define UART_IRQ 4
#define FINISHER_ADDRESS 0 /* none */
#define GPIO_ADDRESS 0x10060000
#define GPIO_RESET_PIN 10 /* resets the machine when it is low */

#endif
