/* The answers to the ecalls of calls.h. A cost is the difference of mcycle, which counts instructions under icount. */
#define LOG_NAME vectors
#include "payloads/crypto/vectors.h"

#include "hv/crypto/crypto.h"
#include "hv/crypto/vectors.h"
#include "payloads/crypto/calls.h"

#define A0 10
#define A1 11
#define A6 16
#define A7 17

static uint8_t bytes[VECTORS_COST_BYTES], result[ED25519_SIGNATURE_BYTES];
static const uint8_t private_key[ED25519_KEY_BYTES] = { 1, 2, 3 };

/* Not inlined, so that HKDF finds the stack empty. */
static __attribute__((noinline)) void run_sha256(uint32_t length)
{
	struct sha256 hash;

	sha256_init(&hash);
	sha256_update(&hash, bytes, length);
	sha256_final(&hash, result);
}

static __attribute__((noinline)) void run_sha3_512(uint32_t length)
{
	struct sha3_512 hash;

	sha3_512_init(&hash);
	sha3_512_update(&hash, bytes, length);
	sha3_512_final(&hash, result);
}

static MUST_CHECK enum error run(enum vectors_cost function, uint32_t length)
{
	switch (function) {
	case COST_SHA256:
		run_sha256(length);
		return ERROR_NONE;
	case COST_SHA3_512:
		run_sha3_512(length);
		return ERROR_NONE;
	case COST_HKDF:
		return hkdf_sha3_512(private_key, sizeof(private_key), "salt", 4, "info", 4, bytes, length);
	case COST_PUBLIC_KEY:
		ed25519_public_key(private_key, result);
		return ERROR_NONE;
	case COST_SIGN:
		ed25519_sign(private_key, bytes, length, result);
		return ERROR_NONE;
	}
	return ERROR_INVALID;
}

static MUST_CHECK enum error cost_of(enum vectors_cost function, uint64_t length, uint64_t *cost)
{
	if (length > sizeof(bytes))
		return ERROR_INVALID;

	uint64_t start = boot_stamp_now().mcycle;

	RETURN_IF_ERROR(run(function, (uint32_t)length));
	*cost = boot_stamp_now().mcycle - start;
	return ERROR_NONE;
}

static uint64_t word_at(const uint8_t *at)
{
	uint64_t word = 0;

	for (unsigned i = 8; i-- > 0;)
		word = word << 8 | at[i];
	return word;
}

static MUST_CHECK enum error read_entropy(uint64_t length, uint64_t *word)
{
	uint8_t entropy[64];

	if (length < 8 || length > sizeof(entropy))
		return ERROR_INVALID;
	RETURN_IF_ERROR(entropy_read(entropy, length));
	*word = word_at(entropy + length - 8);
	return ERROR_NONE;
}

static MUST_CHECK enum error make_key(uint64_t *word)
{
	uint8_t key[ENTROPY_KEY_BYTES];

	RETURN_IF_ERROR(entropy_key(key));
	*word = word_at(key);
	return ERROR_NONE;
}

static MUST_CHECK enum error answer(struct vcpu *vcpu, uint64_t *value)
{
	uint64_t argument = vcpu_reg(vcpu, A0);

	switch (vcpu_reg(vcpu, A6)) {
	case VECTORS_COUNT:
		*value = crypto_vector_count();
		return ERROR_NONE;
	case VECTORS_CHECK:
		if (argument >= crypto_vector_count())
			return ERROR_INVALID;
		*value = crypto_vector_passes((unsigned)argument);
		log_info("%s: %s", crypto_vector_name((unsigned)argument), *value ? "passes" : "differs");
		return ERROR_NONE;
	case VECTORS_COST:
		return cost_of((enum vectors_cost)argument, vcpu_reg(vcpu, A1), value);
	case VECTORS_ENTROPY:
		return read_entropy(argument, value);
	case VECTORS_KEY:
		return make_key(value);
	default:
		return ERROR_INVALID;
	}
}

static int64_t sbi_error(enum error error)
{
	if (error == ERROR_NONE)
		return SBI_SUCCESS;
	return error == ERROR_UNSUPPORTED ? SBI_ERR_NOT_SUPPORTED : SBI_ERR_INVALID_PARAM;
}

enum hook_action vectors_ecall_from_firmware(struct vectors *self, struct hart *hart, struct vcpu *vcpu)
{
	uint64_t value = 0;

	(void)self;
	(void)hart;
	if (vcpu_reg(vcpu, A7) != VECTORS_EID)
		return HOOK_IGNORE;

	enum error error = answer(vcpu, &value);

	sbi_return(vcpu, sbi_error(error), value);
	return HOOK_OVERWRITE;
}
