/* Accesses under a guard (hv/arch/guard.h): memory on behalf of a guest, and physical CSRs that the machine may lack. In all
 * accesses to memory `status` is the whole mstatus that is in force during the one access, and addresses are aligned to the
 * width; false means that it trapped: mcause and mtval tell why.
 * Called by hv/virt, by boot and by the copies to and from guests. Must not know which guest or why. */
#ifndef HV_ARCH_ACCESS_H
#define HV_ARCH_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/guard.h"

/** Loads @p width (1, 2, 4, 8) bytes from @p address into *@p value, zero-extended. */
bool guarded_load(uint64_t status, uint64_t address, unsigned width, uint64_t *value);

/** Stores the low @p width (1, 2, 4, 8) bytes of @p value at @p address. */
bool guarded_store(uint64_t status, uint64_t address, unsigned width, uint64_t value);

/** Carries out the AMO @p funct5 (its encoding's bits 31-27) of @p width (4, 8) bytes, with acquire and release.
 * @param old the value found, sign-extended */
bool guarded_amo(uint64_t status, uint64_t address, unsigned width, unsigned funct5, uint64_t operand, uint64_t *old);

/** Carries out cbo operation @p operation (enum cbo) on the block of @p address. */
bool guarded_cbo(uint64_t status, uint64_t address, unsigned operation);

/** Loads the halfword at @p address as the virtual-supervisor guest's instruction fetch would (hlvx.hu, 8.2.4).
 * @param user whether the guest was in VU-mode */
bool guarded_guest_fetch(uint64_t status, uint64_t address, bool user, uint64_t *value);

/** Contents of f register @p index (0-31), 64 bits; FS must not be Off. Writing leaves FS Dirty. */
uint64_t float_register_read(unsigned index);
void float_register_write(unsigned index, uint64_t value);

/** Reads and writes the physical CSR of @p slot (an enum csr_slot, plus the distance in a range). Interrupts are off.
 * @return .ok = 0 if the machine does not have it */
COLD struct guarded csr_physical_read(unsigned slot);
COLD struct guarded csr_physical_write(unsigned slot, uint64_t value);

#endif
