/* Tests machine_has on harts with and without each extension. */
#include "hv/arch/feature.h"

#include <criterion/criterion.h>

#include "hv/arch/csr.h"
#include "hv/arch/host_hart.h"
#include "hv/arch/isa.h"

#define FEATURES 7

static uint64_t seed(unsigned read)
{
	return read;
}

/* Makes a hart that has exactly the extensions of @p features. */
static void start(unsigned features)
{
	static const struct {
		enum machine_feature feature;
		char letter;
	} letters[] = { { MACHINE_C, 'C' }, { MACHINE_D, 'D' }, { MACHINE_F, 'F' }, { MACHINE_H, 'H' } };

	host_hart_reset();
	for (unsigned i = 0; i < 4; i++)
		if (!(features & letters[i].feature))
			host_hart.csr[CSR_misa].value &= ~MISA(letters[i].letter);
	if (features & MACHINE_V)
		host_vectors(16);
	if (!(features & MACHINE_SSTC))
		host_csr_remove(CSR_stimecmp);
	if (features & MACHINE_ZKR)
		host_hart.seed = seed;
}

Test(feature, the_answer_is_true_exactly_if_the_hart_has_all_of_them)
{
	for (unsigned features = 0; features < 1u << FEATURES; features++) {
		start(features);
		for (unsigned asked = 0; asked < 1u << FEATURES; asked++)
			cr_assert_eq(machine_has(asked), (features & asked) == asked, "%x of %x", asked, features);
	}
}
