/* Accesses to device registers in proofs. This header defines the functions of hv/device/mmio.h that the CLINT uses; the
 * proof has the registers. run_proof.py gives it to all of hv as hv/device/mmio.h. Must not know what a register means. */
#ifndef HV_DEVICE_MMIO_H
#define HV_DEVICE_MMIO_H

#include <stdint.h>

uint64_t mmio_read64(uint64_t address);
void mmio_write64(uint64_t address, uint64_t value);
void mmio_write32(uint64_t address, uint32_t value);

#endif
