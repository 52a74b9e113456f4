/* Defines the default start_main(). In it, the boot hart of a firmware guest runs the tests. A guest can define its own
 * start_main() instead. */
#include "payloads/runtime/start.h"
#include "payloads/runtime/test.h"

__attribute__((weak)) void start_main(void)
{
	test_run_all();
}
