/* Computes what its standard input asks for, so that a test can compare hv/crypto with another implementation. Each line
 * has a name, a message, the size of the pieces in which it is hashed, a key, a salt, an info, and the length of the
 * result. Names are sha256, sha3_512, hmac and hkdf; bytes are in hexadecimal after an x. Prints one result a line. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/crypto/crypto.h"

#define MAX_BYTES 8192

struct bytes {
	uint32_t length;
	uint8_t at[MAX_BYTES];
};

static struct bytes message, key, salt, info, result;

/* Reads x and pairs of hexadecimal digits. */
static bool read(struct bytes *bytes)
{
	static char word[2 * MAX_BYTES + 2];

	if (scanf("%16385s", word) != 1 || word[0] != 'x')
		return false;
	bytes->length = 0;
	for (const char *digits = word + 1; digits[0] && digits[1]; digits += 2) {
		char pair[] = { digits[0], digits[1], 0 };

		bytes->at[bytes->length++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return true;
}

static uint32_t piece(uint32_t done, uint32_t size)
{
	return message.length - done < size ? message.length - done : size;
}

static void compute_sha256(uint32_t size)
{
	struct sha256 hash;

	sha256_init(&hash);
	for (uint32_t done = 0; done < message.length; done += size)
		sha256_update(&hash, message.at + done, piece(done, size));
	sha256_final(&hash, result.at);
}

static void compute_sha3_512(uint32_t size)
{
	struct sha3_512 hash;

	sha3_512_init(&hash);
	for (uint32_t done = 0; done < message.length; done += size)
		sha3_512_update(&hash, message.at + done, piece(done, size));
	sha3_512_final(&hash, result.at);
}

static bool compute(const char *name, uint32_t size)
{
	if (!strcmp(name, "sha256"))
		compute_sha256(size);
	else if (!strcmp(name, "sha3_512"))
		compute_sha3_512(size);
	else if (!strcmp(name, "hmac"))
		hmac_sha3_512(key.at, key.length, message.at, message.length, result.at);
	else
		return hkdf_sha3_512(key.at, key.length, salt.at, salt.length, info.at, info.length, result.at,
				     result.length) == ERROR_NONE;
	return true;
}

int main(void)
{
	char name[16];
	unsigned size;

	while (scanf("%15s", name) == 1) {
		if (!read(&message) || scanf("%u", &size) != 1 || !read(&key) || !read(&salt) || !read(&info) ||
		    scanf("%u", &result.length) != 1 || result.length > MAX_BYTES || !compute(name, size))
			return 1;
		for (uint32_t i = 0; i < result.length; i++)
			printf("%02x", result.at[i]);
		printf("\n");
	}
	return 0;
}
