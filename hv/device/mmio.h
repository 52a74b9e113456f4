/* Accesses to physical device registers.
 * Used by hv/device only.
 * Must not know what a register means. */
#ifndef HV_DEVICE_MMIO_H
#define HV_DEVICE_MMIO_H

#include <stdint.h>

/** Reads or writes the device register at physical @p address, aligned to its width. */
static inline uint8_t mmio_read8(uint64_t address)
{
	return *(volatile uint8_t *)address;
}

static inline void mmio_write8(uint64_t address, uint8_t value)
{
	*(volatile uint8_t *)address = value;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static inline uint64_t mmio_read64(uint64_t address)
{
	return *(volatile uint64_t *)address;
}

static inline void mmio_write64(uint64_t address, uint64_t value)
{
	*(volatile uint64_t *)address = value;
}

#endif
