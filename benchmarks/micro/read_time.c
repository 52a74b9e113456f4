/* Measures a read of `time` on a machine without that CSR. This is the payload of OpenSBI, which emulates the CSR; with
 * module offload, hv does. Such a machine has no `instret` either, so this guest measures with mtime, of which a tick is 100
 * instructions under icount.
 * Started by start.S in S-mode. Ends the run through the test finisher. */
#include "benchmarks/micro/report.h"

int main(void);

#define READS 100000
#define TICK 100

/* Returns the ticks in which a loop runs that executes @p operation READS times. */
#define TICKS(operation)                                                                                               \
	({                                                                                                             \
		uint64_t begin_, end_, left_ = READS;                                                                  \
		__asm__ volatile("rdtime %[begin]\n"                                                                   \
				 "1:	" operation "\n"                                                               \
				 "	addi %[left], %[left], -1\n"                                                        \
				 "	bnez %[left], 1b\n"                                                                 \
				 "	rdtime %[end]\n"                                                                    \
				 : [begin] "=&r"(begin_), [end] "=&r"(end_), [left] "+&r"(left_)                       \
				 :                                                                                     \
				 : "t0", "s1", "memory");                                                              \
		end_ - begin_;                                                                                         \
	})

int main(void)
{
	uint64_t without = TICKS("");

	report_cost("read_time", TICK * (TICKS("rdtime t0") - without), READS);
	report_cost("read_time_rd_most", TICK * (TICKS("rdtime s1") - without), READS);
	report_end();
}
