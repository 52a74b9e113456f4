/* The state in which each test of a guest that calls the prober begins.
 * Included by these guests. Must not make any ecall but those to the prober. */
#ifndef PAYLOADS_MODULES_PREPARE_H
#define PAYLOADS_MODULES_PREPARE_H

#include "payloads/modules/asking.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/quiet.h"

/** Resets the hart, gives the payload access to all memory, and switches off the PMP entries that belong to the
 * prober. */
static inline void prepare(void)
{
	quiet();
	mode_open_memory();
	/* The loop runs from the last entry to the first. A TOR range begins at the address in the previous entry, so
	 * the TOR entry must be off before the previous entry changes. */
	for (unsigned i = PROBER_PMP_ENTRIES; i-- > 0;)
		probe5(PROBE_PMP, i, 0, 0, PROBE_PMP_OFF, 0);
}

#endif
