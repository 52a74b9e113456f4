/* What gcc calls for __builtin_bswap32 and 64 where Zbb is not to be had. The barrier keeps gcc from seeing a byte swap in
 * these too, and calling them for it. */
#include <stdint.h>

uint32_t __bswapsi2(uint32_t value);
uint64_t __bswapdi2(uint64_t value);

uint32_t __bswapsi2(uint32_t value)
{
	uint32_t swapped = 0;

	for (unsigned i = 0; i < sizeof(value); i++) {
		swapped = swapped << 8 | (value & 0xff);
		value >>= 8;
		__asm__ volatile("" : "+r"(swapped));
	}
	return swapped;
}

uint64_t __bswapdi2(uint64_t value)
{
	return (uint64_t)__bswapsi2((uint32_t)value) << 32 | __bswapsi2((uint32_t)(value >> 32));
}
