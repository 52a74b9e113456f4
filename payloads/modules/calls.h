/* What guests ask the test modules of this folder, and what they get.
 * Included by the modules and by guests. Must not include anything of hv's or of the guests' runtime. */
#ifndef PAYLOADS_MODULES_CALLS_H
#define PAYLOADS_MODULES_CALLS_H

#include <stdint.h>

/* ---- the recorders: EIDs and FIDs in a7 and a6; their own calls are not recorded ---- */

#define RECORDER_EID 0x0a00be11

#define RECORDER_TAKE 0      /* a0 address, a1 room in records -> a1 records of this hart, which are forgotten */
#define RECORDER_OVERWRITE 1 /* a0 recorder, a1 cause or EID, a2 whether its trap or its ecall hooks overwrite that */
#define RECORDER_RELEASE 2   /* no recorder overwrites or guards on this hart any more */
#define RECORDER_GUARD 3 /* a0 address of 4 KiB that recorder_b keeps from the payload, a1 0, or the firmware, a1 1 */
#define RECORDER_BROADCAST 4 /* a0 recorder ('a' or 'b'), a1 harts by index: it broadcasts, and waits */

#define RECORDER_OVERWRITES_TRAP 0
#define RECORDER_OVERWRITES_ECALL 1

/* What an overwriting recorder leaves in a0, beside its own number; it skips the instruction. */
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
	uint8_t world;          /* whose registers the hardware holds: 0 firmware, 1 payload */
	uint8_t previous, next; /* of RECORDED_DECIDED: modes as mstatus.MPP has them */
	uint8_t hart;           /* index */
	uint8_t guarded;        /* whether the hardware's PMP has recorder_b's guard closed */
	uint8_t spare;
	uint64_t cause, pc; /* of the trap; the guest's pc as the hook finds it */
	uint64_t satp;      /* the hardware's */
};

/* ---- the prober: each call is one function of hv/module/api.h ---- */

#define PROBER_EID 0x0a00be12

#define PROBE_CSR 0        /* a0 number -> value, or INVALID_PARAM */
#define PROBE_SET_CSR 1    /* a0 number, a1 value */
#define PROBE_COPY_IN 2    /* a0 address, a1 length (at most 64) -> sum of the bytes, or INVALID_ADDRESS */
#define PROBE_COPY_OUT 3   /* a0 address, a1 length (at most 64): bytes 0xa5 */
#define PROBE_PMP 4        /* a0 entry, a1 address, a2 size, a3 how (PROBE_PMP_...), a4 permission */
#define PROBE_BROADCAST 5  /* a0 harts by index, a1 whether to wait, a2 value that they are to see */
#define PROBE_SEEN 6       /* a0 hart index -> how often its on_interrupt ran, a1; INVALID_PARAM if it is none */
#define PROBE_STORM 7      /* a0 harts by index, a1 rounds: broadcast and wait -> how often one had not seen it */
#define PROBE_FATAL 8      /* module_fatal */
#define PROBE_LATE_FATAL 9 /* module_fatal in on_shutdown */
#define PROBE_HANG 10      /* the hook does not return */
#define PROBE_CRASH 11     /* a trap in hv itself */
#define PROBE_LOG 12       /* one line of each level */
#define PROBE_REFLECT 13   /* a0 cause, a1 value */
#define PROBE_STAY 14      /* once: OVERWRITE, and pc does not move */
#define PROBE_HART 15      /* a0 what (PROBE_HART_...) */
#define PROBE_SETS 16      /* -> 1 if sets of harts are what they should be */
#define PROBE_REGISTERS 17 /* -> 1 if vcpu_reg and vcpu_set_reg are */
#define PROBE_TRAP 18      /* a0 what (PROBE_TRAP_...) */
#define PROBE_TIMES 19     /* -> 1 if the stamps of exits and of the boot are in order */
#define PROBE_LAST_SEEN 20 /* a0 hart index -> the last value that its on_interrupt saw */
#define PROBE_RETURN 21    /* a0 error, a1 value: sbi_return of them */

/* The value of a PROBE_BROADCAST that on_interrupt of the named harts also writes to the guest's s5. */
#define PROBE_FOR_S5 4714

enum probe_pmp { PROBE_PMP_OFF, PROBE_PMP_TOR, PROBE_PMP_NAPOT };
enum probe_hart { PROBE_HART_ID, PROBE_HART_INDEX, PROBE_HART_TOTAL };
enum probe_trap { PROBE_TRAP_CAUSE, PROBE_TRAP_PC, PROBE_TRAP_VALUE, PROBE_TRAP_MODE, PROBE_TRAP_PC_IS_NOW };

#define PROBER_PMP_ENTRIES 3

#endif
