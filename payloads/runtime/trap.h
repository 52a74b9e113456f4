/* Saves the context of each trap that a guest takes, records the trap, and lets a test handle it.
 * Used by every guest, in M-mode and in S-mode. Each hart has one trap area for each of the two modes.
 * Must not know what a test expects. */
#ifndef PAYLOADS_RUNTIME_TRAP_H
#define PAYLOADS_RUNTIME_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* The context that the trap interrupted. The trap vector restores it when the handler returns, so a handler can change
 * the context. */
struct trap_frame {
	uint64_t pc;    /* stored in the place of x0, which needs no saving */
	uint64_t x[31]; /* x1 to x31 */
	uint64_t cause;
	uint64_t value;
	uint64_t status;
};

/* The exceptions that occurred since the call of trap_catch(). */
struct trap {
	uint64_t count;                    /* the number of exceptions */
	uint64_t cause, pc, value, status; /* the trap CSRs at the last exception */
};

/** A function of a test that handles a trap before the default handling.
 * @return true if the function has handled the trap; false if the default handling must follow */
typedef bool (*trap_handler)(struct trap_frame *frame);

#define TRAP_INTERRUPTS 16

/* The area in which a hart saves and records its traps into one mode. mscratch or sscratch points to this area. Only
 * the hart to which the area belongs writes it. */
struct trap_area {
	struct trap_frame frame;
	uint64_t stack; /* top of the stack on which handlers run */
	struct hart *hart;
	trap_handler handler; /* 0 if there is none */
	bool catching;
	struct trap caught;
	uint64_t taken;                       /* number of interrupts since trap_forget_interrupts() */
	uint64_t interrupts[TRAP_INTERRUPTS]; /* their causes, in order */
};

/** Returns the calling hart's area for traps into M-mode. */
struct trap_area *trap_machine(void);
/** Returns the calling hart's area for traps into S-mode. */
struct trap_area *trap_supervisor(void);

/** Returns the calling hart's area for traps into the mode in which this guest runs. */
struct trap_area *trap_own(void);

/** Makes the trap handler of @p area record each exception from now on and step over it. Execution continues with the
 * next instruction. If the instruction could not be fetched, execution continues at the address in ra instead. Clears
 * the exceptions that were recorded before. */
void trap_catch(struct trap_area *area);
/** Makes the trap handler stop recording exceptions. @return the exceptions since trap_catch() */
struct trap trap_release(struct trap_area *area);

/** Clears the recorded interrupts of @p area. If a test has set no handler, the default handling records each interrupt
 * and clears the bit of the interrupt in mie or sie. */
void trap_forget_interrupts(struct trap_area *area);

/** Sets the function that gets each trap of @p area before the default handling. If it is 0, only the default handling
 * remains. */
void trap_set_handler(struct trap_area *area, trap_handler handler);

/** Handles a trap into M-mode. Called by the vector in trap.S with the hart's area. */
void trap_dispatch_machine(struct trap_area *area);
/** Handles a trap into S-mode. Called by the vector in trap.S with the hart's area. */
void trap_dispatch_supervisor(struct trap_area *area);

/* The trap vectors, for mtvec and stvec. Defined in trap.S. */
void trap_vector_machine(void);
void trap_vector_supervisor(void);

#endif
