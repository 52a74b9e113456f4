/* Prints one line at boot and one at shutdown, at different log levels, so that log_test.py can look for their texts in the
 * image. */
#define LOG_NAME bystander
#include "configs/image_test/bystander.h"

void bystander_init(struct bystander *self, struct hart *hart)
{
	(void)hart;
	LOG_DEBUG(self, "bystander: set up");
}

void bystander_on_shutdown(struct bystander *self, struct hart *hart)
{
	(void)hart;
	LOG_INFO(self, "bystander: was there");
}
