/* What the recorders share: a log of hook calls per hart, in the order of the calls whoever was called.
 * Called by the hooks of recorder_a, recorder_b and recorder_c. Must not know which of them has which hooks. */
#ifndef PAYLOADS_MODULES_RECORDER_H
#define PAYLOADS_MODULES_RECORDER_H

#include "hv/module/api.h"
#include "payloads/modules/calls.h"

struct recorder {
	uint8_t name;
	uint64_t traps; /* that it has seen on this hart */
};

/** Gives @p self its @p name, and records the call of init. */
void recorder_init(struct recorder *self, uint8_t name, struct hart *hart);

/** Records a call of @p hook. @return whether @p self is told to overwrite what has happened, which is done then */
enum hook_action recorder_trap(struct recorder *self, enum recorder_hook hook, struct hart *hart, struct vcpu *vcpu);
enum hook_action recorder_ecall(struct recorder *self, enum recorder_hook hook, struct hart *hart, struct vcpu *vcpu);

/** Records a call of @p hook; @p previous and @p next are those of decided_next_exec_mode, or 0. */
void recorder_note(const struct recorder *self, enum recorder_hook hook, struct hart *hart, const struct vcpu *vcpu,
		   unsigned previous, unsigned next);

/** Says which call of on_shutdown of @p self this is, and what @p other of another hart has seen. */
void recorder_shutdown(const struct recorder *self, const struct hart *hart, const struct recorder *other);

/** Answers the recorders' ecalls, but for broadcasts. @return whether it is one */
enum hook_action recorder_serve(struct hart *hart, struct vcpu *vcpu);

/** Whether the exit is a call of RECORDER_BROADCAST for @p self, and for which harts. */
bool recorder_broadcasts(const struct recorder *self, const struct vcpu *vcpu, struct hart_set *set);

/** Address that recorder_b keeps from a world on this hart (0: none), and from which. */
struct recorder_guard {
	uint64_t address;
	enum world from;
};
struct recorder_guard recorder_guard(const struct hart *hart);

#endif
