/* The physical CLINT of each hart: the hart's machine software interrupt, its machine timer, and the time.
 * Called by the virtual CLINT, by requests between harts, and by boot. Must not know about guests.
 * Source: the SiFive CLINT as on QEMU virt, and ACLINT (MSWI, MTIMER). A machine may have several CLINTs, so boot
 * stores the addresses of each hart's registers in the struct vcpu of that hart. */
#ifndef HV_DEVICE_CLINT_H
#define HV_DEVICE_CLINT_H

#include "hv/device/mmio.h"
#include "hv/virt/vcpu.h"

#define CLINT_MTIMECMP 0x4000
#define CLINT_MTIME 0xbff8

/** Sets or clears the physical machine software interrupt of the hart of @p vcpu. Any hart may call it.
 * @param pending 1 or 0 */
static inline void clint_set_software(const struct vcpu *vcpu, uint32_t pending)
{
	mmio_write32(vcpu->msip_address, pending);
}

/** Physical mtime in ticks, from the CLINT of the hart of @p vcpu. */
static inline uint64_t clint_time(const struct vcpu *vcpu)
{
	return mmio_read64(vcpu->mtime_address);
}

/** Physical mtimecmp of the hart of @p vcpu, in ticks. The timer interrupt is pending while mtime >= mtimecmp. */
static inline uint64_t clint_timecmp(const struct vcpu *vcpu)
{
	return mmio_read64(vcpu->timecmp_address);
}

/** Sets physical mtimecmp of the hart of @p vcpu to @p ticks. */
static inline void clint_set_timecmp(const struct vcpu *vcpu, uint64_t ticks)
{
	mmio_write64(vcpu->timecmp_address, ticks);
}

#endif
