/* What C calls in trap.S: entry points, the ends of fast paths and of steps, and the way back to the guest. On the host they
 * only note that they were called (hv/arch/host/entry.c).
 * Called by the world switch, by boot, and by fast paths, which end in a jump to one of them.
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
struct trace_slot;
struct vcpu;

/** Resumes the guest from the registers and pc of @p hart. */
_Noreturn void trap_return(struct hart *hart);

/* ---- ends of fast paths: jumped to, with the vcpu that the fast path was called with (hv/virt/fast.h) ---- */

/** Back to the guest: the exit has been handled, mepc is set, and nothing observes exits or they have looked at this one. */
void trap_return_fast(struct vcpu *vcpu);

/** With the trace alone: completes the record of the exit at @p slot, behind which the ring's head is @p head, and goes back
 * to the guest. It does not look at @p pc and @p value, which stay in their registers. */
void trap_end_exit(struct vcpu *vcpu, uint64_t pc, uint64_t value, struct trace_slot *slot, uint64_t head);

/** Nothing has changed: the second tier handles the exit. */
void trap_slow(struct vcpu *vcpu);

/* ---- steps: C on hv's stack that a fast path goes on to, likewise (enum step of hv/virt/fast.h) ---- */

/** step_csr of hv/virt: the CSR instruction @p word at @p pc with @p operand, its rs1 or immediate. */
void trap_step_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand);

/** step_access of hv/core: a load, store or AMO of the firmware that faulted with @p cause (5, 7). All registers are saved
 * before. */
void trap_step_access(struct vcpu *vcpu, uint64_t cause);

/** step_software of hv/core: the store of @p value to msip at @p address, perhaps another hart's; the guest goes on at
 * @p next. It ends as trap_step_access does. */
void trap_step_software(struct vcpu *vcpu, uint64_t address, uint64_t value, uint64_t next);

/** step_answer of hv/core, with the trace alone; parameters as of fast_observe_firmware (hv/virt/upcalls.h). */
void trap_step_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** step_record of hv/core: the record of an exit that was observed, where the ring's segment ends or there is no room;
 * likewise. */
void trap_record_slow(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

#endif
