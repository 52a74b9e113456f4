/* The attacks of a hostile firmware (hostile.c, hostile_attacks.c) that a payload orders, one after the other. The payload makes
 * an SBI call with the number of an attack. The firmware carries the attack out before it answers the call, and its answer
 * says what it has achieved.
 * Used by both programs. Must not know whether hv protects the payload. */
#ifndef PAYLOADS_PROTECT_ATTACK_H
#define PAYLOADS_PROTECT_ATTACK_H

#include "abi/sbi.h"
#include "payloads/protect/attack_call.h"

/* An order is the call ATTACK_EID, ATTACK_FID. a0: the attack; a1, a2, a3: its arguments; a4: the hart that attacks, or 0 for
 * the hart of the call. The results are, in a1, the attack's result, and in a0, the value (mtval) of its exception. */
_Static_assert(ATTACK_EID == SBI_EID_PMU && ATTACK_FID == SBI_FID_pmu_counter_config_matching,
	       "a call with five arguments");

/* An attack that is an access has the result 0 if the access succeeds, and otherwise the cause of its exception. */
enum attack {
	ATTACK_LOAD = 1,    /* of 8 bytes at a1 */
	ATTACK_STORE,       /* of a2 at a1, 8 bytes */
	ATTACK_LOAD_WORD,   /* of 4 bytes at a1 */
	ATTACK_STORE_WORD,  /* of a2 at a1, 4 bytes */
	ATTACK_AMO,         /* adds a2 at a1 */
	ATTACK_RESERVE,     /* lr.d at a1 */
	ATTACK_LOAD_FLOAT,  /* fld at a1 */
	ATTACK_STORE_FLOAT, /* fsd at a1 */
	ATTACK_ZERO,        /* cbo.zero at a1 */
	ATTACK_CLEAN,       /* cbo.clean at a1 */
	ATTACK_FLUSH,       /* cbo.flush at a1 */
	ATTACK_INVALIDATE,  /* cbo.inval at a1 */
	ATTACK_JUMP,        /* to a1 */

	ATTACK_MPRV_LOAD,       /* of 8 bytes at a1 with satp = a2, as S-mode */
	ATTACK_MPRV_STORE,      /* of 0 at a1 with satp = a2, as S-mode */
	ATTACK_MPRV_OWN_TABLES, /* a load at physical a1, with page tables of the firmware */
	ATTACK_USED,            /* a load at ATTACK_USED_ADDRESS */
	ATTACK_MPRV_USED, /* a load at ATTACK_USED_ADDRESS with tables that the firmware used before the payload began */

	ATTACK_PMP,   /* pmpaddr0 = a1, its configuration = a2; then a load of 8 bytes at a3 */
	ATTACK_CLOSE, /* pmpaddr0 = a1, its configuration = a2: NAPOT without permissions, perhaps locked */

	ATTACK_LOOK, /* the next trap that is no order: remembers the registers, and changes all before the payload continues */
	ATTACK_TIMER, /* the same in an interrupt, when the payload is in the loop at a1; the firmware then sets SSIP */
	ATTACK_SOFTWARE, /* the same, with a software interrupt that hart 1 sends */
	ATTACK_SEEN_CSRS, /* result: sscratch, stvec and satp, combined by OR, as the firmware saw them in that interrupt */
	ATTACK_SEEN_EXTENSION, /* result: what ATTACK_DUMP_EXTENSION has found in that interrupt */
	ATTACK_SEEN,     /* result: register a1 (1 to 31) as the firmware saw it in the last trap that was no order */
	ATTACK_SEEN_ALL, /* result: which registers were not 0 in that trap, a bit for each */
	ATTACK_DUMP_EXTENSION, /* result: how many bytes of the FP and vector registers are not 0; then changes them all */

	ATTACK_READ,   /* result: the CSR of number a1 */
	ATTACK_WRITE,  /* CSR number a1 = a2, and its bits in a3 as they are; result: what it is afterwards */
	ATTACK_REPAIR, /* gives the CSRs that decide about the payload the values that they had at the beginning */

	ATTACK_RETURN_ELSEWHERE, /* answers by an mret to a1 */
	ATTACK_RETURN_IN_MODE,   /* answers by an mret to mode a1 */
	ATTACK_SRET,             /* tries to return by sret; result: the cause of the exception that it gets */
	ATTACK_REDIRECT,         /* makes the payload take an exception with cause a1 */
	ATTACK_LIE,              /* passes the next exception on with cause a1 */
	ATTACK_START,            /* hart a1 enters the payload at a2, although the payload has not started it */
	ATTACK_START_WITH,  /* later starts: 1 at another address, 2 with another opaque value, 3 with satp not 0 */
	ATTACK_RESUME_WITH, /* later resumes: 1 at another address, 2 with another opaque value */

	ATTACK_STORM,    /* interrupts the payload in all ways, a1 times each, from now on */
	ATTACK_STORMS,   /* result: how many interrupts of the storm are left */
	ATTACK_LOOP,     /* from now on, all harts that do not run the payload attack at random, if a1 is not 0 */
	ATTACK_ROUNDS,   /* result: how many of these attacks hart a1 has made */
	ATTACK_WINS,     /* result: how many of them have succeeded */
	ATTACK_REWRITE,  /* while the next console call runs, hart a1 overwrites the text */
	ATTACK_SCRIBBLE, /* overwrites the 64 bytes at a1, many times */
	ATTACK_CALL,     /* result: the error of a call of hv, an enum attack_hv in a1, with the pointer a2 */
	ATTACK_TRAPS,    /* result: how many exceptions of the payload have reached the firmware, without calls */
	ATTACK_STORED,   /* result: what hart 1 stored last before its first exception (hostile_storing) */
	ATTACK_REFUSED   /* result: the cause of that exception; the value in a0 */
};

/** hv's own calls with a pointer. */
enum attack_hv {
	ATTACK_HV_INFO,
	ATTACK_HV_STAT,
	ATTACK_HV_READ,
	ATTACK_HV_LOG,
	ATTACK_HV_EMULATE, /* of an instruction in the firmware that loads from the pointer */
	ATTACK_HV_FETCH    /* of an instruction at the pointer */
};

/* The PLIC's enables for S-mode of hart 0. The firmware also writes them while the hart is suspended. */
#define ATTACK_PLIC_ENABLES UINT64_C(0x0c002080)

/** The CSRs that the firmware can read and write. */
enum attack_csr {
#define ATTACK_CSR(name) ATTACK_CSR_##name,
#include "payloads/protect/attack_csr.def"
};

/* Memory of the payload that the firmware uses before the payload begins. */
#define ATTACK_USED_ADDRESS UINT64_C(0x88000000)

/* hostile_storing: hart 1 stores increasing numbers here, from before the payload begins on. */
#define ATTACK_STORED_ADDRESS UINT64_C(0x8afffff8)

#endif
