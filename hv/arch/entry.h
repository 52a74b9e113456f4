/* The functions of trap.S that C uses: entry points, the ends of fast paths and of steps, and the return to the guest.
 * On the host these functions only record that they were called (hv/arch/host/entry.c).
 * Used by the world switch, by boot, and by fast paths, which end in a jump to one of them. Must not know what happened
 * before the jump. */
#ifndef HV_ARCH_ENTRY_H
#define HV_ARCH_ENTRY_H

#include <stdint.h>

/** The trap vector of the firmware world (hv/arch/riscv/trap.S). The hardware jumps to it; C only takes its address. */
void trap_entry_firmware(void);
/** The trap vector of the payload world. The hardware jumps to it too. */
void trap_entry_payload(void);

/** Makes @p entry, which is aligned to 4 bytes, the trap vector of the calling hart. */
void trap_vector_set(void (*entry)(void));

/** How many cycles each exit takes before its first time stamp (`entry`) and after its last time stamp (`leave`). */
struct exit_cost {
	uint64_t entry, leave; /* each is below 2^32 */
};

/** Measures the cycles of struct exit_cost. For that, it traps into hv and returns, as an exit does. Called at boot
 * with mscratch set, only if the image has observers or the trace (CONFIG_OBSERVED), and in images with the trace only
 * after trace_open. It changes mtvec, and it changes the time stamps and the saved registers in struct vcpu. */
struct exit_cost trap_measure(void);

struct hart;
struct trace_slot;
struct vcpu;

/** Returns to the guest with all registers and the pc from @p hart. Does not return to its caller. */
_Noreturn void trap_return(struct hart *hart);

/** Like trap_return, but enters the guest for the first time. No exit ends, so it takes no time stamp. Exists only if the
 * image has observers or the trace (CONFIG_OBSERVED); otherwise trap_return takes none either. */
_Noreturn void trap_enter(struct hart *hart);

/* ---- ends of fast paths: each gets the same vcpu as the fast path that jumps to it (hv/virt/fast.h) ---- */

/** Returns to the guest. The exit has been handled and mepc is set. If the image has observers, they have already seen
 * this exit. */
void trap_return_fast(struct vcpu *vcpu);

/** Completes the record of the exit, and returns to the guest. Used only with the trace. @p pc and @p value are not
 * used; they are parameters so that the caller can leave them in the registers in which they already are.
 * @param slot the first slot of the record
 * @param head position in the ring after the record */
void trap_end_exit(struct vcpu *vcpu, uint64_t pc, uint64_t value, struct trace_slot *slot, uint64_t head);

/** Passes the exit to the second tier. The fast path must not have changed anything. */
void trap_slow(struct vcpu *vcpu);

/* ---- steps: a fast path jumps to one of these to continue in C, on hv's stack (enum step of hv/virt/fast.h) ---- */

/** Runs step_csr of hv/virt, which carries out a CSR instruction of the firmware.
 * @param word    the instruction
 * @param pc      its address
 * @param operand the value of rs1, or the immediate */
void trap_step_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand);

/** Runs step_access of hv/core, which serves a load, store or AMO of the firmware that has faulted. It first saves all
 * registers.
 * @param cause 5 or 7, as in mcause */
void trap_step_access(struct vcpu *vcpu, uint64_t cause);

/** Runs step_interrupt of hv/core, which serves an interrupt. It first saves all registers.
 * @param cause mcause */
void trap_step_interrupt(struct vcpu *vcpu, uint64_t cause);

/** Runs step_software of hv/core, which serves a store to an msip. The msip may belong to another hart. It ends like
 * trap_step_access.
 * @param address physical address of the msip
 * @param value   the value that is stored
 * @param next    where the guest continues */
void trap_step_software(struct vcpu *vcpu, uint64_t address, uint64_t value, uint64_t next);

/** Runs step_answer of hv/core. Used only with the trace. The parameters are the same as for fast_observe_firmware
 * (hv/virt/upcalls.h). */
void trap_step_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Runs step_record of hv/core, which writes the record of an exit. Used if the record needs a new segment of the ring
 * or does not fit. Observers have already seen the exit. Used only with the trace. The parameters are the same as for
 * fast_observe_firmware. */
void trap_record_slow(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

#endif
