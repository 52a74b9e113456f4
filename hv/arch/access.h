/* Accesses under a guard (hv/arch/guard.h). hv uses them to access memory on behalf of a guest, and to access physical
 * CSRs that the machine may lack.
 * Called by hv/virt, by boot, and by the code that copies to and from guests. Must not know which guest an access is
 * for, or what the access is for. For accesses to memory, @p status is the value of mstatus during the access. The
 * result is ERROR_TRAPPED if the access trapped. mcause and mtval then describe the trap. An address that is not a
 * multiple of the width traps unless the machine supports misaligned accesses. Each function runs on the calling hart,
 * with interrupts off. */
#ifndef HV_ARCH_ACCESS_H
#define HV_ARCH_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/cold.h"
#include "hv/arch/guard.h"

/** Loads from memory. The loaded value is zero-extended.
 * @param width in bytes: 1, 2, 4 or 8
 * @param value receives the loaded value; undefined after an error */
enum error guarded_load(uint64_t status, uint64_t address, unsigned width, uint64_t *value) MUST_CHECK;

/** Stores the low @p width bytes of @p value (1, 2, 4 or 8) to memory. */
enum error guarded_store(uint64_t status, uint64_t address, unsigned width, uint64_t value) MUST_CHECK;

/** Carries out an AMO with acquire and release order.
 * @param width  in bytes: 4 or 8
 * @param funct5 bits 31-27 of the instruction; must be one of amo_operations
 * @param old    receives the old value in memory, sign-extended; undefined after an error */
enum error guarded_amo(uint64_t status, uint64_t address, unsigned width, unsigned funct5, uint64_t operand,
		       uint64_t *old) MUST_CHECK;

/** Carries out a cbo instruction on the cache block that contains @p address.
 * @param operation enum cbo */
enum error guarded_cbo(uint64_t status, uint64_t address, unsigned operation) MUST_CHECK;

/** Loads a halfword with the rights that an instruction fetch in VS-mode or VU-mode has (hlvx.hu, 8.2.4). The machine
 * must have H.
 * @param address guest virtual address; a multiple of 2
 * @param user    true if the guest was in VU-mode
 * @param value   receives the loaded value; undefined after an error */
enum error guarded_guest_fetch(uint64_t status, uint64_t address, bool user, uint64_t *value) MUST_CHECK;

/** The 64 bits of f register @p index (0-31). mstatus.FS must not be Off. */
uint64_t float_register_read(unsigned index);
/** Sets the 64 bits of f register @p index (0-31). mstatus.FS must not be Off; it becomes Dirty. */
void float_register_write(unsigned index, uint64_t value);

/** Reads a physical CSR under a guard. Interrupts must be off.
 * @param slot an enum csr_slot. For a CSR of a range, it is the slot of the range plus the CSR's position in the range.
 * @return .error is set if the machine does not have the CSR; otherwise .value is the value of the CSR */
COLD struct guarded csr_physical_read(unsigned slot);
/** Writes a physical CSR under a guard. The parameters and .error are the same as for csr_physical_read. A caller may
 * ignore .error if it knows that the CSR exists, or if its absence does not matter. */
COLD struct guarded csr_physical_write(unsigned slot, uint64_t value);

#endif
