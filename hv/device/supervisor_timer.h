/* The payload's timer, for modules that answer the SBI's set_timer. If the machine has Sstc and the firmware has turned it
 * on, the timer is stimecmp. Otherwise hv sets STIP when the deadline has passed, and the physical mtimecmp holds the
 * earlier one of the firmware's deadline and this one (semantics 8).
 * Called by modules, and by the virtual CLINT. Must not know who sets the timer, or why.
 * Only images with a module that has "supervisor_timer" in `uses` have this timer (CONFIG_SUPERVISOR_TIMER). */
#ifndef HV_DEVICE_SUPERVISOR_TIMER_H
#define HV_DEVICE_SUPERVISOR_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/csr.h"
#include "hv/device/clint.h"
#include "hv/virt/machine.h"

/** Whether stimecmp is the payload's timer. Called in the payload world. */
PART_OF_FAST_PATH bool supervisor_timer_is_hardware(void)
{
	return machine.has_menvcfg && (csr_read(CSR_menvcfg) & MENVCFG_STCE);
}

/** The value of supervisor_timecmp without a deadline. */
#define SUPERVISOR_TIMER_OFF (~0ull)

/** The firmware's deadline in ticks: virtual mtimecmp. */
PART_OF_FAST_PATH uint64_t machine_deadline(const struct vcpu *vcpu)
{
	return atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);
}

/** The value for physical mtimecmp, if the firmware's deadline is @p firmware. */
PART_OF_FAST_PATH uint64_t fast_next_deadline(const struct vcpu *vcpu, uint64_t firmware)
{
	if (!CONFIG_SUPERVISOR_TIMER || firmware < vcpu->supervisor_timecmp)
		return firmware;
	return vcpu->supervisor_timecmp;
}

/** Sets the payload's timer on the calling hart, and clears STIP. STIP becomes 1 when mtime reaches the deadline, whichever
 * world then runs; immediately, if it has passed already. The firmware's own timer is not affected. Called in the payload
 * world; may be used in fast paths.
 * @param ticks of mtime; all ones for no deadline */
PART_OF_FAST_PATH void supervisor_timer_set(struct vcpu *vcpu, uint64_t ticks)
{
	/* not defined, so that an image cannot be linked if one of its modules lacks "supervisor_timer" in `uses` */
	extern void a_module_lacks_uses_supervisor_timer(void);

	if (!CONFIG_SUPERVISOR_TIMER)
		a_module_lacks_uses_supervisor_timer();
	if (supervisor_timer_is_hardware()) {
		csr_write(CSR_stimecmp, ticks);
		return;
	}
	if (ticks <= clint_time(vcpu)) {
		csr_set(CSR_mip, IP_STI);
		ticks = SUPERVISOR_TIMER_OFF;
	} else {
		csr_clear(CSR_mip, IP_STI);
	}
	vcpu->supervisor_timecmp = ticks;
	clint_set_timecmp(
		vcpu, fast_next_deadline(vcpu, vcpu->machine_timer ? SUPERVISOR_TIMER_OFF : machine_deadline(vcpu)));
}

#endif
