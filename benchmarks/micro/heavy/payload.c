/* The payload of heavy/firmware.S. In S-mode it measures an SBI call that passes an address, whose memory the firmware
 * reads with the payload's rights. Then it ends the run. */
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
