/* Asks whether the hart has a CSR. Not every board's harts have all the CSRs that tests examine.
 * Used by tests that examine such a CSR.
 * Must not be called while a test catches traps, because it catches them itself. */
#ifndef PAYLOADS_RUNTIME_EXISTS_H
#define PAYLOADS_RUNTIME_EXISTS_H

#include "payloads/runtime/csr.h"
#include "payloads/runtime/trap.h"

/** Returns whether a read of the CSR works in the mode in which the guest runs. */
#define csr_exists(csr)                                                                                                \
	({                                                                                                             \
		trap_catch(trap_own());                                                                                \
		(void)csr_read(csr);                                                                                   \
		trap_release(trap_own()).count == 0;                                                                   \
	})

#endif
