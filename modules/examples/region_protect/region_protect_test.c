/* Tests the PMP entries of region_protect, and which accesses they deny. The region is that of region_protect.toml. */
#include "modules/examples/region_protect/region_protect.h"

#include <string.h>

#include "hv/testing/module.h"
#include "hv/virt/machine.h"

#define START 0x80600000ull
#define END 0x80604000ull

static void start(void)
{
	testing_module_start(2);
	for (unsigned hart = 2; hart-- > 0;) {
		testing_run_on(hart);
		region_protect_init(testing_state(region_protect), testing_hart());
		testing_end_exit();
	}
}

Test(region_protect, each_hart_has_an_entry_for_the_start_and_one_for_the_range, .init = start)
{
	for (unsigned hart = 0; hart < 2; hart++) {
		const struct testing_pmp *entry = testing_module.pmp[hart];

		cr_expect(entry[0].match == PMP_OFF && entry[0].address == START);
		cr_expect(entry[1].match == PMP_TOR && entry[1].address == END);
		cr_expect(entry[1].firmware == PMP_NONE && entry[1].payload == PMP_RWX);
	}
	cr_expect(strstr(testing_module.console, "0x80600000 to 0x80604000 is closed to the firmware\r\n"));
}

static bool allows_all(uint64_t address)
{
	return host_pmp_allows(MODE_USER, address, 8, HOST_READ) &&
	       host_pmp_allows(MODE_USER, address, 8, HOST_WRITE) &&
	       host_pmp_allows(MODE_USER, address, 4, HOST_EXECUTE);
}

static bool allows_any(uint64_t address)
{
	return host_pmp_allows(MODE_USER, address, 8, HOST_READ) ||
	       host_pmp_allows(MODE_USER, address, 8, HOST_WRITE) ||
	       host_pmp_allows(MODE_USER, address, 4, HOST_EXECUTE);
}

Test(region_protect, only_the_firmware_is_denied_and_only_inside_the_region, .init = start)
{
	for (unsigned round = 0; round < 2; round++) {
		cr_expect(!allows_any(START) && !allows_any(END - 8));
		cr_expect(allows_all(START - 8) && allows_all(END));
		testing_enter_payload(MODE_SUPERVISOR);
		cr_expect(allows_all(START) && allows_all(END - 8));
		testing_enter_firmware();
	}
}

Test(region_protect, a_machine_with_coarse_pmp_entries_ends_the_run, .init = start)
{
	machine.pmp_granule = 0x10000000;
	cr_expect_str_eq(testing_fatal(region_protect_init(testing_state(region_protect), testing_hart())),
			 "this machine cannot protect the region");
}
