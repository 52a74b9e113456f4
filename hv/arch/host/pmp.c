/* PMP of the host's hart. This code is slow but simple, because it checks each byte of an access separately. Tests
 * compare hv's computations for whole ranges with its results. */
#include "hv/arch/csr_number.h"
#include "hv/arch/host_hart.h"

#define CONFIG_A(config) ((config) >> 3 & 3)
#define CONFIG_LOCKED 0x80

enum { MATCH_OFF, MATCH_TOR, MATCH_NA4, MATCH_NAPOT };

/* The number of the lowest address bit that the entry compares. It is log2 of the size of the NAPOT region that pmpaddr
 * @p value encodes (table in 3.7.1.1). */
static unsigned napot_bits(uint64_t value)
{
	unsigned bits = 3;

	for (; value & 1; value >>= 1)
		bits++;
	return bits;
}

static bool byte_matches(const uint8_t *configs, const uint64_t *addresses, uint64_t granule, unsigned entry,
			 uint64_t byte)
{
	uint64_t value = addresses[entry];
	uint64_t below = entry ? addresses[entry - 1] : 0;
	unsigned bits = napot_bits(value);

	switch (CONFIG_A(configs[entry])) {
	case MATCH_TOR:
		return byte / granule >= below * 4 / granule && byte / granule < value * 4 / granule;
	case MATCH_NA4:
		return byte >> 2 == value;
	case MATCH_NAPOT:
		return bits >= 64 || byte >> bits == value >> (bits - 2);
	default:
		return false;
	}
}

bool host_pmp_table_allows(const uint8_t *configs, const uint64_t *addresses, uint64_t granule, unsigned count,
			   unsigned mode, uint64_t address, uint64_t size, enum host_access access)
{
	for (unsigned entry = 0; entry < count; entry++) {
		uint64_t matching = 0;

		for (uint64_t i = 0; i < size; i++)
			matching += byte_matches(configs, addresses, granule, entry, address + i);
		if (matching == 0)
			continue;
		if (matching < size)
			return false;
		if (mode == 3 && !(configs[entry] & CONFIG_LOCKED))
			return true;
		return (configs[entry] & access) == (uint8_t)access;
	}
	return mode == 3 || count == 0;
}

bool host_pmp_allows(unsigned mode, uint64_t address, uint64_t size, enum host_access access)
{
	uint8_t configs[64];
	uint64_t addresses[64];

	for (unsigned i = 0; i < host_hart.pmp_entries; i++) {
		configs[i] = (uint8_t)(host_hart.csr[CSR_pmpcfg + i / 8 * 2].value >> i % 8 * 8);
		addresses[i] = host_csr_read(CSR_pmpaddr + i);
		if (host_hart.pmp_tor_at_zero_matches && CONFIG_A(configs[i]) == MATCH_TOR && addresses[i] == 0 &&
		    (i == 0 || addresses[i - 1] == 0)) {
			configs[i] = (uint8_t)((configs[i] & ~(3 << 3)) | MATCH_NAPOT << 3);
			addresses[i] = ~0ull;
		}
	}
	return host_pmp_table_allows(configs, addresses, host_hart.pmp_granule, host_hart.pmp_entries, mode, address,
				     size, access);
}
