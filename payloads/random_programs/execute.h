/* Runs a program, and logs each of its traps.
 * Called by main.c for each program, and by run.S for each trap.
 * Must not know how a program was made. */
#ifndef PAYLOADS_RANDOM_PROGRAMS_EXECUTE_H
#define PAYLOADS_RANDOM_PROGRAMS_EXECUTE_H

#include <stdint.h>

#include "payloads/random_programs/program.h"

/* Each instruction of a program has a slot: the instruction itself, a branch to the end of the program if the budget in
 * gp is used up, and two instructions that set tp to the number of the next slot and count down gp. The slots after the
 * last instruction hold ecalls, which end the program. */
#define SLOT_BYTES 16
#define SLOTS 64

extern uint32_t slots[SLOTS][SLOT_BYTES / sizeof(uint32_t)];

/* The registers of the program at its last trap. The trap vector saves and restores them. */
struct area {
	uint64_t registers[32];
	uint64_t mstatus;
	uint64_t pc;         /* where the program starts */
	uint64_t caller[16]; /* s0-s11, ra, sp, gp and tp of run_program()'s caller */
};

/* ---- run.S and layout.S ---- */

/** Starts the program at area.pc with area.registers and area.mstatus, in M-mode. Returns when leave_program() is
 * called. */
void run_program(void);
/** Makes run_program() return. Called by the trap handler. */
void leave_program(void) __attribute__((noreturn));
/* Two equal trap vectors for M-mode. Both work in the vectored mode too. */
extern const uint8_t vector_a[], vector_b[];
/* The trap vector for S-mode. It consists of ecalls into M-mode, except for an sret at supervisor_return. */
#define SUPERVISOR_BYTES 1024
extern const uint8_t supervisor_vector[], supervisor_return[];
extern struct area area;

/* ---- execute.c ---- */

/** Finds out which of the CSRs in state.def exist. Called once. */
void execute_probe(void);
/** Runs @p program from its initial state. @return the hash of its log */
uint64_t execute(const struct program *program);
/** Handles a trap into M-mode. Called by the trap vector. */
void handle_trap(void);

#endif
