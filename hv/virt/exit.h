/* One exit as observers see it: what trapped, whose turn it was before and is after, and when it began.
 * Built by observe.c, step.c and exit.c of hv/core when an exit is about to end. Modules observe it (docs/modules.md, "Observing").
 * Must not hold what only one tier knows. */
#ifndef HV_VIRT_EXIT_H
#define HV_VIRT_EXIT_H

#include "hv/virt/vcpu.h"

struct exit {
	uint64_t previous_end;    /* mcycle at which the exit before this one ended, or the firmware was entered */
	uint64_t previous_cycles; /* of hv's in that exit, all of it; 0 if there was none */
	uint64_t start;           /* mcycle at the entry to hv */
	uint64_t outside;         /* cycles of hv's in each exit before its start and after its end */
	uint64_t slept;           /* cycles since the start that hv slept in a wfi of the firmware */
	uint64_t pc;              /* of the instruction that trapped */
	uint64_t value;           /* cause 2: the instruction word, 0 if it could not be read; otherwise mtval */
	uint64_t eid;             /* a7: the SBI extension, if the trap is an ecall */
	unsigned cause;           /* exception code (0-63), or EXIT_INTERRUPT + interrupt code */
	enum world before, after;
	enum trace_outcome outcome;
	unsigned module; /* 0, or 1 + the place in the configuration's list of the module that took the trap over */
};

/** Added to the code of an interrupt in struct exit's cause, as in the trace (trace/format/causes.def). */
#define EXIT_INTERRUPT 128u

/** The cause of @p trap in that form. */
static inline unsigned exit_cause(const struct trap *trap)
{
	return (trap->cause & CAUSE_INTERRUPT ? EXIT_INTERRUPT : 0) | (trap->cause & 63);
}

/** Declares an observer, which has to be a leaf: trap.S leaves the guest's registers in the hardware, sp included. The build
 * refuses an image in which one has a stack frame or a call. */
#define OBSERVER static inline __attribute__((always_inline))

/** mcycle at which the present exit began: noted by trap.S, in the ring where there is one, since readers look at it. */
static inline uint64_t vcpu_exit_start(const struct vcpu *vcpu)
{
	return CONFIG_TRACE ? vcpu->tracer->ring.start : vcpu->exit_start;
}

#endif
