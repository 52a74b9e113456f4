/* The addresses of the devices and the memory of QEMU's virt machine, and the addresses at which guests are linked. C
 * files and assembly files include this header, so each definition is a plain number.
 * Must not know what runs below the guest. */
#ifndef PAYLOADS_RUNTIME_MACHINE_H
#define PAYLOADS_RUNTIME_MACHINE_H

#define FINISHER_ADDRESS 0x100000
#define FINISHER_PASS 0x5555
#define FINISHER_FAIL 0x3333
#define CLINT_ADDRESS 0x2000000
#define CLINT_SIZE 0x10000
#define CLINT_MTIMECMP 0x4000
#define CLINT_MTIME 0xbff8
#define PLIC_ADDRESS 0xc000000
#define UART_ADDRESS 0x10000000
#define UART_IRQ 10
#define RAM_ADDRESS 0x80000000
#define FIRMWARE_ADDRESS 0x80200000
#define PAYLOAD_ADDRESS 0x80400000

#define MAX_HARTS 8
#define STACK_SIZE 16384

/* When a function that run_in() has started returns, it makes an ecall with this EID in a7. */
#define ECALL_RETURN 0x7265747572

#endif
