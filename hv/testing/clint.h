/* A hart with a CLINT that is ordinary memory at the addresses of QEMU's virt board.
 * Included by tests of the timers, each of which has one hart, `vcpu`, after all other headers, because
 * their functions have parameters of this name. Must not depend on what a test checks. */
#ifndef HV_TESTING_CLINT_H
#define HV_TESTING_CLINT_H

#include <sys/mman.h>

#include "hv/device/upcalls.h"
#include "hv/device/vclint.h"
#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

#define BASE 0x2000000ull
#define MTIMECMP (BASE + 0x4000)
#define MTIME (BASE + 0xbff8)
#define NEVER (~0ull)

static struct vcpu vcpu;

/* These functions replace the functions of hv/core that the virtual CLINT calls. */
struct vcpu *vclint_owner(uint64_t address)
{
	return (address & ~7ull) == MTIMECMP ? &vcpu : NULL;
}

void vclint_notify(struct vcpu *target)
{
	vclint_update_timer(target);
}

/* Makes the CLINT's memory accessible. Each test calls it once. */
static inline void map_clint(void)
{
	void *memory = mmap((void *)BASE, 0x10000, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	cr_assert_eq(memory, (void *)BASE);
}

/* Gives the hart the addresses of its registers. */
static inline void assign_clint(void)
{
	vcpu.msip_address = BASE;
	vcpu.timecmp_address = MTIMECMP;
	vcpu.mtime_address = MTIME;
}

#endif
