/* Prints what hasher would hash. */
#define LOG_NAME idler
#include "payloads/crypto/idler.h"

void idler_on_shutdown(struct idler *self, struct hart *hart)
{
	LOG_INFO(self, "idler: %lx", hart_id(hart));
}
