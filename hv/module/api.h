/* The module API: what a module may do. The only header of hv that a module includes (it exports hv/virt's vcpu).
 * Meaning and order of the hooks: docs/modules.md. All functions are called from hooks, on the hart that runs them, with
 * interrupts off; what hv/core defines is declared here, so that no module sees core. */
#ifndef HV_MODULE_API_H
#define HV_MODULE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hartscope.h"
#include "hv/config/config.h"
#include "hv/config/module_index.h"
#include "hv/log/log.h"
#include "hv/virt/emulate.h"
#include "hv/virt/exit.h"
#include "hv/virt/fast.h"
#include "hv/virt/vcpu.h"

struct hart;

/** Answer of a hook that may end a round: OVERWRITE if it has done what the exit asked for. */
enum hook_action { HOOK_IGNORE, HOOK_OVERWRITE };

/** Who executes: encoded as enum mode. */
enum exec_mode { EXEC_USER = MODE_USER, EXEC_SUPERVISOR = MODE_SUPERVISOR, EXEC_FIRMWARE = MODE_MACHINE };

/* ---- harts ---- */

/** mhartid of @p hart; its dense index (0 to hart_total() - 1); how many harts there are. */
uint64_t hart_id(const struct hart *hart);
unsigned hart_index(const struct hart *hart);
unsigned hart_total(void);

/** Cycles of hv's in the last exit of @p hart, which no other exit comes after. 0 if they have been taken already. */
uint64_t hart_take_last_exit(struct hart *hart);

/** State of @p self's module on hart @p index (0 to hart_total() - 1). */
#define module_state(self, index) ((__typeof__(self))module_state_at((self), (index)))
const void *module_state_at(const void *self, unsigned index);

/** A set of harts, by index. */
struct hart_set {
	uint64_t bits[(CONFIG_MAX_HARTS + 63) / 64];
};

/** Adds hart @p index (0 to CONFIG_MAX_HARTS - 1) to @p set; whether it is in; the set of all harts that there are. */
static inline void hart_set_add(struct hart_set *set, unsigned index)
{
	set->bits[index / 64] |= 1ull << index % 64;
}

static inline bool hart_set_has(const struct hart_set *set, unsigned index)
{
	return set->bits[index / 64] >> index % 64 & 1;
}

struct hart_set hart_set_all(void);

/** Runs this module's on_interrupt on each hart of @p set; it runs there at least once after all that the caller stored
 * before. The caller's own bit runs it before the return. Harts that have stopped, or not started, are skipped: those
 * that start later find in init what the caller stored. From any hook. */
#define module_broadcast(self, set) module_broadcast_to(module_index(self), set)
void module_broadcast_to(unsigned module, struct hart_set set);

/** Likewise, and returns when all have run it; PMP entries that they changed in it are in force then. Serves the requests of
 * others meanwhile, and waits in wfi. From any hook but on_interrupt, which would wait within a wait. */
#define module_broadcast_wait(self, set) module_broadcast_wait_for(module_index(self), set)
void module_broadcast_wait_for(unsigned module, struct hart_set set);

/* ---- the guest ---- */

/** Reads or writes virtual CSR @p number as virtual M-mode does, in either world: what is written is made legal, and acts
 * on the guest at once. @return false if there is none, or it is read-only; nothing has changed then */
bool vcpu_csr(struct vcpu *vcpu, unsigned number, uint64_t *value) MUST_CHECK;
bool vcpu_set_csr(struct vcpu *vcpu, unsigned number, uint64_t value) MUST_CHECK;

/** pc at which the guest goes on; who executes; the trap that is being handled (its pc does not move). */
static inline uint64_t vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->pc;
}

static inline enum exec_mode vcpu_mode(const struct vcpu *vcpu)
{
	return (enum exec_mode)vcpu->mode;
}

static inline const struct trap *vcpu_trap(const struct vcpu *vcpu)
{
	return &vcpu->trap;
}

/** Ends an ecall of the guest: a0 = @p error (SBI_...), a1 = @p value, and skips it. The hook then answers OVERWRITE. */
static inline void sbi_return(struct vcpu *vcpu, int64_t error, uint64_t value)
{
	vcpu_set_reg(vcpu, 10, (uint64_t)error);
	vcpu_set_reg(vcpu, 11, value);
	vcpu->pc += 4;
}

/** Copies @p length bytes from or to physical guest memory at @p address, with the rights of the guest that runs: neither
 * hv's memory, nor a module's regions, nor what virtual PMP denies.
 * @return false if any byte may not be accessed; what was copied until then stays */
bool guest_copy_in(struct vcpu *vcpu, void *to, uint64_t address, size_t length) MUST_CHECK;
bool guest_copy_out(struct vcpu *vcpu, uint64_t address, const void *from, size_t length) MUST_CHECK;

/* ---- PMP: entry @p i of those that the module's BUILD target asked for ---- */

enum pmp_permission { PMP_NONE = 0, PMP_R = 1, PMP_RW = 3, PMP_RX = 5, PMP_RWX = 7 };

/** Entry @p i off, with @p address (bytes, multiple of 4) for a following TOR entry; top of a range that begins at the
 * previous entry's address; naturally aligned power-of-two region of @p size >= 8 bytes.
 * In force after the last hook of the round, in a switch at its PMP step. What is set as it was costs no write. Entries that
 * were never set are off.
 * @return false for an index, address, size or alignment that does not fit, and for a TOR as the module's first entry, which
 * would begin at somebody else's; nothing changes then */
#define module_pmp_off(self, i, address) module_pmp_set(module_index(self), i, PMP_OFF, address, 0, PMP_NONE)
#define module_pmp_tor(self, i, address, permission)                                                                   \
	module_pmp_set(module_index(self), i, PMP_TOR, address, 0, permission)
#define module_pmp_napot(self, i, base, size, permission)                                                              \
	module_pmp_set(module_index(self), i, PMP_NAPOT, base, size, permission)
bool module_pmp_set(unsigned module, unsigned i, unsigned match, uint64_t address, uint64_t size,
		    enum pmp_permission permission) MUST_CHECK;

/* ---- time, log, the end ---- */

/** What a phase of the boot is stamped with. */
struct boot_stamp {
	uint64_t mtime, mcycle;
};

/** When hv's first instruction ran on the boot hart; now. */
struct boot_stamp boot_stamp_first(void);
struct boot_stamp boot_stamp_now(void);

/* ---- trace (nothing, and no instruction, without module `trace`) ---- */

/** Writes a MODULE record of @p self's module: its event number (0-255) and a value. On the calling hart. */
#define module_trace(self, event, value) module_trace_event(module_index(self), (event), (value))
void module_trace_event(unsigned module, uint64_t event, uint64_t value);

/** Writes COUNTER @p id (trace/format/counters.def) of @p hart. From trace_counters, for the hart that it is called for. */
void module_trace_counter(struct hart *hart, uint64_t id, uint64_t value);

/** Hart @p index, 0 to hart_total() - 1; its tracer, for module trace alone. */
struct hart *hart_at(unsigned index);
struct tracer *hart_tracer(struct hart *hart);

/** The machine's mtime register. */
const volatile uint64_t *machine_mtime(void);

/** Publishes where the host finds this module's data (abi/hartscope.h). From init. */
struct hartscope_directory *module_directory(void);

/** Ends the run by policy: message, on_shutdown of all modules, exit code 4. From any hook. */
#define module_fatal(self, reason) module_fatal_end(module_index(self), reason)
_Noreturn void module_fatal_end(unsigned module, const char *reason);

/* A module's .c defines LOG_NAME as its name before it includes this header. */
#define LOG_ERROR(self, ...) ((void)(self), ({ log_error(__VA_ARGS__); }))
#define LOG_WARN(self, ...) ((void)(self), ({ log_warn(__VA_ARGS__); }))
#define LOG_INFO(self, ...) ((void)(self), ({ log_info(__VA_ARGS__); }))
#define LOG_DEBUG(self, ...) ((void)(self), ({ log_debug(__VA_ARGS__); }))
#define LOG_TRACE(self, ...) ((void)(self), ({ log_trace(__VA_ARGS__); }))

#endif
