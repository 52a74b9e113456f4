/* The guest that measures only the ways from the payload to the firmware and back. The operations of the guest `operations`
 * do not work if a module changes the registers at world switches, because there the code of both worlds shares them.
 * Started by start.S on hart 0, in M-mode. */
#include "benchmarks/micro/operations/operations.h"
#include "benchmarks/micro/operations/traps.h"
#include "benchmarks/micro/report.h"

int main(void);

int main(void)
{
	set_up();
	call_in_supervisor_mode(measure_roundtrips);
	report_end();
}
