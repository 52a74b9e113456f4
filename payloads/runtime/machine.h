/* The addresses of the machine's devices and memory, and the addresses at which guests are linked. The build defines
 * GUEST_BOARD as the header with the data of the board; the default is QEMU's virt machine. C files and assembly files
 * include this header, so each definition is a plain number.
 * Must not know what runs below the guest. */
#ifndef PAYLOADS_RUNTIME_MACHINE_H
#define PAYLOADS_RUNTIME_MACHINE_H

#ifndef GUEST_BOARD
#define GUEST_BOARD "payloads/runtime/boards/qemu_virt.h"
#endif
#include GUEST_BOARD

#define FINISHER_PASS 0x5555
#define FINISHER_FAIL 0x3333
#define CLINT_SIZE 0x10000
#define CLINT_MTIMECMP 0x4000
#define CLINT_MTIME 0xbff8
#define RAM_ADDRESS 0x80000000
#define FIRMWARE_ADDRESS 0x80200000
#define PAYLOAD_ADDRESS 0x80400000

/* Guests use the harts with the ids from BOOT_HART to MAX_HARTS - 1. The harts below BOOT_HART have no S-mode. */
#define MAX_HARTS 8
#define STACK_SIZE 16384

/* When a function that run_in() has started returns, it makes an ecall with this EID in a7. */
#define ECALL_RETURN 0x7265747572

#endif
