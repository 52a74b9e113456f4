/* The physical CLINT: machine software interrupts and the machine timer of each hart.
 * Called by the virtual CLINT, by requests between harts and by boot. Must not know of guests.
 * Source: SiFive CLINT as QEMU virt and ACLINT (MSWI, MTIMER) lay it out. */
#ifndef HV_DEVICE_CLINT_H
#define HV_DEVICE_CLINT_H

#include "hv/device/mmio.h"
#include "hv/platform/platform.h"

#define CLINT_MSIP 0x0
#define CLINT_MTIMECMP 0x4000
#define CLINT_MTIME 0xbff8

/** Raises or clears the physical machine software interrupt of hart @p id (mhartid). */
static inline void clint_set_software(uint64_t id, uint32_t pending)
{
	mmio_write32(platform.clint_base + CLINT_MSIP + 4 * id, pending);
}

/** Physical mtime in ticks. */
static inline uint64_t clint_time(void)
{
	return mmio_read64(platform.clint_base + CLINT_MTIME);
}

/** Address of hart @p id's physical mtimecmp; the virtual one has the same. */
static inline uint64_t clint_timecmp_address(uint64_t id)
{
	return platform.clint_base + CLINT_MTIMECMP + 8 * id;
}

/** Physical mtimecmp of hart @p id in ticks; its interrupt is pending while mtime >= mtimecmp. */
static inline uint64_t clint_timecmp(uint64_t id)
{
	return mmio_read64(clint_timecmp_address(id));
}

static inline void clint_set_timecmp(uint64_t id, uint64_t ticks)
{
	mmio_write64(clint_timecmp_address(id), ticks);
}

#endif
