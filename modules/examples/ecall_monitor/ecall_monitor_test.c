/* Tests that the ecalls of each hart are counted and printed, and that the module does not change the guest. */
#include "modules/examples/ecall_monitor/ecall_monitor.h"

#include <string.h>

#include "hv/testing/module.h"

static void start(void)
{
	testing_module_start(3);
}

Test(ecall_monitor, each_hart_counts_its_own_ecalls, .init = start)
{
	for (unsigned hart = 1; hart < 3; hart++) {
		testing_run_on(hart);
		testing_enter_payload(MODE_SUPERVISOR);
		for (unsigned i = 0; i < 10 * hart; i++) {
			testing_ecall(i, 0, 7, 8, 9);
			cr_expect_eq(ecall_monitor_ecall_from_payload(testing_state(ecall_monitor), testing_hart(),
								      testing_vcpu()),
				     HOOK_IGNORE);
		}
		cr_expect(vcpu_pc(testing_vcpu()) == TESTING_PAYLOAD && vcpu_reg(testing_vcpu(), 10) == 7);
	}
	ecall_monitor_on_shutdown(testing_state(ecall_monitor), testing_hart());
	cr_expect(strstr(testing_module.console, "info ecall_monitor: hart 0: 0 ecalls\r\n"));
	cr_expect(strstr(testing_module.console, "info ecall_monitor: hart 1: 10 ecalls\r\n"));
	cr_expect(strstr(testing_module.console, "info ecall_monitor: hart 2: 20 ecalls\r\n"));
}
