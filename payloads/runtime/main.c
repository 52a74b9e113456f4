/* The boot hart of a firmware guest runs the tests, unless the guest has a start_main of its own. */
#include "payloads/runtime/start.h"
#include "payloads/runtime/test.h"

__attribute__((weak)) void start_main(void)
{
	test_run_all();
}
