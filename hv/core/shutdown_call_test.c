/* Tests which SBI calls ask for the end of a run. */
#include "abi/arguments.h"
#include "abi/sbi.h"
#include "hv/core/core.h"
#include "hv/testing/testing.h"

static bool ends_run(uint64_t extension, uint64_t function, uint64_t type)
{
	struct vcpu vcpu = { 0 };

	vcpu_set_reg(&vcpu, A7, extension);
	vcpu_set_reg(&vcpu, A6, function);
	vcpu_set_reg(&vcpu, A0, type);
	return shutdown_is_asked_for(&vcpu);
}

Test(shutdown_call, system_reset_ends_the_run_if_its_type_is_one_of_the_specification)
{
	for (uint64_t type = 0; type < 0x200; type++)
		for (uint64_t function = 0; function < 4; function++)
			require(ends_run(SBI_EID_SRST, function, type) == (function == 0 && type < 3), "%lu, %lu",
				function, type);
	cr_expect_not(ends_run(SBI_EID_SRST, 0, 0xf0000000), "types of vendors");
	cr_expect_not(ends_run(SBI_EID_SRST, 0, 1ull << 32));
	cr_expect_not(ends_run(SBI_EID_SRST, 1ull << 32, 0));
}

Test(shutdown_call, the_legacy_call_ends_the_run_whatever_its_arguments_are)
{
	cr_expect(ends_run(SBI_EID_LEGACY_SHUTDOWN, 5, 77));
}

Test(shutdown_call, no_other_extension_ends_the_run)
{
	for (uint64_t extension = 0; extension < 0x1000; extension++)
		require(ends_run(extension, 0, 0) == (extension == SBI_EID_LEGACY_SHUTDOWN), "%lx", extension);
	cr_expect_not(ends_run(SBI_EID_HSM, 0, 0));
	cr_expect_not(ends_run(SBI_EID_SRST + (1ull << 32), 0, 0));
}
