/* What the files of hv/core call of each other.
 * Included by hv/core only.
 * Must not be seen outside of it: modules have hv/module/api.h. */
#ifndef HV_CORE_CORE_H
#define HV_CORE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "hv/core/hart.h"
#include "hv/module/api.h"
#include "hv/virt/exit.h"

/* ---- requests between harts (request.c) ---- */

enum request {
	REQUEST_INTERRUPTS = 1, /* virtual msip or mtimecmp was written: look again */
	REQUEST_MODULES = 2,    /* run on_interrupt of the modules in module_requests */
	REQUEST_STOP = 4,       /* the run ends: stop for good */
};

/** Interrupts that are pending on this hart for hv itself: requests, and the timer. While hv waits, and at an MSI or MTI. */
void interrupts_serve(struct hart *hart);

/** Sleeps until something is asked of this hart, or mtime reaches @p deadline, and serves it. For loops that wait. */
void request_sleep(struct hart *hart, uint64_t deadline);

/** Stops this hart for good, and has all others look again at what they wait for. */
_Noreturn void request_stop(struct hart *hart);

/** Has hart @p target serve @p request soon, after all that the caller stored before (semantics 7). */
void request_send(struct hart *target, enum request request);

/** Serves what others asked of this hart; its physical MSI is cleared first. Any number of times, at any point of an exit
 * where the guest's state is whole. */
void request_serve(struct hart *hart);

/* ---- exits (exit.c) ---- */

/** One trap, from the saved registers to the state that trap_return resumes. Called by trap.S. */
void exit_handle(struct hart *hart);

/** Sets the hardware up for the other world, which vcpu->mode says: hooks of modules, ECALL record, CSRs, PMP. */
void exit_switch_world(struct hart *hart);

/* ---- device accesses (device_access.c) ---- */

/** Serves an access fault of the guest if it is a device of hv's that virtual PMP lets the guest access.
 * @return whether the access is done; if not the fault is the guest's own */
COLD bool device_access(struct hart *hart);

/** The same with the trapped instruction read and taken apart: @p instruction. */
bool device_access_by(struct hart *hart, const struct instruction *instruction);

/** Serves an access fault of the firmware, by @p instruction: a device of hv's, an access under an armed MPRV, or a trap of
 * the firmware's own.
 * @return whether it was carried out */
bool firmware_access(struct hart *hart, const struct instruction *instruction);

/* ---- ecalls of hv's own (ecall.c) ---- */

/** Answers an ecall with one of hv's EIDs. @return whether it was one */
COLD bool ecall_handle(struct hart *hart);

/* ---- boot (boot.c, fdt.c) ---- */

/** First C code of the boot hart, and of the others once it has set hv up; called by boot.S on a stack of hv's.
 * @param a1, a2 as the machine passed them: the firmware gets them so */
_Noreturn COLD void boot_main(uint64_t id, uint64_t a1, uint64_t a2);
_Noreturn COLD void boot_secondary(struct hart *hart, uint64_t a1, uint64_t a2);

/** What the device tree says. */
struct fdt_facts {
	unsigned hart_count; /* all that are in use, also those over CONFIG_MAX_HARTS */
	uint64_t timebase_hz;
};

/** Reads the device tree at @p fdt, whose first bytes can be read: facts; the first CONFIG_MAX_HARTS harts, with the
 * addresses of their CLINTs, into harts[] and hart_count; memory and the CLINTs' region into `machine`. Edits it in place
 * for the firmware: hv's memory reserved, hidden extensions and controllers removed (semantics 27, 33), harts over
 * CONFIG_MAX_HARTS disabled. Boot hart, before the others run.
 * @return NULL, or what is wrong with it */
COLD const char *fdt_take_over(void *fdt, struct fdt_facts *facts);

/** A hart has trapped on its way to the firmware: says so, and ends the machine with exit code 3. Called by boot.S. */
_Noreturn COLD void boot_trap(void);

/** Ends the boot with a message, exit code 3. */
_Noreturn COLD void boot_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- records of the trace (record.c): nothing without module trace ---- */

/** Prepares that of the exit that is about to end, which trap.S completes (trace_prepare_exit). Before it come SYNC if the
 * record would come into another segment, and the modules' counters if SYNC has been written since they last were.
 * Parameters as of fast_observe_firmware. */
void record_exit(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** The firmware goes back to the payload: if that is behind the ecall which it was entered for, this was the answer. */
void record_answer(struct vcpu *vcpu);

/* ---- steps of the first tier (step.c), called by trap.S: hv/virt/fast.h says what they may do, and what they answer ---- */

/** An access fault of the firmware, by @p cause (5, 7). All registers are saved. */
struct step_answer step_access(struct vcpu *vcpu, uint64_t cause);

/** A store to an msip (trap_step_software of hv/virt/fast.h). */
struct step_answer step_software(struct vcpu *vcpu, uint64_t address, uint64_t value, uint64_t next);

/** An interrupt, in either world. All registers are saved: on_interrupt of a module may look at any. */
uint64_t step_interrupt(struct vcpu *vcpu, uint64_t cause);

/** The end of an mret to the payload that may have answered an SBI call; parameters as of fast_observe_firmware. */
uint64_t step_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** The record of an exit that has been observed, the long way; parameters likewise. */
uint64_t step_record(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind);

/** SYNC is due by time when, at mcycle @p since, the exit ends whose record is prepared at @p slot, with the ring's @p head
 * behind it: SYNC, the modules' counters, and then the record anew. */
void step_sync(struct vcpu *vcpu, const struct trace_slot *slot, uint64_t head, uint64_t since);

/* ---- the end (shutdown.c, panic.c) ---- */

/** Stops the other harts, runs on_shutdown of the modules. Returns, so that the caller ends the machine its way. */
COLD void shutdown_run(struct hart *hart, enum hartscope_state state);

/** Sleeps for good, once the machine has been told to end: that takes it a while, in which no guest may go on. */
COLD _Noreturn void shutdown_wait(void);

/** Whether some hart ends the run. One that starts then stops at once: nobody else tells it. */
bool shutdown_has_begun(void);

/** Values of CONFIG_TRACE_DUMP above "never": at a panic alone, or at each end of a run. */
#define DUMP_AT_PANIC 1
#define DUMP_AT_SHUTDOWN 2

/** Writes all rings to the console (dump.c); with module trace. */
COLD void trace_dump(void);

/** hv's own invariant is broken: says @p reason and all that is known, and ends the machine with exit code 3. */
_Noreturn COLD void panic(const struct hart *hart, const char *reason);

/* ---- constants of the image (directory.c) ---- */

extern struct hartscope_directory hartscope_directory;

/** Fills the directory in. Boot hart, before modules' init. */
COLD void directory_init(const struct fdt_facts *facts);

/** The image's build id as 40 hexadecimal digits and a terminator. */
const char *build_id_text(char text[41]);

#endif
