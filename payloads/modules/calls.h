/* The ecalls that the test modules of this folder answer, with their arguments and results.
 * Included by the modules and by guests. Must not include headers of hv or of the guests' runtime. */
#ifndef PAYLOADS_MODULES_CALLS_H
#define PAYLOADS_MODULES_CALLS_H

#include <stdint.h>

/* ---- ecalls to the recorders: the EID is in a7, the FID in a6; the recorders do not record these ecalls ---- */

#define RECORDER_EID 0x0a00be11

#define RECORDER_TAKE 0      /* moves at most a1 of this hart's records to address a0; returns their number in a1 */
#define RECORDER_OVERWRITE 1 /* makes recorder a0 overwrite traps of cause a1 or ecalls of EID a1 (a2: see below) */
#define RECORDER_RELEASE 2   /* ends what RECORDER_OVERWRITE and RECORDER_GUARD began on this hart */
#define RECORDER_GUARD 3     /* makes recorder_b forbid the payload (a1 = 0) or firmware (1) the 4 KiB at a0 */
#define RECORDER_BROADCAST 4 /* makes recorder a0 ('a' or 'b') broadcast to the harts in set a1, and wait for them */

#define RECORDER_OVERWRITES_TRAP 0
#define RECORDER_OVERWRITES_ECALL 1

/* If a recorder overwrites a trap or an ecall, hv does not handle it further. The recorder skips the instruction, and
 * sets a0 to this number combined (by OR) with the letter of the recorder. */
#define RECORDER_WAS_HERE 0x600d00

enum recorder_hook {
	RECORDED_INIT,
	RECORDED_TRAP_FROM_FIRMWARE,
	RECORDED_TRAP_FROM_PAYLOAD,
	RECORDED_ECALL_FROM_FIRMWARE,
	RECORDED_ECALL_FROM_PAYLOAD,
	RECORDED_DECIDED,
	RECORDED_TO_FIRMWARE,
	RECORDED_TO_PAYLOAD,
	RECORDED_ON_INTERRUPT,
	RECORDED_ON_SHUTDOWN
};

/* One call of a hook. */
struct record {
	uint8_t recorder;       /* 'a', 'b' or 'c' */
	uint8_t hook;           /* enum recorder_hook */
	uint8_t world;          /* the world whose CSRs the hardware holds: 0 firmware, 1 payload */
	uint8_t previous, next; /* for RECORDED_DECIDED: privilege modes, encoded as in mstatus.MPP */
	uint8_t hart;           /* the index of the hart */
	uint8_t guarded;        /* whether the physical PMP entry of recorder_b forbids access */
	uint8_t spare;
	uint64_t cause, pc; /* the cause of the trap, and the guest's pc at the call of the hook */
	uint64_t satp;      /* the value of satp in the hardware */
};

/* ---- ecalls to the prober: most call a function of hv/module/api.h; "->" precedes the result in a1 ---- */

#define PROBER_EID 0x0a00be12

#define PROBE_CSR 0        /* a0 CSR number -> its value, or INVALID_PARAM */
#define PROBE_SET_CSR 1    /* a0 CSR number, a1 value */
#define PROBE_COPY_IN 2    /* a0 address, a1 length (at most 64) -> sum of the bytes, or INVALID_ADDRESS */
#define PROBE_COPY_OUT 3   /* a0 address, a1 length (at most 64): writes bytes 0xa5 */
#define PROBE_PMP 4        /* a0 entry, a1 address, a2 size, a3 mode (PROBE_PMP_...), a4 permission */
#define PROBE_BROADCAST 5  /* a0 set of harts, a1 whether to wait, a2 value that on_interrupt will read */
#define PROBE_SEEN 6       /* a0 hart index -> how often on_interrupt ran there */
#define PROBE_STORM 7      /* a0 set of harts, a1 number of broadcasts -> number of broadcasts that harts missed */
#define PROBE_FATAL 8      /* calls module_fatal */
#define PROBE_LATE_FATAL 9 /* makes on_shutdown call module_fatal */
#define PROBE_HANG 10      /* makes hv loop forever in a hook of the prober */
#define PROBE_CRASH 11     /* causes a trap in hv itself */
#define PROBE_LOG 12       /* logs a line at each level */
#define PROBE_REFLECT 13   /* reflects a trap to S-mode: a0 cause, a1 value */
#define PROBE_STAY 14      /* makes the guest repeat this ecall, with a6 changed to PROBE_SETS */
#define PROBE_HART 15      /* a0 which fact about the hart (PROBE_HART_...) -> the fact */
#define PROBE_SETS 16      /* -> 1 if sets of harts behave as they should */
#define PROBE_REGISTERS 17 /* -> 1 if vcpu_reg and vcpu_set_reg behave as they should */
#define PROBE_TRAP 18      /* a0 which fact about the trap (PROBE_TRAP_...) -> the fact */
#define PROBE_TIMES 19     /* -> 1 if the time stamps of exits and of the boot are in order */
#define PROBE_LAST_SEEN 20 /* a0 hart index -> the last value that on_interrupt read there */
#define PROBE_RETURN 21    /* calls sbi_return with error a0 and value a1 */
#define PROBE_KEYS 22      /* -> 1 if the prober's keys have the values of prober_image.toml */
#define PROBE_PMP_TWO 23   /* a0 entry, a1 address, a2 size: NAPOT, a3 firmware's permission, a4 payload's permission */
#define PROBE_READ 24      /* a0 virtual address, a1 length (at most 64) -> sum of the bytes, or see PROBE_WRITE */
#define PROBE_WRITE 25     /* the same, writes bytes 0xa5; after a fault: INVALID_ADDRESS -> its cause */
#define PROBE_MEMORY 26    /* a0 physical address, a1 length -> the pointer of guest_memory */
#define PROBE_STATE 27     /* a0 mhartid -> hart_state, or INVALID_PARAM if there is no such hart */
#define PROBE_NOTIFY 28    /* a0 hart index, a1 value that on_interrupt will read */
#define PROBE_LEAVE 29     /* answers the ecall, but leaves it to hv nevertheless */
#define PROBE_FAULT 30     /* -> the address of the last fault of PROBE_READ or PROBE_WRITE on this hart */

/* If a PROBE_BROADCAST sends this value, on_interrupt also writes the value to the guest's register s5. */
#define PROBE_FOR_S5 4714

enum probe_pmp { PROBE_PMP_OFF, PROBE_PMP_TOR, PROBE_PMP_NAPOT };
enum probe_hart { PROBE_HART_ID, PROBE_HART_INDEX, PROBE_HART_TOTAL };
enum probe_trap { PROBE_TRAP_CAUSE, PROBE_TRAP_PC, PROBE_TRAP_VALUE, PROBE_TRAP_MODE, PROBE_TRAP_PC_IS_NOW };

#define PROBER_PMP_ENTRIES 3

/* ---- ecalls to the adder ---- */

#define ADDER_EID 0x0a00be14 /* a0 address, a1 length -> the sum of the bytes; works in pieces */

/* ---- ecalls to the keeper ---- */

#define KEEPER_EID 0x0a00be13

#define KEEPER_COUNT 0  /* a0 enum keeper_kind -> how often the hook has run on this hart */
#define KEEPER_REFUSE 1 /* a0 enum keeper_kind, a1 whether the fast path refuses and leaves the exit to the hooks */
#define KEEPER_HIDE 2   /* a0 whether the firmware does not see the arguments of ecalls either */

enum keeper_kind { KEEPER_TRAPS, KEEPER_MRETS, KEEPER_KINDS };

#endif
