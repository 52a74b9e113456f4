/* The attacks of a hostile firmware (hostile.c) that a payload (payload.c) orders, one after the other. The payload makes an
 * SBI call with the number of an attack. The firmware carries the attack out before it answers the call, and its answer
 * says what it has achieved.
 * Used by both programs. Must not know whether hv protects the payload. */
#ifndef PAYLOADS_PROTECT_ATTACK_H
#define PAYLOADS_PROTECT_ATTACK_H

#include "abi/sbi.h"
#include "payloads/protect/attack_call.h"

/* An order is the call ATTACK_EID, ATTACK_FID. a0: the attack; a1, a2, a3: its arguments. The results are 0 and the
 * attack's result. */
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
	ATTACK_JUMP,        /* to a1 */

	ATTACK_MPRV_LOAD,       /* of 8 bytes at a1 with satp = a2, as S-mode */
	ATTACK_MPRV_STORE,      /* of 0 at a1 with satp = a2, as S-mode */
	ATTACK_MPRV_OWN_TABLES, /* a load at physical a1, with page tables of the firmware */

	ATTACK_PMP,   /* pmpaddr0 = a1, its configuration = a2; then a load of 8 bytes at a3 */
	ATTACK_CLOSE, /* closes the region of pmpaddr0 = a1 to the payload by virtual PMP */

	ATTACK_DUMP,   /* result: the registers that the call has shown and that are not 0, a bit for each */
	ATTACK_CHANGE, /* changes all registers, except a0 and a1, before the answer */
	ATTACK_READ,   /* result: the CSR of number a1 */
	ATTACK_WRITE,  /* CSR number a1 = a2; result: what it is afterwards */

	ATTACK_RETURN_ELSEWHERE, /* answers by an mret to a1 */
	ATTACK_RETURN_IN_MODE,   /* answers by an mret to mode a1 */
	ATTACK_SRET,             /* tries to return by sret; result: the cause of the exception that it gets */
	ATTACK_REDIRECT,         /* makes the payload take an exception with cause a1 */
	ATTACK_START,            /* hart a1 enters the payload at a2, although the payload has not started it */
	ATTACK_START_WITH,  /* later starts: 1 at another address, 2 with another opaque value, 3 with satp not 0 */
	ATTACK_RESUME_WITH, /* later resumes: 1 at another address, 2 with another opaque value */

	ATTACK_INTERRUPT, /* makes interrupt a1 of the payload pending by mip */
	ATTACK_REWRITE,   /* while the next console call runs, hart a1 overwrites the text */
	ATTACK_CALL,      /* result: the error of hv's call with FID a1 and a pointer to a2 */
	ATTACK_TRAPS,     /* result: how many exceptions of the payload have reached the firmware, without calls */
	ATTACK_SEEN       /* result: register a1 (1 to 31) as the firmware saw it in the last call that was no order */
};

/** The CSRs that the firmware can read and write. */
enum attack_csr {
#define ATTACK_CSR(name) ATTACK_CSR_##name,
#include "payloads/protect/attack_csr.def"
};

#endif
