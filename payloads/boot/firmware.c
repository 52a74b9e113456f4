/* Checks the values that registers hold when hv enters the firmware. */
#include "payloads/runtime/fdt.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/test.h"

TEST(s32_the_firmware_gets_its_hart_id_and_the_machines_a1_and_a2)
{
	expect_equal(harts[0].entry.a0, 0, "a0 is mhartid, whatever the loader passed");
	expect(fdt_is_valid((const void *)harts[0].entry.a1), "a1 points to the device tree");
	show("a2", harts[0].entry.a2);
	for (unsigned id = 1; id < hart_count(); id++)
		while (!__atomic_load_n(&harts[id].present, __ATOMIC_ACQUIRE))
			;
}
