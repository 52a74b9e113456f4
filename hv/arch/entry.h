/* The assembly entry points of hv that C names, and the way back to the guest.
 * Called by the world switch, by boot and by guarded accesses.
 * Must not know what C does when they come to it. */
#ifndef HV_ARCH_ENTRY_H
#define HV_ARCH_ENTRY_H

#include <stdint.h>

/** Trap vectors of the two worlds (hv/arch/riscv/trap.S). */
void trap_entry_firmware(void);
void trap_entry_payload(void);

/** Makes @p entry (4-byte aligned) this hart's trap vector. */
void trap_vector_set(void (*entry)(void));

/** Cycles of hv's in each exit outside of its two stamps: before its start, and after its end. */
struct exit_cost {
	uint64_t entry, leave; /* below 2^32 */
};

/** Traps into hv and returns, as an exit does, and measures that. Leaves mtvec, the stamps and saved registers of the vcpu changed. Only
 * where something observes exits (CONFIG_OBSERVED); with the trace after trace_open. */
struct exit_cost trap_measure(void);

struct hart;

/** Resumes the guest from the registers and pc of @p hart. */
_Noreturn void trap_return(struct hart *hart);

#endif
