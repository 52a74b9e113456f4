/* Counts the traps of the payload. It leaves the handling of each trap to hv. */
#include "configs/image_test/watcher.h"

enum hook_action watcher_trap_from_payload(struct watcher *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	(void)vcpu;
	self->traps++;
	return HOOK_IGNORE;
}
