/* A module that looks at every trap of the payload.
 * Its hook runs at each such exit. It must not change the guest. */
#ifndef HV_CONFIG_IMAGE_TEST_WATCHER_H
#define HV_CONFIG_IMAGE_TEST_WATCHER_H

#include "hv/module/api.h"

/** The state of the module on one hart. */
struct watcher {
	uint64_t traps;
};

/** Counts the trap. Called on the hart that took it. @return HOOK_IGNORE */
enum hook_action watcher_trap_from_payload(struct watcher *self, struct hart *hart, struct vcpu *vcpu);

#endif
