/* The functions that the files of hv/core call in one another.
 * Only files of hv/core include this header.
 * Modules must not see it: their interface is hv/module/api.h. */
#ifndef HV_CORE_CORE_H
#define HV_CORE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "hv/arch/error.h"
#include "hv/core/hart.h"
#include "hv/module/api.h"
#include "hv/virt/exit.h"

/* ---- requests between harts (request.c) ---- */

/** The reasons for which one hart interrupts another. Bits of hart.requests. */
enum request {
	REQUEST_INTERRUPTS = 1, /* another hart has written this hart's virtual msip or mtimecmp */
	REQUEST_MODULES = 2,    /* run on_interrupt of each module for which hart.senders names a sending hart */
	REQUEST_STOP = 4,       /* the run ends: stop and never continue */
};

/** The request to run on_interrupt of module number @p module, because a hart has called module_notify. */
#define REQUEST_OF_MODULE(module) (1u << (REQUEST_MODULE_FIRST + (module)))
#define REQUEST_MODULE_FIRST 8
_Static_assert(MODULE_COUNT <= 32 - REQUEST_MODULE_FIRST, "hart.requests has a bit for each module");

/** Serves the interrupts that are pending on this hart for hv itself: requests of other harts (MSI), and the timer
 * (MTI). Called on @p hart, when it takes an MSI or MTI, and in loops in which hv waits. */
void interrupts_serve(struct hart *hart);

/** Sleeps until another hart sends a request to this hart, or mtime reaches @p deadline (in ticks). Then it serves the
 * pending interrupts. It may return before either has happened, so callers call it in a loop. Called on @p hart. */
void request_sleep(struct hart *hart, uint64_t deadline);

/** Stops this hart for the rest of the run. It also wakes all other harts, so that a hart that is waiting for this hart
 * checks again whether it still has to wait. Called on @p hart. Does not return. */
_Noreturn void request_stop(struct hart *hart);

/** Makes hart @p target serve @p request soon. The target sees everything that the caller stored before the call
 * (semantics 7). Any hart may call it. Does not wait. */
void request_send(struct hart *target, enum request request);

/** Serves all requests that other harts have sent to this hart, and clears its physical MSI first. Called on @p
 * hart, any number of times, at any point of an exit where the guest's state in struct vcpu is complete. */
void request_serve(struct hart *hart);

/* ---- exits (exit.c) ---- */

/** Handles one trap. trap.S has saved the guest's registers before the call, and trap_return resumes the guest after
 * it. Called by trap.S, on @p hart, with interrupts off. */
void exit_handle(struct hart *hart);

/** Switches the hardware to the world to which vcpu->mode belongs. It calls the modules' switch hooks, changes the CSRs
 * and PMP, and writes the ECALL record if the firmware answers an SBI call. Called on @p hart, when vcpu->mode does not
 * belong to vcpu->world. */
void exit_switch_world(struct hart *hart);

/* ---- FP and vector registers (hidden_registers.c), only with CONFIG_HIDE_EXTENSION_STATE ---- */

/** Ends the boot if hv has not enough memory for the vector registers of the calling hart. */
COLD void hidden_registers_check(void);

/** Lets the firmware have the FP and vector registers, if its illegal instruction is one that may need them: the fields
 * that hv has set to 0 are the reason for the trap, not the firmware's own ones. At the first time since the payload ran,
 * saves the payload's values and clears the registers. Called on @p hart, after an instruction of the firmware has
 * trapped that hv does not emulate.
 * @return whether the firmware has to repeat the instruction */
COLD bool hidden_registers_lend(struct hart *hart);

/** Gives the payload its registers back, if the firmware has had them. At the first entry, the payload gets FS and VS of
 * the firmware, as on a machine without hv. Called on @p hart, before an entry to the payload for which vcpu->started is
 * false. */
COLD void hidden_registers_return(struct hart *hart);

/* ---- states of harts (hsm.c), only with CONFIG_HART_STATE ---- */

/** Takes account of a call of the SBI's HSM extension that the firmware is about to get from the payload of @p hart. The
 * call's arguments are in the registers. Called on @p hart. */
COLD void hsm_note_call(struct hart *hart);

/** Takes account of the entry of @p hart to the payload, before which vcpu->started was false. Called on @p hart, before
 * the switch.
 * @return whether the firmware has answered the call that hsm_note_call has seen, if there was one */
COLD bool hsm_note_entry(struct hart *hart);

/* ---- device accesses (device_access.c) ---- */

/** Emulates the guest's access that has faulted, if its address is one of hv's devices and virtual PMP permits it.
 * Called on @p hart for the trap in vcpu->trap.
 * @return true if the access has been emulated; false if the guest has to take the fault */
COLD bool device_access(struct hart *hart);

/** Like device_access, for a caller that has already decoded the trapped @p instruction. */
bool device_access_by(struct hart *hart, const struct instruction *instruction);

/** Finds the physical address of the guest's load or store that has faulted at vcpu->trap.value. The address space is the payload's, the
 * firmware's, or the one that an armed MPRV selects.
 * @return ERROR_UNSUPPORTED for two-stage translation, because the guest itself takes each fault in VS- or VU-mode;
 * ERROR_NOT_FOUND if the page tables do not map the address; another error if hv may not read the page tables for the guest.
 * In images with the hook access_denied, @p physical is in this last case the address that hv may not read. */
enum error device_address(struct vcpu *vcpu, uint64_t *physical) MUST_CHECK;

/** Serves an access fault of the firmware. If the access goes to one of hv's devices, or MPRV is armed, hv carries out
 * the access. Otherwise the firmware takes the trap. Called on @p hart for the trap in vcpu->trap.
 * @param instruction the decoded trapped instruction
 * @return true if the access has been carried out; false if the firmware has been given the trap */
bool firmware_access(struct hart *hart, const struct instruction *instruction);

/* ---- few PMP entries (refill.c) ---- */

/** Handles an access fault of the guest that only means that hv's PMP entries do not describe all that virtual PMP allows
 * (CONFIG_PMP_FEW). Called on @p hart for the trap in vcpu->trap, if the access goes to none of hv's devices.
 * @return true if the guest should execute the instruction again */
COLD bool refill(struct hart *hart);

/* ---- what modules deny (denied.c) ---- */

/** Implements denied_note. */
COLD void denied_report(struct hart *hart, uint64_t cause, uint64_t address, unsigned width);

/** Calls the hook access_denied of a module if one of its PMP entries denied the access that has faulted. Called on @p hart
 * before the guest takes the fault.
 * @param cause   the exception; nothing happens if it is no access fault
 * @param address as in mtval
 * @param width   bytes of the access from @p address on, or 0 if they are not known */
static inline void denied_note(struct hart *hart, uint64_t cause, uint64_t address, unsigned width)
{
	if (HAVE_HOOK_access_denied)
		denied_report(hart, cause, address, width);
}

/* ---- ecalls that hv itself answers (ecall.c) ---- */

/** Answers the guest's ecall if its EID (a7) is one of hv's. Called on @p hart.
 * @return false if the EID is not one of hv's; nothing has changed then */
COLD bool ecall_handle(struct hart *hart);

/* ---- boot (boot.c, fdt.c, firmware_info.c) ---- */

/** The first C code of the boot hart. Called by boot.S, on hv's boot stack.
 * @param id     mhartid of the boot hart
 * @param a1, a2 the registers that the machine passed; the firmware gets the same values */
_Noreturn COLD void boot_main(uint64_t id, uint64_t a1, uint64_t a2);
/** The first C code of each other hart, after the boot hart has set hv up. Called by boot.S, on @p hart, on its stack
 * in hv.
 * @param a1, a2 as for boot_main */
_Noreturn COLD void boot_secondary(struct hart *hart, uint64_t a1, uint64_t a2);

/** Values that hv reads from the device tree and keeps outside harts[] and `machine`. */
struct fdt_facts {
	unsigned hart_count;  /* harts that hv can use, including those beyond CONFIG_MAX_HARTS */
	uint64_t timebase_hz; /* ticks of mtime per second */
};

/** Reads the device tree at @p fdt, and edits it in place for the firmware. It fills *@p facts. It writes the first
 * CONFIG_MAX_HARTS harts, with the addresses of their CLINTs, to harts[] and hart_count, and the ranges of memory and
 * of the CLINTs to `machine`. In the edited tree, hv's memory is reserved, hidden extensions and controllers are
 * removed (semantics 27, 33), and harts that hv does not use are disabled: those without S-mode, those that join.c does
 * not allow, and those beyond CONFIG_MAX_HARTS.
 * Called once by the boot hart, before the other harts run. The first bytes at @p fdt must be readable.
 * @return an error of hv/arch/tree_error.def if hv cannot use the tree */
COLD enum error fdt_take_over(void *fdt, struct fdt_facts *facts) MUST_CHECK;

/** In a struct fw_dynamic_info: any hart may boot the firmware. */
#define FIRMWARE_BOOT_HART_ANY (~0ull)

/** Returns the id of the hart that boots the firmware, from the struct fw_dynamic_info at the physical address @p info, which
 * the program before hv passes to OpenSBI in a2. Returns FIRMWARE_BOOT_HART_ANY if no such struct with a boot hart is in
 * memory there; @p info may be any value. */
COLD uint64_t firmware_info_boot_hart(uint64_t info);
/** Writes @p id as the boot hart to the struct at @p info, in which firmware_info_boot_hart has found one.
 * @return false if the memory there does not take it */
COLD bool firmware_info_set_boot_hart(uint64_t info, uint64_t id);

/** Reports a trap that a hart has taken before it entered the firmware, and ends the machine with exit code 3.
 * Called by boot.S. */
_Noreturn COLD void boot_trap(void);

/** Prints a message (@p format as in printf) and ends the machine with exit code 3. Any hart may call it during
 * boot. */
_Noreturn COLD void boot_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- records of the trace (record.c); without module trace these functions do nothing ---- */

/** Prepares the record of the exit that is about to end; trap.S completes it (trace_prepare_exit).
 * If the record would lie in another segment of the ring than the last SYNC record, this function writes a new SYNC
 * record first. If a SYNC record has been written since the modules last wrote their counters, the modules write their
 * counters now. Called on the vcpu's own hart. Parameters: see fast_observe_firmware. */
void record_exit(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Writes the ECALL record with the firmware's answer. Called when the firmware returns to the payload, on the vcpu's
 * own hart. Writes nothing unless the firmware returns to the instruction after the pending ecall. */
void record_answer(struct vcpu *vcpu);

/* ---- steps of the first tier (step.c), called by trap.S: hv/virt/fast.h explains what steps may do and what they
 * return ---- */

/** Serves an access fault of the firmware. @p cause is 5 or 7. trap.S has saved all registers. */
struct step_answer step_access(struct vcpu *vcpu, uint64_t cause);

/** Serves a store to an msip register. Parameters: see trap_step_software in hv/virt/fast.h. */
struct step_answer step_software(struct vcpu *vcpu, uint64_t address, uint64_t value, uint64_t next);

/** Serves an interrupt that arrived in either world. trap.S has saved all registers, because a module's on_interrupt
 * and its hook of the switch to the firmware may read and write any register.
 * @param cause mcause
 * @return STEP_DONE, or STEP_RESTORE if a module may have changed registers that trap.S has to reload */
uint64_t step_interrupt(struct vcpu *vcpu, uint64_t cause);

/** Ends the exit of an mret to the payload with which the firmware may have answered an SBI call. Parameters: see
 * fast_observe_firmware.
 * @return STEP_DONE */
uint64_t step_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Prepares the record of an exit that the modules have already observed. Used when fast_record finds no room for the
 * record before the ring's limit. Parameters: see fast_observe_firmware.
 * @return STEP_DONE */
uint64_t step_record(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** Writes a SYNC record and then the modules' counters, and prepares the exit's record again in the slots after them.
 * Called by trap.S at the end of an exit, when a SYNC record is due.
 * @param slot  the record that has been prepared
 * @param head  the ring's head after that record; equal to ring.head if the exit has no record
 * @param since mcycle at the time at which the exit would have ended without SYNC */
void step_sync(struct vcpu *vcpu, const struct trace_slot *slot, uint64_t head, uint64_t since);

/* ---- the end (shutdown.c, panic.c) ---- */

/** Stops the other harts and runs on_shutdown of the modules. It returns, so that the caller can choose how to end the
 * machine. This holds for the first hart that calls it. Every other hart that calls it stops and does not return.
 * @param state the state that the directory reports from then on */
COLD void shutdown_run(struct hart *hart, enum hartscope_state state);

/** Whether the payload's ecall asks the firmware to end the run: system_reset with a type of the specification (SBI 10.1),
 * or the legacy shutdown (SBI 5.9). Pure. */
COLD bool shutdown_is_asked_for(const struct vcpu *vcpu);

/** Ends the run because the payload asks the firmware for it. Returns if the board has no reset device that hv can use; the
 * firmware then gets the call. If it has one, hv ends the machine itself: OpenSBI 1.5.1 cannot do that on Spike's machine,
 * because its driver waits forever if HTIF's addresses come from the device tree. */
COLD void shutdown_by_call(struct hart *hart);

/** Sleeps forever. Called after hv has used a device to end the machine. The device takes some time to do so, and the
 * guest must not continue meanwhile. */
COLD _Noreturn void shutdown_wait(void);

/** Whether a hart has begun to end the run. A hart that starts after that has to stop by itself, because it gets no
 * request. Any hart may call it. */
bool shutdown_has_begun(void);

/** Values of CONFIG_TRACE_DUMP: dump the rings only at a panic, or also at a normal end. 0 means never. */
#define DUMP_AT_PANIC 1
#define DUMP_AT_SHUTDOWN 2

/** Writes all rings to the console (dump.c). Called at the end of a run, only in images with module trace. */
COLD void trace_dump(void);

/** Ends the machine with exit code 3, because an invariant of hv is broken. Prints @p reason and the state of
 * @p hart, on which it is called. */
_Noreturn COLD void panic(const struct hart *hart, const char *reason);

/* ---- constants of the image (directory.c) ---- */

/** The directory that the host reads from the guest's memory (abi/hartscope.h). */
extern struct hartscope_directory hartscope_directory;

/** Fills in hartscope_directory. Called by the boot hart, before the modules' init. */
COLD void directory_init(const struct fdt_facts *facts);

/** Writes the image's build id to @p text: 40 hexadecimal digits and a terminator. @return @p text */
const char *build_id_text(char text[41]);

#endif
