/* Counts world switches to the payload. */
#include "configs/image_test/switcher.h"

void switcher_switch_from_firmware_to_payload(struct switcher *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	(void)vcpu;
	self->switches++;
}
