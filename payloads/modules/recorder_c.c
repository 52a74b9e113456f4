/* The third recorder, which claims two causes: hv takes these traps of the payload even if the firmware delegates
 * them. */
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
