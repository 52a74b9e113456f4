/* Accesses to physical device registers.
 * Used by hv/device only.
 * Must not know the meaning of a register. */
#ifndef HV_DEVICE_MMIO_H
#define HV_DEVICE_MMIO_H

#include <stdint.h>

/** Reads one byte from the device register at physical @p address. */
static inline uint8_t mmio_read8(uint64_t address)
{
	return *(volatile uint8_t *)address;
}

/** Writes one byte to the device register at physical @p address. */
static inline void mmio_write8(uint64_t address, uint8_t value)
{
	*(volatile uint8_t *)address = value;
}

/** Reads 32 bits from the device register at physical @p address, which is a multiple of 4. */
static inline uint32_t mmio_read32(uint64_t address)
{
	return *(volatile uint32_t *)address;
}

/** Writes 32 bits to the device register at physical @p address, which is a multiple of 4. */
static inline void mmio_write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

/** Reads 64 bits from the device register at physical @p address, which is a multiple of 8. */
static inline uint64_t mmio_read64(uint64_t address)
{
	return *(volatile uint64_t *)address;
}

/** Writes 64 bits to the device register at physical @p address, which is a multiple of 8. */
static inline void mmio_write64(uint64_t address, uint64_t value)
{
	*(volatile uint64_t *)address = value;
}

#endif
