/* The common part of the recorders: a log on each hart of the calls of all recorders' hooks, in the order of the calls.
 * Called by the hooks of recorder_a, recorder_b and recorder_c.
 * Must not know which of them has which hooks. */
#ifndef PAYLOADS_MODULES_RECORDER_H
#define PAYLOADS_MODULES_RECORDER_H

#include "hv/module/api.h"
#include "payloads/modules/calls.h"

struct recorder {
	uint8_t name;
	uint64_t traps; /* how many traps it has seen on this hart */
};

/** Sets the @p name of @p self, and logs the call of init. */
void recorder_init(struct recorder *self, uint8_t name, struct hart *hart);

/** Logs a call of the trap hook @p hook. If @p self must overwrite the trap, skips the instruction and sets a0.
 * @return HOOK_OVERWRITE if it has overwritten the trap */
enum hook_action recorder_trap(struct recorder *self, enum recorder_hook hook, struct hart *hart, struct vcpu *vcpu);
/** Does the same for an ecall hook, which overwrites by the EID of the ecall. */
enum hook_action recorder_ecall(struct recorder *self, enum recorder_hook hook, struct hart *hart, struct vcpu *vcpu);

/** Logs a call of @p hook. @p previous and @p next: the arguments of decided_next_exec_mode; 0 for other hooks. */
void recorder_note(const struct recorder *self, enum recorder_hook hook, struct hart *hart, const struct vcpu *vcpu,
		   unsigned previous, unsigned next);

/** Logs to the console how many calls of on_shutdown there have been, and whether @p other, the state of another hart,
 * has seen traps. */
void recorder_shutdown(const struct recorder *self, const struct hart *hart, const struct recorder *other);

/** Answers the recorders' ecalls, except for broadcasts. @return HOOK_OVERWRITE if the ecall is one of them */
enum hook_action recorder_serve(struct hart *hart, struct vcpu *vcpu);

/** Whether the exit is an ecall RECORDER_BROADCAST to @p self. Sets @p set to the harts of the broadcast. */
bool recorder_broadcasts(const struct recorder *self, const struct vcpu *vcpu, struct hart_set *set);

/** The address of the 4 KiB that recorder_b closes on this hart (0: none), and the world to which it closes them. */
struct recorder_guard {
	uint64_t address;
	enum world from;
};
struct recorder_guard recorder_guard(const struct hart *hart);

#endif
