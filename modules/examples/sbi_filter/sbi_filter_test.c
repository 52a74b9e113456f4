/* Tests which calls are refused, and which argument is changed. The list is that of sbi_filter.toml. */
#include "modules/examples/sbi_filter/sbi_filter.h"

#include <string.h>

#include "abi/sbi.h"
#include "hv/testing/module.h"

static enum hook_action call(uint64_t eid, uint64_t fid, uint64_t a0)
{
	testing_module_start(1);
	testing_enter_payload(MODE_SUPERVISOR);
	testing_ecall(eid, fid, a0, 1, 2);
	return sbi_filter_ecall_from_payload(testing_state(sbi_filter), testing_hart(), testing_vcpu());
}

Test(sbi_filter, calls_of_the_extensions_in_the_list_are_refused)
{
	static const uint64_t eids[] = { SBI_EID_IPI, SBI_EID_HSM };

	for (unsigned i = 0; i < 2; i++) {
		cr_expect_eq(call(eids[i], i, 7), HOOK_OVERWRITE);
		cr_expect_eq(vcpu_reg(testing_vcpu(), 10), (uint64_t)SBI_ERR_DENIED);
		cr_expect(vcpu_reg(testing_vcpu(), 11) == 0 && vcpu_pc(testing_vcpu()) == TESTING_PAYLOAD + 4);
	}
	cr_expect(strstr(testing_module.console, "warn sbi_filter: refused extension 0x48534d\r\n"));
}

static void expect_a0(uint64_t eid, uint64_t fid, uint64_t before, uint64_t after)
{
	cr_expect_eq(call(eid, fid, before), HOOK_IGNORE);
	cr_expect_eq(vcpu_reg(testing_vcpu(), 10), after, "%lx %lx %lx", eid, fid, before);
	cr_expect_eq(vcpu_pc(testing_vcpu()), TESTING_PAYLOAD);
	cr_expect(vcpu_reg(testing_vcpu(), 11) == 1 && vcpu_reg(testing_vcpu(), 12) == 2);
}

Test(sbi_filter, a_reboot_becomes_a_power_off)
{
	expect_a0(SBI_EID_SRST, 0, 1, 0);
	expect_a0(SBI_EID_SRST, 0, 2, 0);
}

Test(sbi_filter, all_other_calls_are_unchanged)
{
	expect_a0(SBI_EID_SRST, 0, 0, 0);
	expect_a0(SBI_EID_SRST, 0, 3, 3);
	expect_a0(SBI_EID_SRST, 1, 1, 1);
	expect_a0(SBI_EID_TIME, 0, 1, 1);
	expect_a0(SBI_EID_IPI | 1ull << 32, 0, 1, 1);
	expect_a0(0, 0, 2, 2);
}
