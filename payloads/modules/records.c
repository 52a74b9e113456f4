/* Changes PMP entries of the prober and of the firmware. records_test.py lists the records that hv must write. */
#include "payloads/modules/asking.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/quiet.h"

/* The entries cover memory that the guest does not use. */
#define FIRST UINT64_C(0x88000000)
#define SECOND UINT64_C(0x88010000)
#define SIZE 0x1000

#define R 1
#define RW 3
#define RWX 7

static void expect_set(struct ecall_result result)
{
	expect_equal((uint64_t)result.error, 0, "the prober sets the entry");
}

TEST(entries_of_the_prober_and_of_the_firmware_change)
{
	quiet();
	expect_set(probe5(PROBE_PMP_TWO, 0, FIRST, SIZE, RWX, R));
	expect_set(probe5(PROBE_PMP_TWO, 0, FIRST, SIZE, RWX, R)); /* changes nothing, so there is no record */
	expect_set(probe5(PROBE_PMP_TWO, 0, FIRST, SIZE, RWX, 0)); /* only the payload's permission changes */
	expect_set(probe5(PROBE_PMP_TWO, 2, SECOND, SIZE, 0, RWX));
	expect_set(probe5(PROBE_PMP, 1, SECOND + SIZE, SIZE, PROBE_PMP_NAPOT, RW));
	csr_write(pmpaddr3, FIRST >> 2 | (SIZE / 8 - 1));
	csr_write(pmpcfg0, UINT64_C(0x19) << 24);
	expect_set(probe5(PROBE_PMP, 0, 0, 0, PROBE_PMP_OFF, 0));
}
