/* A module that looks at every trap of the payload.
 * Called on each such exit. Must not change anything. */
#ifndef HV_CONFIG_IMAGE_TEST_WATCHER_H
#define HV_CONFIG_IMAGE_TEST_WATCHER_H

#include "hv/module/api.h"

struct watcher {
	uint64_t traps;
};

/** Counts the trap. On the hart that took it. */
enum hook_action watcher_trap_from_payload(struct watcher *self, struct hart *hart, struct vcpu *vcpu);

#endif
