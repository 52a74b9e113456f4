/* Keys from the entropy source. */
#include "hv/arch/entropy.h"
#include "hv/crypto/crypto.h"

enum error entropy_key(uint8_t *key)
{
	struct sha3_512 hash;
	uint8_t bytes[SHA3_512_BYTES];
	enum error error = entropy_read(bytes, sizeof(bytes));

	sha3_512_init(&hash);
	sha3_512_update(&hash, bytes, sizeof(bytes));
	sha3_512_final(&hash, bytes);
	for (unsigned i = 0; i < ENTROPY_KEY_BYTES; i++)
		key[i] = error == ERROR_NONE ? bytes[i] : 0;
	return error;
}
