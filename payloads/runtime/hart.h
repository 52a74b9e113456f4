/* The harts of a guest: their number, the register values that each hart had at entry, and functions that run work on
 * parked harts. A parked hart sleeps until another hart gives it work. Used by SMP tests and by the runtime. On each
 * hart, tp points to the struct hart of that hart.
 * Must not depend on tests. */
#ifndef PAYLOADS_RUNTIME_HART_H
#define PAYLOADS_RUNTIME_HART_H

#include <stdint.h>

#include "payloads/runtime/machine.h"
#include "payloads/runtime/trap.h"

typedef void (*hart_work)(void *argument);

/* The values that registers and M-mode CSRs had when the hart executed its first instruction. */
struct hart_entry {
	uint64_t a0, a1, a2;
	uint64_t mstatus, mie, mip, mideleg, medeleg, mcause, satp;
};

struct hart {
	struct hart_entry entry;
	uint64_t id;
	struct trap_area machine;
	struct trap_area supervisor;
	uint64_t saved[14]; /* saved s0-s11, ra and sp of the code that called run_in() */
	uint64_t present;   /* set by the hart itself (release) when it is ready for work */
	hart_work work;     /* set by hart_start() (release), cleared by the hart (release) when the work is done */
	void *argument;
	uint64_t started; /* set by the hart (release) when it has cleared its MSI and begins the work */
};

extern struct hart harts[MAX_HARTS];

/** Returns the struct of the calling hart. May be called in M-mode, S-mode and U-mode. */
static inline struct hart *hart_self(void)
{
	struct hart *self;
	__asm__("mv %0, tp" : "=r"(self));
	return self;
}

/** Returns the number of harts that the guest uses. These are the harts in the device tree, without those below
 * BOOT_HART, and without those from MAX_HARTS on. */
unsigned hart_count(void);

/** Returns the id after that of the last hart that the guest uses. The first is BOOT_HART. */
unsigned hart_end(void);

/** Waits until all harts have entered the firmware. Before that, hv skips a hart in broadcasts, because it is offline. */
void hart_wait_for_all(void);

/** Makes hart @p id call @p work with @p argument. Returns as soon as that hart begins the work. The hart must be
 * parked, so the caller must wait for earlier work by hart_wait(). M-mode only. */
void hart_start(unsigned id, hart_work work, void *argument);

/** Waits until hart @p id has finished its work and is parked again. */
void hart_wait(unsigned id);

/** Runs @p work with @p argument on every hart, including the caller's, and waits until all have finished. */
void hart_all(hart_work work, void *argument);

/** Waits until @p count harts have called this function with the same @p counter. The counter must be 0 before the
 * first call. */
void hart_barrier(uint64_t *counter, unsigned count);

#endif
