/* The PLICs as the firmware sees them when a module has closed them to it: it may use the contexts of M-mode, and prepare
 * the S-mode context of a hart on which the payload does not run yet.
 * Called by hv/core at boot, and when a PMP entry has stopped an access. Must not know why the PLIC is closed. Only images
 * whose modules name "plic" in `uses` contain it. Source: RISC-V PLIC specification 1.0.0. */
#ifndef HV_DEVICE_VPLIC_H
#define HV_DEVICE_VPLIC_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/virt/emulate.h"
#include "hv/virt/machine.h"

/** The largest number of PLICs. A machine may have one on each chip. */
#define VPLIC_MAX 8

/** Adds a PLIC with its registers at @p registers. A PLIC beyond VPLIC_MAX stays closed. Called at boot. */
COLD void vplic_add(struct memory_range registers);

/** Adds the next context of the PLIC that was added last. Contexts beyond the ones that hv has room for stay closed. Called at
 * boot.
 * @param vcpu        of the hart that the context interrupts; NULL if hv does not run on that hart
 * @param for_machine true if it interrupts M-mode, false if it interrupts S-mode */
COLD void vplic_add_context(const struct vcpu *vcpu, bool for_machine);

/** Whether physical @p address is in the registers of a PLIC. */
bool vplic_contains(uint64_t address);

/** Carries out an access of the firmware to the PLIC.
 * @param vcpu   of the calling hart
 * @param runs   whether the payload runs on this hart, or is suspended there
 * @param access the decoded access; its `value` becomes the result of a load
 * @return ERROR_DENIED if the firmware may not make this access */
COLD enum error vplic_access(const struct vcpu *vcpu, bool runs, struct access *access) MUST_CHECK;

#endif
