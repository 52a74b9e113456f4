/* The payload of heavy/firmware.S. The payload runs in S-mode and measures an SBI call with an address as the argument.
 * The firmware reads the memory at this address with the payload's rights. Then the payload ends the run. */
#include "benchmarks/micro/measure.h"

static uint64_t memory[4];

int main(void);

int main(void)
{
	uint64_t whole = LEAST_COST("mv a0, %[address]; ecall", (uint64_t)memory, 0);
	uint64_t without = LEAST_COST("mv a0, %[address]", (uint64_t)memory, 0);

	report_cost("sbi_base_heavy", whole - without, SHORT_REPETITIONS);
	report_end();
}
