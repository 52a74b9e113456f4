/* Counting switches to the payload. */
#include "hv/config/image_test/switcher.h"

void switcher_switch_from_firmware_to_payload(struct switcher *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)hart;
	(void)vcpu;
	self->switches++;
}
