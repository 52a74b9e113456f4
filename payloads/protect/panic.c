/* A payload that makes hv panic. The console then shows no value of its registers (NO_SECRET in BUILD). */
#include "payloads/modules/calls.h"
#include "payloads/protect/order.h"

TEST(hv_panics_while_the_payload_has_secrets_in_all_registers)
{
	static uint64_t registers[32];

	for (unsigned i = 1; i < 32; i++)
		registers[i] = SECRET + i;
	registers[16] = PROBE_CRASH;
	registers[17] = PROBER_EID;
	registers_call(registers);
	expect(false, "hv panics");
}
