/* The only hook of the module, which the tests never reach. */
#define LOG_NAME greedy
#include "payloads/modules/greedy.h"

void greedy_init(struct greedy *self, struct hart *hart)
{
	(void)hart;
	self->starts++;
}
