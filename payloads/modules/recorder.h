/* The common part of the test modules recorder_a, recorder_b and recorder_c. It keeps one log for each hart. The log
 * lists the calls of the hooks of all three modules, in the order of the calls. Called by the hooks of recorder_a,
 * recorder_b and recorder_c.
 * Must not know which of the three modules has which hooks. */
#ifndef PAYLOADS_MODULES_RECORDER_H
#define PAYLOADS_MODULES_RECORDER_H

#include "hv/module/api.h"
#include "payloads/modules/calls.h"

struct recorder {
	uint8_t name;
	uint64_t traps; /* the number of traps that the recorder has seen on this hart */
};

/** Sets the name of @p self to @p name, and logs the call of the hook init. */
void recorder_init(struct recorder *self, uint8_t name, struct hart *hart);

/** Logs a call of the trap hook @p hook. If a guest has asked @p self to overwrite traps of this cause, skips the
 * instruction and sets a0.
 * @return HOOK_OVERWRITE if the function has overwritten the trap */
enum hook_action recorder_trap(struct recorder *self, enum recorder_hook hook, struct hart *hart, struct vcpu *vcpu);
/** Does the same for an ecall hook. Here the EID of the ecall, not the trap cause, decides whether @p self overwrites
 * it. */
enum hook_action recorder_ecall(struct recorder *self, enum recorder_hook hook, struct hart *hart, struct vcpu *vcpu);

/** Logs a call of @p hook. For the hook decided_next_exec_mode, @p previous and @p next are the arguments of the hook.
 * For all other hooks they are 0. */
void recorder_note(const struct recorder *self, enum recorder_hook hook, struct hart *hart, const struct vcpu *vcpu,
		   unsigned previous, unsigned next);

/** Prints on the console how often on_shutdown has been called so far, and whether the recorder has seen traps on
 * another hart. @p other is the state of the recorder on that other hart. */
void recorder_shutdown(const struct recorder *self, const struct hart *hart, const struct recorder *other);

/** Answers the ecalls to the recorders, except RECORDER_BROADCAST. @return HOOK_OVERWRITE if the function has answered
 * the ecall */
enum hook_action recorder_serve(struct hart *hart, struct vcpu *vcpu);

/** Returns whether the guest has made the ecall RECORDER_BROADCAST to @p self. If so, sets @p set to the harts that
 * must receive the broadcast. */
bool recorder_broadcasts(const struct recorder *self, const struct vcpu *vcpu, struct hart_set *set);

/** Returned by recorder_guard(). Describes the 4 KiB of memory that recorder_b protects on one hart, and the world
 * (firmware or payload) that may not access them. The address is 0 if recorder_b protects nothing. */
struct recorder_guard {
	uint64_t address;
	enum world from;
};
struct recorder_guard recorder_guard(const struct hart *hart);

#endif
