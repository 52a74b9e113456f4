/* The module API: everything that a module may call. It is the only header of hv that a module includes, except
 * hv/crypto/crypto.h. Through it, a module also sees struct vcpu of hv/virt and the functions for it.
 * docs/modules.md explains the hooks and their order. Modules call all functions from hooks, on the hart that runs the
 * hook, with interrupts off. This header also declares functions that hv/core defines, so that modules need not see
 * hv/core. */
#ifndef HV_MODULE_API_H
#define HV_MODULE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "hv/arch/entropy.h"
#include "hv/arch/extension.h"
#include "hv/arch/feature.h"
#include "hv/arch/fence.h"
#include "hv/arch/guard_inline.h"
#include "hv/arch/live.h"
#include "hv/config/config.h"
#include "hv/config/module_index.h"
#include "hv/device/supervisor_timer.h"
#include "hv/log/log.h"
#include "hv/virt/emulate.h"
#include "hv/virt/exit.h"
#include "hv/virt/fast.h"
#include "hv/virt/vcpu.h"

/** A hart. Only hv/core sees its members. */
struct hart;

/** The answer of a hook that may take over an exit. HOOK_OVERWRITE means that the module has handled the exit, and hv
 * calls no further hook of this kind. HOOK_IGNORE means that hv continues as if there were no hook. */
enum hook_action { HOOK_IGNORE, HOOK_OVERWRITE };

/** The privilege level at which the guest executes, with the values of enum mode. */
enum exec_mode { EXEC_USER = MODE_USER, EXEC_SUPERVISOR = MODE_SUPERVISOR, EXEC_FIRMWARE = MODE_MACHINE };

/* ---- harts ---- */

/** The mhartid of @p hart. */
uint64_t hart_id(const struct hart *hart);
/** Index of @p hart, 0 to hart_total() - 1, in the order of the device tree. */
unsigned hart_index(const struct hart *hart);
/** Number of harts that hv runs on, 1 to CONFIG_MAX_HARTS. Constant after boot. */
unsigned hart_total(void);

/** The hart with @p index, 0 to hart_total() - 1. */
struct hart *hart_at(unsigned index);
/** The hart whose mhartid is @p id.
 * @param id any value
 * @return NULL if hv runs on no such hart */
struct hart *hart_from_id(uint64_t id);

/** The states of a hart (SBI 9.1). hv takes them from the payload's calls of the HSM extension and from the entries to the
 * payload. STARTING is the time between a successful hart_start and the hart's entry to the payload. A hart that the
 * firmware has not yet let into the payload is stopped. */
enum hart_state { HART_STOPPED, HART_STARTING, HART_STARTED, HART_SUSPENDED };

/** The present state of @p hart, which may be any hart. May be called at any time, also in fast paths. The module needs "hart_state" in `uses`;
 * otherwise the state is always HART_STOPPED. */
enum hart_state hart_state(const struct hart *hart);

/** Returns the cycles that hv spent in the last exit of @p hart that has ended, and marks them as counted. A module can
 * count the cycles of an exit only at the next exit, when the end is known. With this function, such a module can
 * complete its sum before the next exit.
 * @param hart the calling hart, or a hart that has stopped
 * @return cycles; 0 if observe_exit has already reported them, or if this function has already returned them */
uint64_t hart_take_last_exit(struct hart *hart);

/** The state of the module of @p self on another hart. @param index index of that hart, 0 to hart_total() - 1 */
#define module_state(self, index) ((__typeof__(self))module_state_at((self), (index)))
/** Implements module_state. The macro module_state converts the result to the type of the module's state. */
const void *module_state_at(const void *self, unsigned index);

/** The state of the module of @p self on hart @p other, if @p self is its state on hart @p hart. Unlike with module_state, the
 * caller may write it; members that several harts write have to be atomic. May be used in fast paths. */
#define module_state_of(self, hart, other)                                                                             \
	((__typeof__(self))((uintptr_t)(other) + ((uintptr_t)(self) - (uintptr_t)(hart))))

/** Makes @p hart, which may be any hart, run this module's on_interrupt soon, and does not wait for that. on_interrupt sees
 * everything that the caller stored before. Several calls may lead to one call of on_interrupt. It takes fewer instructions
 * than a broadcast, and may be used in fast paths. If the module has a fast path for machine software interrupts,
 * that runs instead of on_interrupt where it can. */
#define module_notify(self, hart) module_notify_hart(module_index(self), hart)
/** Implements module_notify for module number @p module. */
void module_notify_hart(unsigned module, struct hart *hart);

/** Serves the requests that other harts have sent to the calling hart. A module that works for long, or waits for
 * another hart, calls it from time to time, because another hart may wait for this one. on_interrupt of any module,
 * also of the calling one, may run meanwhile. May be called from any hook except on_interrupt. */
void module_serve(struct hart *hart);
/** Like module_serve, but sleeps until there is a request or the timer interrupts. It may return earlier. */
void module_sleep(struct hart *hart);

/** The number of PMP entries that the calling hart has: 16 or 64. hv uses those of the boot hart for all harts, and at most
 * as many as the configuration says. */
unsigned machine_pmp_entries(void);

/** A set of harts. Bit n stands for the hart with index n. */
struct hart_set {
	uint64_t bits[(CONFIG_MAX_HARTS + 63) / 64];
};

/** Adds hart @p index (0 to CONFIG_MAX_HARTS - 1) to @p set. */
static inline void hart_set_add(struct hart_set *set, unsigned index)
{
	set->bits[index / 64] |= 1ull << index % 64;
}

/** Whether @p set contains hart @p index (0 to CONFIG_MAX_HARTS - 1). */
static inline bool hart_set_has(const struct hart_set *set, unsigned index)
{
	return set->bits[index / 64] >> index % 64 & 1;
}

/** The set of all harts that hv runs on. */
struct hart_set hart_set_all(void);

/** Makes each hart of @p set run this module's on_interrupt, and does not wait for that. On each hart of the set,
 * on_interrupt runs at least once after the call, and sees everything that the caller stored before the call. If the
 * set contains the calling hart, on_interrupt has run there when the call returns. Harts that have stopped or have not
 * started do not run it. On a hart that starts later, init sees everything that the caller stored. May be called from
 * any hook. */
#define module_broadcast(self, set) module_broadcast_to(module_index(self), set)
/** Implements module_broadcast for module number @p module. */
void module_broadcast_to(unsigned module, struct hart_set set);

/** Like module_broadcast, but returns only when every hart of @p set has run on_interrupt. If on_interrupt has changed
 * PMP entries on these harts, the new entries are then in effect. While the calling hart waits, it serves the requests
 * of other harts. May be called from any hook except on_interrupt, because a hart that waits already would then wait a
 * second time. */
#define module_broadcast_wait(self, set) module_broadcast_wait_for(module_index(self), set)
/** Implements module_broadcast_wait for module number @p module. */
void module_broadcast_wait_for(unsigned module, struct hart_set set);

/* ---- the guest ---- */

/** Reads virtual CSR @p number (0 to 4095) as virtual M-mode does, in either world.
 * @param value the result
 * @return ERROR_TRAPPED if the CSR does not exist, ERROR_INVALID if @p number is above 4095 */
enum error vcpu_csr(struct vcpu *vcpu, unsigned number, uint64_t *value) MUST_CHECK;
/** Writes @p value to virtual CSR @p number (0 to 4095) as virtual M-mode does, in either world. hv makes the value
 * legal first. The write affects the guest immediately.
 * @return ERROR_TRAPPED if the CSR does not exist or is read-only, ERROR_INVALID if @p number is above 4095; nothing
 * has changed then */
enum error vcpu_set_csr(struct vcpu *vcpu, unsigned number, uint64_t value) MUST_CHECK;

/** The pc at which the guest will continue. */
static inline uint64_t vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->pc;
}

/** The privilege level at which the guest will continue. */
static inline enum exec_mode vcpu_mode(const struct vcpu *vcpu)
{
	return (enum exec_mode)vcpu->mode;
}

/** The trap that is being handled. Its member pc is the address of the instruction that trapped. It does not change
 * when the guest's pc changes. */
static inline const struct trap *vcpu_trap(const struct vcpu *vcpu)
{
	return &vcpu->trap;
}

/** Ends an ecall of the guest. It sets a0 and a1, and moves pc to the instruction after the ecall. The hook then has to
 * answer HOOK_OVERWRITE.
 * @param error an SBI error code (SBI_...), for a0
 * @param value for a1 */
static inline void sbi_return(struct vcpu *vcpu, int64_t error, uint64_t value)
{
	vcpu_set_reg(vcpu, 10, (uint64_t)error);
	vcpu_set_reg(vcpu, 11, value);
	vcpu->pc += 4;
}

/** An SBI call that a module answers in pieces, so that the payload's interrupts come in between. After each piece except the
 * last one, pc stays at the ecall, and the payload makes the call again. Zero stands for no call. A module that has one on
 * each hart keeps it in its state. */
struct long_call {
	uint64_t pc;           /* of the ecall; 0 if no call has begun */
	uint64_t arguments[8]; /* a0 to a7 when the call began */
	uint64_t done;         /* for the module: how much it has done; 0 when a call begins */
};

/** The most work of one piece, in bytes of the guest's memory. */
#define LONG_CALL_PIECE 16384

enum long_call_state { LONG_CALL_BEGINS, LONG_CALL_CONTINUES, LONG_CALL_CHANGED };

/** Begins a call, or continues it. The hook ecall_from_payload calls this before it looks at the arguments.
 * @return LONG_CALL_CONTINUES if the payload repeats the call in @p call, that is, an ecall at the same pc with the same a0
 * to a7. LONG_CALL_CHANGED if it is the same call, by pc, a6 and a7, but an argument has changed: the call has ended, and the
 * module answers SBI_ERR_INVALID_PARAM. LONG_CALL_BEGINS for every other call; a call that was in @p call before is given up. */
static inline enum long_call_state long_call_enter(struct long_call *call, const struct vcpu *vcpu)
{
	bool same = call->pc == vcpu->pc && call->arguments[6] == vcpu_reg(vcpu, 16) &&
		    call->arguments[7] == vcpu_reg(vcpu, 17);
	bool changed = false;

	for (unsigned i = 0; i < 8; i++) {
		changed = changed || call->arguments[i] != vcpu_reg(vcpu, 10 + i);
		call->arguments[i] = vcpu_reg(vcpu, 10 + i);
	}
	if (same && !changed)
		return LONG_CALL_CONTINUES;
	call->pc = same ? 0 : vcpu->pc;
	call->done = 0;
	return same ? LONG_CALL_CHANGED : LONG_CALL_BEGINS;
}

/** Lets the payload repeat the ecall, because the call is not finished. The hook then has to answer HOOK_OVERWRITE. */
static inline void long_call_pause(struct vcpu *vcpu)
{
	if (CONFIG_CHECKS)
		vcpu->trap.repeats = true;
}

/** Ends the call. Parameters and the answer of the hook are the same as for sbi_return. */
static inline void long_call_return(struct long_call *call, struct vcpu *vcpu, int64_t error, uint64_t value)
{
	call->pc = 0;
	sbi_return(vcpu, error, value);
}

/** Copies @p length bytes from physical guest memory at @p address to @p to, with the rights of the guest that
 * runs. It refuses to copy from hv's memory, from memory that a module protects by PMP, and from memory that virtual
 * PMP denies to the guest.
 * @return ERROR_DENIED or ERROR_TRAPPED if any byte may not be read; the bytes before that byte have been copied */
enum error guest_copy_in(struct vcpu *vcpu, void *to, uint64_t address, size_t length) MUST_CHECK;
/** Copies @p length bytes from @p from to physical guest memory at @p address. The rules of guest_copy_in apply.
 * @return ERROR_DENIED or ERROR_TRAPPED if any byte may not be written; the bytes before that byte have been copied */
enum error guest_copy_out(struct vcpu *vcpu, uint64_t address, const void *from, size_t length) MUST_CHECK;

/** Reads @p length bytes from guest memory at virtual @p address to @p to, with the rights and the translation of the mode
 * that trapped.
 * @return ERROR_TRAPPED if any byte may not be read; the exception is in vcpu->fault, and is not taken. The bytes before
 * that byte have been read. */
enum error guest_read(struct vcpu *vcpu, void *to, uint64_t address, size_t length) MUST_CHECK;
/** Writes @p length bytes from @p from to guest memory at virtual @p address. The rules of guest_read apply. */
enum error guest_write(struct vcpu *vcpu, uint64_t address, const void *from, size_t length) MUST_CHECK;

/** Gives a module direct access to memory of the guest.
 * @param address physical
 * @param length  in bytes
 * @return NULL unless all of the region is RAM that belongs neither to hv nor to the firmware's region nor to a region that
 * a module's PMP entry closes to reads or writes of the guest that runs; NULL too if the region is empty or wraps around, or
 * if an entry of virtual PMP divides a doubleword of it. The pointer is valid until the guest runs again. */
void *guest_memory(uint64_t address, uint64_t length);

/* ---- contexts of S-mode ---- */

/* The context of S-mode on a hart: the CSRs in which two payloads differ that take turns on the hart, such as an operating
 * system and an enclave. */

/** The values of the CSRs. The members hold what supervisor_context_reset or supervisor_context_swap has stored. The
 * module may change them, but only to values that the hardware can hold (a `satp` with a mode that the hart lacks makes
 * the write have no effect, 4.1.11). */
struct supervisor_context {
	uint64_t stvec, sscratch, sepc, scause, stval, satp, scounteren;
	uint64_t senvcfg, stimecmp; /* not used if the hart does not have the CSR */
	uint64_t sstatus;           /* the fields of mstatus that sstatus shows */
	uint64_t medeleg;           /* virtual medeleg; hv still withholds what it or a module has to see first */
	uint64_t mideleg;
	uint64_t mie; /* SSIE, STIE and SEIE */
	uint64_t mip; /* SSIP, and STIP if stimecmp does not control it */
	/* The deadline of supervisor_timer_set in ticks, or all ones. Only in images with "supervisor_timer". */
	uint64_t deadline;
};

/** Sets @p context to the values after a reset: no translation, no delegation, no interrupt enabled or pending, no
 * deadline, UXL 64 bits, and FS and VS Off. */
void supervisor_context_reset(struct supervisor_context *context);

/** Exchanges @p context with the values on the calling hart, which the payload has. Called in the payload world, from a
 * hook; takes at most 150 instructions without "supervisor_timer".
 *
 * What the module has to do besides, if its contexts differ in it: general registers and pc (vcpu_set_reg, vcpu->pc); FP
 * and vector registers (extension_state_save and extension_state_restore; FS and VS are a part of sstatus); PMP entries; and
 * the mode in which the payload continues, which does not change.
 *
 * It executes no fence. After satp has changed, the caller calls fence_translations() unless both contexts use
 * different ASIDs and none of them may use the other one's pages, or a PMP entry has changed, which fences everything
 * by itself (4.2.1).
 *
 * SEIP is not exchanged: a read of mip does not show whether the bit is set by software or comes from the interrupt
 * controller (3.1.9), so hv could not restore it. If the other context must not see it, its SEIE is 0.
 *
 * As long as a context of the module is on the hart, the firmware finds its values, too. A module swaps back before the
 * firmware runs (switch_from_payload_to_firmware) if the firmware must see and change those of the operating system. */
void supervisor_context_swap(struct vcpu *vcpu, struct supervisor_context *context);

/* ---- PMP: @p i is the number of one of the entries that the module's BUILD target asks for, counted from 0 ---- */

/** The accesses that a PMP entry permits, as the R, W and X bits of its configuration byte. */
enum pmp_permission { PMP_NONE = 0, PMP_R = 1, PMP_RW = 3, PMP_RX = 5, PMP_RWX = 7 };

/** These macros set one of the module's PMP entries (Privileged ISA 3.7.1). Addresses and sizes are in bytes.
 * module_pmp_off turns the entry off, but stores @p address, a multiple of 4, as the start of the range of a TOR entry
 * that follows. module_pmp_tor makes the entry cover the range from the previous entry's address to @p address, which
 * is not included. module_pmp_napot makes the entry cover @p size bytes from @p base on; @p size is a power of two and
 * at least 8, and @p base is a multiple of @p size. The permissions come last: that of the firmware, which also holds for
 * its accesses under MPRV, and that of the payload. If there is only one, it holds for both.
 * The change takes effect when hv has called the last hook at this point of the exit. In a world switch, it takes
 * effect when the switch changes PMP. If an entry already has the new value, setting it costs no CSR write. An entry
 * that the module has never set is off.
 * @return ERROR_INVALID for an index, address, size or alignment that does not fit. Also for TOR in the module's first
 * entry, because the range would begin at the address of an entry that does not belong to the module. Nothing has
 * changed then. */
#define module_pmp_off(self, i, address) module_pmp_set(module_index(self), i, PMP_OFF, address, 0, PMP_NONE, PMP_NONE)
#define module_pmp_tor(self, i, address, ...)                                                                          \
	module_pmp_set(module_index(self), i, PMP_TOR, address, 0, MODULE_PMP_PERMISSIONS(__VA_ARGS__))
#define module_pmp_napot(self, i, base, size, ...)                                                                     \
	module_pmp_set(module_index(self), i, PMP_NAPOT, base, size, MODULE_PMP_PERMISSIONS(__VA_ARGS__))
/** Implements the three macros above. @p match is PMP_OFF, PMP_TOR or PMP_NAPOT. */
enum error module_pmp_set(unsigned module, unsigned i, unsigned match, uint64_t address, uint64_t size,
			  enum pmp_permission firmware, enum pmp_permission payload) MUST_CHECK;
/** Returns the two permissions of an entry. If only one is given, it holds for both. */
#define MODULE_PMP_PERMISSIONS(firmware, ...) MODULE_PMP_PERMISSIONS_OF(firmware, ##__VA_ARGS__, firmware, )
#define MODULE_PMP_PERMISSIONS_OF(firmware, payload, ...) firmware, payload

/* ---- reads of `time` on machines without this CSR ---- */

/** The bits of an instruction that reads `time` and does not write it: csrrs or csrrc with x0, or with an immediate of 0. In
 * these four forms, bit 13 is 1 and the field of rs1 is 0. */
#define READ_TIME_MASK 0xffffa07fu
#define READ_TIME 0xc0102073u

/** Whether the payload may read `time` in the mode in which it has trapped, and no exception of such a read is delegated. May
 * be used in fast paths. */
PART_OF_FAST_PATH bool payload_may_read_time(const struct vcpu *vcpu)
{
	if (!(vcpu->mcounteren & COUNTER_TM) || (vcpu->medeleg >> CAUSE_ILLEGAL & 1))
		return false;
	/* MPP is U or S here, so its lower bit decides */
	return (csr_read(CSR_mstatus) & MSTATUS_MPP & -MSTATUS_MPP) || (csr_read(CSR_scounteren) & COUNTER_TM);
}

/** Carries out the payload's illegal instruction, and moves pc, if it is a read of `time` that the payload may make on a machine
 * without this CSR.
 * @return false if it is something else; nothing has changed then */
bool payload_read_time(struct vcpu *vcpu);

/* ---- ends of a module's fast path ---- */

/** Ends a fast path that has handled an exception of the payload, after which the payload continues at mepc.
 * @param pc, value what the exit's record gets: where the payload trapped, and mtval; for an SBI call TRACE_CALL
 * @param cause     exception code, 0 to 31 */
#define module_fast_return(self, vcpu, pc, value, cause)                                                               \
	fast_return(vcpu, pc, value,                                                                                   \
		    FAST_KIND(cause, WORLD_PAYLOAD, WORLD_PAYLOAD, TRACE_OFFLOADED) |                                  \
			    FAST_KIND_OF_MODULE(module_index(self) + 1u))

/** Ends a fast path of an exception that is not for this module, before it has changed anything. The firmware gets the
 * exception, by hv's own fast path if no other module has a hook for it. The module's own hooks see it only if that path
 * leaves it to the slow tier. */
PART_OF_FAST_PATH void module_fast_pass(struct vcpu *vcpu, uint64_t cause)
{
	if (CONFIG_FAST_PASS >> cause & 1)
		return fast_payload_trap(vcpu, cause);
	return trap_slow(vcpu);
}

/* ---- for a module's fast paths of world switches, kinds payload_trap and firmware_mret ---- */

/* In these functions, element n of @p saved stands for xn, and element 0 is not used. Bit n of a mask stands for xn. A mask
 * has to be a constant, so that it costs nothing. vcpu_reg and vcpu_set_reg work only for ra, t0 to t6 and a0 to a7 there;
 * all other registers are in the hardware. */
enum { GUEST_REGISTERS = 32 };

/** Where the payload trapped, and in which mode. Only for the kind payload_trap, where vcpu_pc and vcpu_mode are not set
 * yet. */
PART_OF_FAST_PATH uint64_t fast_payload_pc(void)
{
	return csr_read(CSR_mepc);
}

PART_OF_FAST_PATH enum exec_mode fast_payload_mode(void)
{
	return (enum exec_mode)field_get(MSTATUS_MPP, csr_read(CSR_mstatus));
}

/** Copies the registers that trap.S has saved, except those in the mask @p except. A fast path has no stack for more values
 * than fit in registers, so the compiler must not load more than four at once. */
PART_OF_FAST_PATH void fast_registers_copy(uint64_t to[GUEST_REGISTERS], const uint64_t from[GUEST_REGISTERS],
					   uint32_t except)
{
	_Pragma("GCC unroll 32") for (unsigned i = 1; i < GUEST_REGISTERS; i++)
	{
		if (register_is_saved(i) && !(except >> i & 1))
			to[i] = from[i];
		if (i == 7 || i == 13 || i == 17)
			__asm__ volatile("" ::: "memory");
	}
}

/** Stores x1 to x31 of the guest in @p saved. */
PART_OF_FAST_PATH void fast_registers_save(const struct vcpu *vcpu, uint64_t saved[GUEST_REGISTERS])
{
	live_registers_save(saved);
	fast_registers_copy(saved, vcpu->regs, 0);
}

/** Sets x1 to x31 of the guest to 0.
 * @param except the registers that keep their values, among ra, t0 to t6 and a0 to a7 */
PART_OF_FAST_PATH void fast_registers_clear(struct vcpu *vcpu, uint32_t except)
{
	live_registers_clear();
	_Pragma("GCC unroll 32") for (unsigned i = 1; i < GUEST_REGISTERS;
				      i++) if (register_is_saved(i) && !(except >> i & 1)) vcpu->regs[i] = 0;
}

/** Sets x1 to x31 of the guest to the values in @p saved.
 * @param except the registers that keep their values, among ra, t0 to t6 and a0 to a7 */
PART_OF_FAST_PATH void fast_registers_load(struct vcpu *vcpu, const uint64_t saved[GUEST_REGISTERS], uint32_t except)
{
	live_registers_load(saved);
	fast_registers_copy(vcpu->regs, saved, except);
}

/* ---- time, log, the end ---- */

/** A point in time, which modules use for the phases of the boot: the value of mtime in ticks, and the value of a
 * hart's mcycle. */
struct boot_stamp {
	uint64_t mtime, mcycle;
};

/** The time when the boot hart ran hv's first instruction. */
struct boot_stamp boot_stamp_first(void);
/** The time now, on the calling hart. */
struct boot_stamp boot_stamp_now(void);

/* ---- trace (without module `trace` these calls do nothing and cost no instruction) ---- */

/** Writes a MODULE record to the calling hart's ring.
 * @param event number of the event, 0 to 255, which is its position in the list of events in the module's BUILD target
 * @param value any value */
#define module_trace(self, event, value) module_trace_event(module_index(self), (event), (value))
/** Implements module_trace for module number @p module. */
void module_trace_event(unsigned module, uint64_t event, uint64_t value);

/** Writes a COUNTER record to the ring of @p hart. May be called only from the hook trace_counters, with the hart that
 * the hook gets.
 * @param id id of the counter (trace/format/counters.def) */
void module_trace_counter(struct hart *hart, uint64_t id, uint64_t value);

/** The tracer of @p hart. Only module trace uses it. */
struct tracer *hart_tracer(struct hart *hart);

/** The address of the machine's mtime register in the CLINT of the calling hart. */
const volatile uint64_t *machine_mtime(void);

/** The physical address of the registers of the machine's console. */
uint64_t machine_console(void);

/** The directory in which a module publishes the address of its data for the host (abi/hartscope.h). May be called only
 * from the hook init. */
struct hartscope_directory *module_directory(void);

/** Ends the run because the module refuses to continue: prints @p reason, runs on_shutdown of all modules, and ends the
 * machine with exit code 4. May be called from any hook. Does not return. */
#define module_fatal(self, reason) module_fatal_end(module_index(self), reason)
/** Implements module_fatal for module number @p module. */
_Noreturn void module_fatal_end(unsigned module, const char *reason);

/* These macros print log lines of a module. The module's .c file defines LOG_NAME as the module's name before it
 * includes this header. @p self is not used. */
#define LOG_ERROR(self, ...) ((void)(self), ({ log_error(__VA_ARGS__); }))
#define LOG_WARN(self, ...) ((void)(self), ({ log_warn(__VA_ARGS__); }))
#define LOG_INFO(self, ...) ((void)(self), ({ log_info(__VA_ARGS__); }))
#define LOG_DEBUG(self, ...) ((void)(self), ({ log_debug(__VA_ARGS__); }))
#define LOG_TRACE(self, ...) ((void)(self), ({ log_trace(__VA_ARGS__); }))

#endif
