/* Reads of the CSR seed. Each read is guarded, because the hart may lack it. One read gives a state and, in state ES16, 16
 * random bits. */
#include "hv/arch/entropy.h"

#include "hv/arch/csr.h"
#include "hv/arch/guard.h"
#include "hv/arch/isa.h"

/* Reads seed until it has 16 random bits, is dead, or has been read ENTROPY_READS times. */
static MUST_CHECK enum error read_seed(uint64_t *entropy)
{
	for (unsigned i = 0; i < ENTROPY_READS; i++) {
		struct guarded seed = guarded_call(0, seed_thunk, 0, csr_read(CSR_mstatus));

		if (seed.error)
			return ERROR_UNSUPPORTED;
		switch ((enum seed_state)field_get(SEED_OPST, seed.value)) {
		case SEED_ES16:
			*entropy = field_get(SEED_ENTROPY, seed.value);
			return ERROR_NONE;
		case SEED_DEAD:
			return ERROR_NOT_FOUND;
		case SEED_BIST:
		case SEED_WAIT:
			break;
		}
	}
	return ERROR_NOT_FOUND;
}

enum error entropy_read(uint8_t *bytes, size_t length)
{
	enum error error = ERROR_NONE;
	uint64_t entropy = 0;

	for (size_t i = 0; i < length && error == ERROR_NONE; i++) {
		if (i % 2 == 0)
			error = read_seed(&entropy);
		bytes[i] = (uint8_t)(entropy >> i % 2 * 8);
	}
	for (size_t i = 0; i < length && error != ERROR_NONE; i++)
		bytes[i] = 0;
	return error;
}
