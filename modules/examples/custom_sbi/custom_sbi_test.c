/* Tests the answers of the extension, and that other extensions are left to hv. */
#include "modules/examples/custom_sbi/custom_sbi.h"

#include <string.h>

#include "hv/testing/module.h"

/* Makes an ecall with a0 = 7 and a1 = 7 on hart 1, whose id is 101. */
static enum hook_action call(uint64_t eid, uint64_t fid)
{
	testing_module_start(2);
	testing_run_on(1);
	testing_enter_payload(MODE_SUPERVISOR);
	testing_ecall(eid, fid, 7, 7, 0);
	return custom_sbi_ecall_from_payload(testing_state(custom_sbi), testing_hart(), testing_vcpu());
}

static void expect_answer(uint64_t fid, int64_t error, const char *line)
{
	cr_expect_eq(call(CUSTOM_SBI_EID, fid), HOOK_OVERWRITE);
	cr_expect_eq(vcpu_reg(testing_vcpu(), 10), (uint64_t)error);
	cr_expect_eq(vcpu_reg(testing_vcpu(), 11), 0);
	cr_expect_eq(vcpu_pc(testing_vcpu()), TESTING_PAYLOAD + 4);
	cr_expect(strstr(testing_module.console, line), "%s", testing_module.console);
}

Test(custom_sbi, both_functions_succeed_and_print_a_line)
{
	expect_answer(CUSTOM_SBI_HELLO, SBI_SUCCESS, "info custom_sbi: hello from hart 101\r\n");
	expect_answer(CUSTOM_SBI_GOODBYE, SBI_SUCCESS, "info custom_sbi: goodbye from hart 101\r\n");
}

Test(custom_sbi, an_unknown_function_is_not_supported)
{
	expect_answer(2, SBI_ERR_NOT_SUPPORTED, "warn custom_sbi: unknown function 2\r\n");
	expect_answer(~0ull, SBI_ERR_NOT_SUPPORTED, "unknown function");
}

Test(custom_sbi, other_extensions_are_left_to_hv)
{
	static const uint64_t eids[] = { 0, CUSTOM_SBI_EID - 1, CUSTOM_SBI_EID + 1, CUSTOM_SBI_EID | 1ull << 32 };

	for (unsigned i = 0; i < sizeof(eids) / sizeof(eids[0]); i++) {
		cr_expect_eq(call(eids[i], CUSTOM_SBI_HELLO), HOOK_IGNORE);
		cr_expect(vcpu_pc(testing_vcpu()) == TESTING_PAYLOAD && vcpu_reg(testing_vcpu(), 10) == 7);
		cr_expect_str_eq(testing_module.console, "");
	}
}
