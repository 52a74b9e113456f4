/* A module that does not look at exits and has no state. Tests compare an image that contains it with an image without
 * any module. Its hooks run at boot and at shutdown. It must not have a hook that hv calls in exits. */
#ifndef HV_CONFIG_IMAGE_TEST_BYSTANDER_H
#define HV_CONFIG_IMAGE_TEST_BYSTANDER_H

#include "hv/module/api.h"

/** This state is empty, so that no other data moves in the image. */
struct bystander {
};

/** Prints a line at level debug. Called once per hart, at boot. */
void bystander_init(struct bystander *self, struct hart *hart);

/** Prints a line at level info. Called once, on the hart that ends the run. */
void bystander_on_shutdown(struct bystander *self, struct hart *hart);

#endif
