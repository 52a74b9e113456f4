/* The traps that a guest takes: their context is saved, they are recorded, and a test can handle them.
 * Used by every guest, in M-mode and in S-mode. Each hart has one area for each of the two modes.
 * Must not know what a test expects. */
#ifndef PAYLOADS_RUNTIME_TRAP_H
#define PAYLOADS_RUNTIME_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* The interrupted context. It is restored when the handler returns, so a handler can change it. */
struct trap_frame {
	uint64_t pc;    /* stored where x0 would be */
	uint64_t x[31]; /* x1 to x31 */
	uint64_t cause;
	uint64_t value;
	uint64_t status;
};

/* The exceptions that were caught since trap_catch(). */
struct trap {
	uint64_t count;                    /* how many there were */
	uint64_t cause, pc, value, status; /* the CSRs of the last one */
};

/** Handles a trap before the default does.
 * @return true if the trap is handled; false if the default shall handle it */
typedef bool (*trap_handler)(struct trap_frame *frame);

#define TRAP_INTERRUPTS 16

/* Where a hart's traps into one mode are saved and recorded. mscratch or sscratch points to it. Only its own hart
 * writes it. */
struct trap_area {
	struct trap_frame frame;
	uint64_t stack; /* top of the stack on which handlers run */
	struct hart *hart;
	trap_handler handler; /* 0 if there is none */
	bool catching;
	struct trap caught;
	uint64_t taken;                       /* interrupts since trap_forget_interrupts() */
	uint64_t interrupts[TRAP_INTERRUPTS]; /* their causes, in order */
};

/** The calling hart's area for traps into M-mode. */
struct trap_area *trap_machine(void);
/** The calling hart's area for traps into S-mode. */
struct trap_area *trap_supervisor(void);

/** The calling hart's area for traps into the mode in which this guest runs. */
struct trap_area *trap_own(void);

/** From now on exceptions of @p area are recorded and stepped over. Execution continues with the next instruction, or,
 * if the instruction could not be fetched, at the address in ra. Clears what was caught before. */
void trap_catch(struct trap_area *area);
/** Ends what trap_catch() began. @return the exceptions that were caught */
struct trap trap_release(struct trap_area *area);

/** Clears the recorded interrupts of @p area. Without a handler, an interrupt is recorded and its bit in mie or sie is
 * cleared. */
void trap_forget_interrupts(struct trap_area *area);

/** Sets the function that handles each trap of @p area first; 0 for none. */
void trap_set_handler(struct trap_area *area, trap_handler handler);

/** Handles a trap into M-mode. Called by the vector in trap.S with the hart's area. */
void trap_dispatch_machine(struct trap_area *area);
/** Handles a trap into S-mode. Called by the vector in trap.S with the hart's area. */
void trap_dispatch_supervisor(struct trap_area *area);

/* The trap vectors, for mtvec and stvec. Defined in trap.S. */
void trap_vector_machine(void);
void trap_vector_supervisor(void);

#endif
