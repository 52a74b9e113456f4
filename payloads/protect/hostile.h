/* What the parts of the hostile firmware know of each other: hostile.c serves the payload, hostile_attacks.c attacks it.
 * Must not be used by the payload. */
#ifndef PAYLOADS_PROTECT_HOSTILE_H
#define PAYLOADS_PROTECT_HOSTILE_H

#include "payloads/protect/attack.h"
#include "payloads/runtime/trap.h"

/** The elements of trap_frame's x. */
enum { RA = 0, SP, GP, TP, A0 = 9, A1, A2, A3, A4, A5, A6, A7 };

/** What orders have changed, and what the firmware has found out. Only hart 0 uses it, except `loops`, which the others read,
 * and `sends`. */
struct hostile {
	struct trap_frame seen; /* the last trap that was no order */
	uint64_t traps;         /* exceptions of the payload, without calls */
	uint64_t start_with, resume_with, rewriter, lie;
	uint64_t storms;  /* how many pairs of interrupts a storm still has */
	uint64_t loops;   /* whether the other harts attack at random */
	uint64_t waiting; /* the loop in which the payload waits for an interrupt (ATTACK_TIMER, ATTACK_SOFTWARE) */
	uint64_t sends;   /* hart 1 has to send hart 0 a software interrupt; both harts use it */
	uint64_t csrs, extension; /* for ATTACK_SEEN_CSRS and ATTACK_SEEN_EXTENSION */
	bool looks, weakens; /* an order of ATTACK_LOOK; whether CSRs that decide about the payload have been written */
};
extern struct hostile hostile;

/** The hart's id. */
unsigned hostile_id(void);

/** Carries out the attack @p a on the calling hart. @p guest is the state of the payload that has ordered it, or NULL on another
 * hart. Stores the value of its exception in @p value. @return the attack's result */
uint64_t hostile_attack(struct trap_frame *guest, const uint64_t *a, uint64_t *value);
/** Orders the attack @p a from hart @p id of the firmware, and waits for it. */
uint64_t hostile_order(uint64_t id, const uint64_t *a, uint64_t *value);
/** Carries out an order of another hart, if there is one. */
void hostile_serve_order(void);

/** Makes a random attack. */
void hostile_attack_at_random(void);
/** How many of them hart @p id has made, and how many have succeeded. */
uint64_t hostile_rounds(uint64_t id);
uint64_t hostile_wins(uint64_t id);

/** Makes @p id enter the payload at @p pc with a1 = @p opaque. */
void hostile_start(uint64_t id, uint64_t pc, uint64_t opaque);
/** Whether hart @p id has not yet entered the payload after hostile_start. */
bool hostile_is_starting(uint64_t id);

/** Prepares attacks that begin before the payload does: hart 0 calls the first one, then each hart calls the second one. */
void hostile_prepare_tables(void);
void hostile_use_memory(void);
/** Remembers the values of the CSRs that ATTACK_REPAIR restores. */
void hostile_remember(void);
/** Restores these values. @return whether there was anything to restore */
bool hostile_repair(struct trap_frame *guest);
/** Overwrites all registers of @p guest. */
void hostile_change(struct trap_frame *guest);
/** Attacks the registers of the payload if it waits for an interrupt in its loop; otherwise asks for interrupt @p irq again. */
void hostile_interrupt_waiting(struct trap_frame *guest, uint64_t irq);
/** Sends hart 0 a software interrupt after a while, if it has asked for one. Called on hart 1. */
void hostile_send(void);
/** Continues a storm, if there is one, after interrupt @p irq. */
void hostile_stormed(uint64_t irq);
/** Stores increasing numbers to ATTACK_STORED_ADDRESS until that faults, on hart 1 of hostile_storing. */
void hostile_store_until_refused(void);
/** Whether it has begun. */
bool hostile_has_stored(void);

#endif
