/* Tests saving, loading and clearing FP and vector registers on harts with and without them. The simulated hart ends the
 * test if an access would trap, for example because FS is Off. */
#include "hv/arch/extension.h"

#include <criterion/criterion.h>
#include <string.h>

#include "hv/arch/csr.h"
#include "hv/arch/isa.h"
#include "hv/arch/register_file.h"

#define VTYPE_ILL FIELD(63, 1)

static const struct {
	const char *name;
	bool f, d;
	unsigned vector_bytes;
	size_t size;
} harts[] = {
	{ "nothing", false, false, 0, 0 },
	{ "F", true, false, 0, 37 * 8 },
	{ "D", true, true, 0, 37 * 8 },
	{ "D and V, VLEN 128", true, true, 16, 37 * 8 + 32 * 16 },
	{ "D and V, VLEN 1024", true, true, 128, 37 * 8 + 32 * 128 },
	{ "Zve32x", false, false, 8, 37 * 8 + 32 * 8 },
};
#define HARTS (sizeof(harts) / sizeof(harts[0]))

static struct extension_state state;

static void start(unsigned i)
{
	host_hart_reset();
	if (!harts[i].f)
		host_hart.csr[CSR_misa].value &= ~MISA('F');
	if (!harts[i].d)
		host_hart.csr[CSR_misa].value &= ~MISA('D');
	if (harts[i].vector_bytes)
		host_vectors(harts[i].vector_bytes);
	memset(&state, 0xa5, sizeof(state));
}

/* Gives the registers values that depend on @p seed, and FS and VS the value @p seed % 4. */
static void fill(unsigned i, unsigned seed)
{
	for (unsigned n = 0; n < 32 && harts[i].f; n++)
		host_hart.float_registers[n] = (seed * 0x1234567ull << (harts[i].d ? 32 : 0)) + n;
	for (unsigned n = 0; n < 32 * harts[i].vector_bytes; n++)
		host_hart.vector_registers[n] = (uint8_t)(seed * 3 + n * 7);
	host_hart.csr[CSR_fcsr].value = harts[i].f ? seed & 0xff : 0;
	host_hart.csr[CSR_vstart].value = harts[i].vector_bytes ? seed & 7 : 0;
	host_hart.csr[CSR_vcsr].value = harts[i].vector_bytes ? seed % 8 : 0;
	host_hart.csr[CSR_vl].value = harts[i].vector_bytes ? seed % 16 : 0;
	host_hart.csr[CSR_vtype].value = harts[i].vector_bytes ? seed % 64 : 0;
	host_csr_write(CSR_mstatus, field_set(MSTATUS_FS, field_set(MSTATUS_VS, 0, seed % 4), seed / 4 % 4));
}

/* The part of the hart that the functions may use. */
struct registers {
	uint64_t status, csr[5], floats[32];
	uint8_t vectors[32 * HOST_VECTOR_BYTES];
};

static struct registers now(void)
{
	static const unsigned numbers[] = { CSR_fcsr, CSR_vstart, CSR_vcsr, CSR_vl, CSR_vtype };
	struct registers registers = { .status = host_hart.csr[CSR_mstatus].value };

	for (unsigned i = 0; i < 5; i++)
		registers.csr[i] = host_hart.csr[numbers[i]].value;
	memcpy(registers.floats, host_hart.float_registers, sizeof(registers.floats));
	memcpy(registers.vectors, host_hart.vector_registers, sizeof(registers.vectors));
	return registers;
}

static bool equal(const struct registers *a, const struct registers *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

Test(extension, the_size_is_what_the_hart_needs)
{
	for (unsigned i = 0; i < HARTS; i++) {
		start(i);
		cr_expect_eq(extension_state_size(), harts[i].size, "%s", harts[i].name);
	}
	start(0);
	host_vectors(HOST_VECTOR_BYTES);
	host_hart.vector_bytes *= 2;
	cr_expect_gt(extension_state_size(), sizeof(struct extension_state));
}

Test(extension, what_is_saved_comes_back_whatever_fs_and_vs_are)
{
	for (unsigned i = 0; i < HARTS; i++)
		for (unsigned seed = 1; seed < 32; seed++) {
			start(i);
			fill(i, seed);

			struct registers before = now();

			extension_state_save(&state);

			struct registers saved = now();

			cr_assert(equal(&saved, &before), "%s: a save changes something", harts[i].name);
			fill(i, seed + 1);
			host_hart.csr[CSR_mstatus].value = before.status;
			extension_state_restore(&state);

			struct registers after = now();

			cr_assert(equal(&after, &before), "%s, %u", harts[i].name, seed);
		}
}

Test(extension, only_the_bytes_of_the_size_are_written)
{
	for (unsigned i = 0; i < HARTS; i++) {
		start(i);
		fill(i, 5);
		extension_state_save(&state);
		for (size_t n = extension_state_size(); n < sizeof(state); n++)
			cr_assert_eq(((const uint8_t *)&state)[n], 0xa5, "%s, byte %zu", harts[i].name, n);
	}
}

Test(extension, clearing_leaves_zeros_and_an_illegal_vtype)
{
	for (unsigned i = 0; i < HARTS; i++) {
		start(i);
		fill(i, 11);

		struct registers wanted = { .status = now().status };

		wanted.csr[4] = harts[i].vector_bytes ? VTYPE_ILL : 0;
		extension_state_clear();

		struct registers after = now();

		cr_expect(equal(&after, &wanted), "%s", harts[i].name);
	}
}
