/* The harts of a guest: who is there, what each was given at entry, and work for the ones that are parked.
 * Used by SMP tests and by the runtime itself; tp points at the calling hart's struct.
 * Must not know tests. */
#ifndef PAYLOADS_RUNTIME_HART_H
#define PAYLOADS_RUNTIME_HART_H

#include <stdint.h>

#include "payloads/runtime/machine.h"
#include "payloads/runtime/trap.h"

typedef void (*hart_work)(void *argument);

/* Machine CSRs as the hart found them at its first instruction. */
struct hart_entry {
	uint64_t a0, a1, a2;
	uint64_t mstatus, mie, mip, mideleg, medeleg, mcause, satp;
};

struct hart {
	struct hart_entry entry;
	uint64_t id;
	struct trap_area machine;
	struct trap_area supervisor;
	uint64_t saved[14]; /* s0-s11, ra, sp of the caller of run_in() */
	uint64_t present;   /* set by the hart itself (release) when it is ready */
	hart_work work;     /* given by hart_start (release), cleared by the hart (release) when done */
	void *argument;
	uint64_t started; /* set by the hart (release) when its MSI is cleared and it begins its work */
};

extern struct hart harts[MAX_HARTS];

/** The calling hart. M-mode, S-mode or U-mode. */
static inline struct hart *hart_self(void)
{
	struct hart *self;
	__asm__("mv %0, tp" : "=r"(self));
	return self;
}

/** How many harts the machine has, by its device tree; those past MAX_HARTS are not counted. */
unsigned hart_count(void);

/** Has hart @p id call @p work, by an MSI; returns when it begins. It must be parked: wait for earlier work with
 * hart_wait(). M-mode. */
void hart_start(unsigned id, hart_work work, void *argument);

/** Returns when hart @p id has ended its work, and is parked again. */
void hart_wait(unsigned id);

/** Runs @p work on every hart, the caller included, and waits for all. */
void hart_all(hart_work work, void *argument);

/** Waits until all @p count harts have called this with the same @p counter, which starts at 0. */
void hart_barrier(uint64_t *counter, unsigned count);

#endif
