/* Describes one exit to observers: the cause and the place of the trap, the worlds that run before and after the exit,
 * and the time when the exit started.
 * hv/core builds it when an exit is about to end (observe.c, step.c, exit.c). The observers of modules read it
 * (docs/modules.md, "Observing"). Both tiers must be able to fill in every member. */
#ifndef HV_VIRT_EXIT_H
#define HV_VIRT_EXIT_H

#include "hv/virt/vcpu.h"

/** Times and lengths are in cycles, as mcycle counts them. */
struct exit {
	uint64_t previous_end; /* when the previous exit ended; for the first exit, when hv entered the firmware */
	/* How long hv took for the previous exit. This time includes `outside`, but not the time in which hv slept. It
	 * is 0 if there was no previous exit. */
	uint64_t previous_cycles;
	uint64_t start; /* the time at which trap.S took the first time stamp of this exit */
	/* How long hv takes in each exit before the first time stamp and after the last time stamp (trap_measure). */
	uint64_t outside;
	uint64_t slept; /* how long hv slept since `start` because the firmware executed wfi */
	uint64_t pc;    /* address of the instruction that trapped */
	uint64_t value; /* for cause 2, the instruction, or 0 if it could not be read; for other causes, mtval */
	uint64_t eid;   /* if the trap is an ecall, a7: the SBI extension */
	unsigned cause; /* exception code (0-63), or EXIT_INTERRUPT + interrupt code */
	enum world before, after;
	enum trace_outcome outcome;
	/* 0 if no module took over the trap. Otherwise 1 + the position of the module in the configuration's list. */
	unsigned module;
};

/** Added to an interrupt code in `cause` of struct exit. The trace uses the same encoding (abi/causes.def). */
#define EXIT_INTERRUPT 128u

/** Converts the cause of @p trap to the encoding of struct exit. Pure. */
static inline unsigned exit_cause(const struct trap *trap)
{
	return (trap->cause & CAUSE_INTERRUPT ? EXIT_INTERRUPT : 0) | (trap->cause & 63);
}

/** Marks the definition of an observer. An observer must be a leaf function, because trap.S leaves some of the
 * guest's registers in the hardware, including sp. The build rejects an image in which an observer has a stack
 * frame or a call. */
#define OBSERVER static inline __attribute__((always_inline))

/** mcycle at the start of the present exit, as trap.S has read it. In images with the trace, this value is stored in
 * the hart's ring, because readers of the ring use it. */
static inline uint64_t vcpu_exit_start(const struct vcpu *vcpu)
{
	return CONFIG_TRACE ? vcpu->tracer->ring.start : vcpu->exit_start;
}

#endif
