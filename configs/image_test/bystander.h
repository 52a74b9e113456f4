/* A module that never looks at an exit, and has no state that would move anything.
 * Called at boot and at shutdown. Must not know of traps. */
#ifndef HV_CONFIG_IMAGE_TEST_BYSTANDER_H
#define HV_CONFIG_IMAGE_TEST_BYSTANDER_H

#include "hv/module/api.h"

struct bystander {
};

/** Says so at level debug. Once per hart. */
void bystander_init(struct bystander *self, struct hart *hart);

/** Says that it was there. Once, on the hart that ends the run. */
void bystander_on_shutdown(struct bystander *self, struct hart *hart);

#endif
