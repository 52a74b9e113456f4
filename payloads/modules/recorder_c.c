/* The third recorder. It claims two trap causes. hv therefore takes traps of the payload with these causes, even if the
 * firmware delegates them to the payload. */
#define LOG_NAME recorder_c
#include "payloads/modules/recorder_c.h"

void recorder_c_init(struct recorder_c *self, struct hart *hart)
{
	recorder_init(&self->recorder, 'c', hart);
}

enum hook_action recorder_c_trap_from_payload(struct recorder_c *self, struct hart *hart, struct vcpu *vcpu)
{
	return recorder_trap(&self->recorder, RECORDED_TRAP_FROM_PAYLOAD, hart, vcpu);
}
