/* Computes CRC-32C. If the processor has an instruction for CRC-32C, the code uses it. Otherwise, it uses tables, and
 * processes eight bytes at a time. table[lane][byte] is the contribution of a byte to the check sum if `lane` more
 * bytes of the eight follow after it. Thus the eight bytes can be looked up in any order, and the processor can do the
 * look-ups at the same time. */
#include "trace/dump/crc32c.h"

#include <stdbool.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u /* the polynomial of CRC-32C, bit-reversed */
#define LANES 8

static uint32_t table[LANES][256];

/** Fills the tables before main() begins, so that no thread has to wait for them. Constructors without a priority, such as that of
 * frame_sum.c, may need the tables, and run after this one. */
static void __attribute__((constructor(CRC32C_CONSTRUCTOR))) fill_table(void)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][byte] = crc;
	}
	for (unsigned lane = 1; lane < LANES; lane++)
		for (unsigned byte = 0; byte < 256; byte++) {
			uint32_t shorter = table[lane - 1][byte];

			table[lane][byte] = shorter >> 8 ^ table[0][shorter & 0xff];
		}
}

static uint64_t load(const uint8_t *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

uint32_t crc32c_by_table(uint32_t before, const void *data, size_t bytes)
{
	const uint8_t *next = data;
	uint32_t crc = ~before;

	for (; bytes >= LANES; bytes -= LANES, next += LANES) {
		uint64_t word = load(next) ^ crc;

		crc = 0;
		for (unsigned lane = 0; lane < LANES; lane++)
			crc ^= table[LANES - 1 - lane][word >> 8 * lane & 0xff];
	}
	for (; bytes; bytes--)
		crc = crc >> 8 ^ table[0][(crc ^ *next++) & 0xff];
	return ~crc;
}

#ifdef __x86_64__
static bool has_instruction(void)
{
	return __builtin_cpu_supports("sse4.2");
}

static uint32_t __attribute__((target("sse4.2"))) by_instruction(uint32_t before, const void *data, size_t bytes)
{
	const uint8_t *next = data;
	uint64_t crc = (uint32_t)~before;

	for (; bytes >= sizeof(uint64_t); bytes -= sizeof(uint64_t), next += sizeof(uint64_t))
		crc = __builtin_ia32_crc32di(crc, load(next));
	for (; bytes; bytes--)
		crc = __builtin_ia32_crc32qi((uint32_t)crc, *next++);
	return ~(uint32_t)crc;
}
#else
static bool has_instruction(void)
{
	return false;
}

static uint32_t by_instruction(uint32_t before, const void *data, size_t bytes)
{
	return crc32c_by_table(before, data, bytes);
}
#endif

uint32_t crc32c(uint32_t before, const void *data, size_t bytes)
{
	return has_instruction() ? by_instruction(before, data, bytes) : crc32c_by_table(before, data, bytes);
}

void crc32c_registers(uint32_t before, const void *data, size_t bytes, uint32_t *registers)
{
	const uint8_t *next = data;

	for (size_t i = 0; i < bytes; i++) {
		before = before >> 8 ^ table[0][(before ^ next[i]) & 0xff];
		registers[i] = before;
	}
}

uint32_t crc32c_next_power(uint32_t power)
{
	return power >> 8 ^ table[0][power & 0xff];
}

/* Registers are polynomials over GF(2), with the highest power of x in the lowest bit. The power for n bytes is x^8n, modulo the
 * polynomial of CRC-32C. The instructions of x86 multiply the product by x^33, so there the powers are x^(8n-33). */
#define ONE 0x80000000u
#define EXCESS 33

#ifdef __x86_64__
static bool has_product(void)
{
	return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
}

static uint32_t __attribute__((target("sse4.2,pclmul"))) product_by_instruction(uint32_t a, uint32_t b)
{
	typedef long long pair __attribute__((vector_size(16)));
	pair product = __builtin_ia32_pclmulqdq128((pair){ a, 0 }, (pair){ b, 0 }, 0);

	return (uint32_t)__builtin_ia32_crc32di(0, (uint64_t)product[0]);
}
#else
static bool has_product(void)
{
	return false;
}

static uint32_t product_by_instruction(uint32_t a, uint32_t b)
{
	return a & b; /* never called */
}
#endif

uint32_t crc32c_first_power(void)
{
	uint32_t power = ONE;

	for (unsigned i = 0; has_product() && i < EXCESS; i++) /* divides by x */
		power = power & ONE ? (power ^ POLYNOMIAL) << 1 | 1 : power << 1;
	return power;
}

uint32_t crc32c_multiply(uint32_t before, uint32_t power)
{
	uint32_t product = 0;

	if (has_product())
		return product_by_instruction(before, power);
	for (; before; before <<= 1) {
		product ^= before & ONE ? power : 0;
		power = power >> 1 ^ (power & 1 ? POLYNOMIAL : 0);
	}
	return product;
}
