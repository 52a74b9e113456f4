/* Tests that page faults are counted by access, and that the firmware's delegation does not hide them. */
#include "modules/examples/page_fault_monitor/page_fault_monitor.h"

#include <string.h>

#include "hv/testing/module.h"

static void fault(unsigned cause, uint64_t address)
{
	testing_take(cause, address);
	cr_expect_eq(
		page_fault_monitor_trap_from_payload(testing_state(page_fault_monitor), testing_hart(), testing_vcpu()),
		HOOK_IGNORE);
	cr_expect_eq(vcpu_pc(testing_vcpu()), TESTING_PAYLOAD);
}

Test(page_fault_monitor, page_faults_are_counted_by_access_on_each_hart)
{
	testing_module_start(2);
	testing_run_on(1);
	testing_enter_payload(MODE_USER);
	fault(CAUSE_FETCH_PAGE, 0x1000);
	for (unsigned i = 0; i < 2; i++)
		fault(CAUSE_LOAD_PAGE, 0x2000);
	for (unsigned i = 0; i < 3; i++)
		fault(CAUSE_STORE_PAGE, 0x3000 + i);
	page_fault_monitor_on_shutdown(testing_state(page_fault_monitor), testing_hart());
	cr_expect(strstr(testing_module.console, "hart 0: 0 fetches, 0 loads, 0 stores, last at 0x0\r\n"));
	cr_expect(strstr(testing_module.console, "hart 1: 1 fetches, 2 loads, 3 stores, last at 0x3002\r\n"), "%s",
		  testing_module.console);
}

Test(page_fault_monitor, hv_sees_page_faults_that_the_firmware_delegates)
{
	unsigned page_faults = 1 << CAUSE_FETCH_PAGE | 1 << CAUSE_LOAD_PAGE | 1 << CAUSE_STORE_PAGE;
	uint64_t seen = 0;

	testing_module_start(1);
	cr_expect_eq(vcpu_set_csr(testing_vcpu(), CSR_medeleg, page_faults | 1 << CAUSE_BREAKPOINT), ERROR_NONE);
	testing_enter_payload(MODE_SUPERVISOR);
	cr_expect_eq(host_csr_read(CSR_medeleg), 1 << CAUSE_BREAKPOINT);
	cr_expect_eq(vcpu_csr(testing_vcpu(), CSR_medeleg, &seen), ERROR_NONE);
	cr_expect_eq(seen, page_faults | 1 << CAUSE_BREAKPOINT, "the firmware sees what it has written");
}
