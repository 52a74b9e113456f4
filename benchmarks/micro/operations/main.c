/* The guest that measures how many instructions each operation of a firmware costs. It prints a line for each figure.
 * Started by start.S on hart 0, in M-mode. One group of operations runs in S-mode, because it measures a payload. */
#include "benchmarks/micro/operations/operations.h"
#include "benchmarks/micro/operations/traps.h"
#include "benchmarks/micro/report.h"

int main(void);

int main(void)
{
	set_up();
	measure_csrs();
	measure_registers();
	measure_others();
	measure_clint();
	measure_mprv();
	measure_traps();
	call_in_supervisor_mode(measure_roundtrips);
	measure_locked();
	measure_counter_csrs();
	report_end();
}
