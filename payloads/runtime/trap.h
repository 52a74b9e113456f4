/* Traps that the guest takes: saved whole, recorded, and sent on to a handler that a test may set.
 * Used by every guest, in M-mode and in S-mode alike; each hart has one area per mode.
 * Must not know what a test expects. */
#ifndef PAYLOADS_RUNTIME_TRAP_H
#define PAYLOADS_RUNTIME_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* The interrupted context. A handler may change it: it is restored on return. */
struct trap_frame {
	uint64_t pc;    /* in the place of x0 */
	uint64_t x[31]; /* x1 to x31 */
	uint64_t cause;
	uint64_t value;
	uint64_t status;
};

/* What is remembered of a trap that trap_catch() asked for. */
struct trap {
	uint64_t count;                    /* traps since trap_catch() */
	uint64_t cause, pc, value, status; /* of the last one */
};

/** Looks at a trap before the default does.
 * @return true if it is dealt with; false for the default */
typedef bool (*trap_handler)(struct trap_frame *frame);

#define TRAP_INTERRUPTS 16

/* One per hart and mode; mscratch or sscratch points at it. Written by its hart only. */
struct trap_area {
	struct trap_frame frame;
	uint64_t stack; /* top of the stack that handlers run on */
	struct hart *hart;
	trap_handler handler; /* or 0 */
	bool catching;
	struct trap caught;
	uint64_t taken;                       /* interrupts since trap_forget_interrupts() */
	uint64_t interrupts[TRAP_INTERRUPTS]; /* their causes, in order */
};

/** The area of the calling hart for traps into M-mode. */
struct trap_area *trap_machine(void);
/** The area of the calling hart for traps into S-mode. */
struct trap_area *trap_supervisor(void);

/** The area for traps into the mode that this guest runs in. */
struct trap_area *trap_own(void);

/** From now on exceptions of @p area are counted and stepped over: the next instruction follows, or, if the
 * instruction could not be fetched, the caller of the function that jumped there. Forgets earlier ones. */
void trap_catch(struct trap_area *area);
/** Ends trap_catch(). @return what was caught */
struct trap trap_release(struct trap_area *area);

/** Forgets the interrupts of @p area. The default records an interrupt and clears its bit in mie or sie. */
void trap_forget_interrupts(struct trap_area *area);

/** Runs @p handler first on each trap of @p area; 0: none. */
void trap_set_handler(struct trap_area *area, trap_handler handler);

/** Called by the vectors of trap.S with the area of the mode that took the trap. */
void trap_dispatch_machine(struct trap_area *area);
/** Likewise for S-mode. */
void trap_dispatch_supervisor(struct trap_area *area);

/* The vectors, for mtvec and stvec. */
void trap_vector_machine(void);
void trap_vector_supervisor(void);

#endif
