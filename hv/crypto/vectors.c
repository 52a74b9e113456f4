/* The table of test vectors, and their examination. All inputs and results are in hexadecimal. */
#include "hv/crypto/vectors.h"

#include <stddef.h>

#include "hv/crypto/crypto.h"

enum algorithm { SHA256, SHA3_512, HMAC_SHA3_512, HKDF_SHA3_512, ED25519 };

/* One computation with its result. A text that is left out is empty. */
struct vector {
	const char *name;
	enum algorithm algorithm;
	const char *message;
	unsigned times;   /* how often the message is repeated, if not once */
	const char *key;  /* the key, or the secret of HKDF */
	const char *salt; /* for HKDF, like info */
	const char *info;
	const char *expected; /* for Ed25519, the public key and the signature */
};

static const struct vector vectors[] = {
	{ .name = "SHA-256, FIPS 180-4 example, no bytes",
	  .algorithm = SHA256,
	  .expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ .name = "SHA-256, FIPS 180-4 example, abc",
	  .algorithm = SHA256,
	  .message = "616263",
	  .expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ .name = "SHA-256, FIPS 180-4 example, 56 bytes",
	  .algorithm = SHA256,
	  .message = "6162636462636465636465666465666765666768666768696768696a68696a6b696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f"
		     "6d6e6f706e6f7071",
	  .expected = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ .name = "SHA-256, FIPS 180-4 example, 112 bytes",
	  .algorithm = SHA256,
	  .message = "61626364656667686263646566676869636465666768696a6465666768696a6b65666768696a6b6c666768696a6b6c6d"
		     "6768696a6b6c6d6e68696a6b6c6d6e6f696a6b6c6d6e6f706a6b6c6d6e6f70716b6c6d6e6f7071726c6d6e6f70717273"
		     "6d6e6f70717273746e6f707172737475",
	  .expected = "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	{ .name = "SHA-256, FIPS 180-4 example, a million letters a",
	  .algorithm = SHA256,
	  .message = "61616161616161616161616161616161616161616161616161616161616161616161616161616161",
	  .times = 25000,
	  .expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	{ .name = "SHA3-512, FIPS 202 example, no bytes",
	  .algorithm = SHA3_512,
	  .expected = "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558"
		      "f500199d95b6d3e301758586281dcd26" },
	{ .name = "SHA3-512, FIPS 202 example, abc",
	  .algorithm = SHA3_512,
	  .message = "616263",
	  .expected = "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e39340"
		      "57340b4cf408d5a56592f8274eec53f0" },
	{ .name = "SHA3-512, FIPS 202 example, 56 bytes",
	  .algorithm = SHA3_512,
	  .message = "6162636462636465636465666465666765666768666768696768696a68696a6b696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f"
		     "6d6e6f706e6f7071",
	  .expected = "04a371e84ecfb5b8b77cb48610fca8182dd457ce6f326a0fd3d7ec2f1e91636dee691fbe0c985302ba1b0d8dc78c0863"
		      "46b533b49c030d99a27daf1139d6e75e" },
	{ .name = "SHA3-512, FIPS 202 example, 112 bytes",
	  .algorithm = SHA3_512,
	  .message = "61626364656667686263646566676869636465666768696a6465666768696a6b65666768696a6b6c666768696a6b6c6d"
		     "6768696a6b6c6d6e68696a6b6c6d6e6f696a6b6c6d6e6f706a6b6c6d6e6f70716b6c6d6e6f7071726c6d6e6f70717273"
		     "6d6e6f70717273746e6f707172737475",
	  .expected = "afebb2ef542e6579c50cad06d2e578f9f8dd6881d7dc824d26360feebf18a4fa73e3261122948efcfd492e74e82e2189"
		      "ed0fb440d187f382270cb455f21dd185" },
	{ .name = "SHA3-512, FIPS 202 example, a million letters a",
	  .algorithm = SHA3_512,
	  .message = "61616161616161616161616161616161616161616161616161616161616161616161616161616161",
	  .times = 25000,
	  .expected = "3c3a876da14034ab60627c077bb98f7e120a2a5370212dffb3385a18d4f38859ed311d0a9d5141ce9cc5c66ee689b266"
		      "a8aa18ace8282a0e0db596c90b0a7b87" },
	{ .name = "HMAC-SHA3-512, NIST example, key of 64 bytes",
	  .algorithm = HMAC_SHA3_512,
	  .message = "53616d706c65206d65737361676520666f72206b65796c656e3c626c6f636b6c656e",
	  .key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
		 "303132333435363738393a3b3c3d3e3f",
	  .expected = "4efd629d6c71bf86162658f29943b1c308ce27cdfa6db0d9c3ce81763f9cbce5f7ebe9868031db1a8f8eb7b6b95e5c5e"
		      "3f657a8996c86a2f6527e307f0213196" },
	{ .name = "HMAC-SHA3-512, NIST example, key of 72 bytes",
	  .algorithm = HMAC_SHA3_512,
	  .message = "53616d706c65206d65737361676520666f72206b65796c656e3d626c6f636b6c656e",
	  .key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
		 "303132333435363738393a3b3c3d3e3f4041424344454647",
	  .expected = "544e257ea2a3e5ea19a590e6a24b724ce6327757723fe2751b75bf007d80f6b360744bf1b7a88ea585f9765b47911976"
		      "d3191cf83c039f5ffab0d29cc9d9b6da" },
	{ .name = "HMAC-SHA3-512, NIST example, key of 136 bytes",
	  .algorithm = HMAC_SHA3_512,
	  .message = "53616d706c65206d65737361676520666f72206b65796c656e3e626c6f636b6c656e",
	  .key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
		 "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
		 "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687",
	  .expected = "5f464f5e5b7848e3885e49b2c385f0694985d0e38966242dc4a5fe3fea4b37d46b65ceced5dcf59438dd840bab22269f"
		      "0ba7febdb9fcf74602a35666b2a32915" },
	{ .name = "HKDF-SHA3-512 by OpenSSL, inputs of RFC 5869 A.1",
	  .algorithm = HKDF_SHA3_512,
	  .key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	  .salt = "000102030405060708090a0b0c",
	  .info = "f0f1f2f3f4f5f6f7f8f9",
	  .expected = "40e9f17e9bf2ef99425c2b23ccdf20a018ea5513f9ae68e1ea8c626deb57dfa4d56c27ccf2a2a24488a5" },
	{ .name = "HKDF-SHA3-512 by OpenSSL, inputs of RFC 5869 A.2",
	  .algorithm = HKDF_SHA3_512,
	  .key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
		 "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
	  .salt = "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
		  "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	  .info = "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
		  "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	  .expected = "3adf31011245f82cc6b5c3b2ea31fe2a9b855b425c3ecdd8da4a3fc5d0c3563f63bbdedf7ca912d2e98cbc853d978066"
		      "ab177f19a7349e3982549b82a307e2113891691f2536ce45eb5ddf9b5175859ce8d5" },
	{ .name = "HKDF-SHA3-512 by OpenSSL, inputs of RFC 5869 A.3",
	  .algorithm = HKDF_SHA3_512,
	  .key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	  .expected = "38bd71e45b397b775b563365a33258a6fd83abc1e86acf042f0723c2b68ebf073a75c34c69328835ee4c" },
	{ .name = "HKDF-SHA3-512 by OpenSSL, 200 bytes",
	  .algorithm = HKDF_SHA3_512,
	  .key = "0000000000000000000000000000000000000000000000000000000000000000",
	  .salt = "73",
	  .info = "69",
	  .expected = "c85736262cea9fa4760851c69e356a93339ab9dc56edd5bffb12d1efce1f23fe80e0fca4456ca5b59fc67217ee765ab8"
		      "a5444cf212128237598576527c95b04bdd5d95a5b1948c77c10d858e1025bd0d4fef0ab89f84b50282409948294bba4f"
		      "944be7bbc90e673c031f2e2c750ee42c2d94e280868519f7ebe169ee7489ec5b158b989e7cd8c62a3c665428f804ace4"
		      "9f6a95b5f6ed608336b26e223819aba05023f117c177731d60df356e1a1400071a792fa82693fa48a600ad403f3b7810"
		      "9952394da6778237" },
	{ .name = "Ed25519, RFC 8032 test 1",
	  .algorithm = ED25519,
	  .key = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	  .expected =
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511ae5564300c360ac729086e2cc806e828a"
		  "84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ .name = "Ed25519, RFC 8032 test 2",
	  .algorithm = ED25519,
	  .message = "72",
	  .key = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	  .expected =
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c92a009a9f0d4cab8720e820b5f642540"
		  "a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ .name = "Ed25519, RFC 8032 test 3",
	  .algorithm = ED25519,
	  .message = "af82",
	  .key = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	  .expected =
		  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb9115489080256291d657deec24024827e69c3abe01a3"
		  "0ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	{ .name = "Ed25519, RFC 8032 test SHA(abc)",
	  .algorithm = ED25519,
	  .message = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
		     "454d4423643ce80e2a9ac94fa54ca49f",
	  .key = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
	  .expected =
		  "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bfdc2a4459e7369633a52b1bf277839a00"
		  "201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
	{ .name = "Ed25519 by OpenSSL, 1200 bytes",
	  .algorithm = ED25519,
	  .message = "61616161616161616161616161616161616161616161616161616161616161616161616161616161",
	  .key = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	  .times = 30,
	  .expected =
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a371f14ccac7b6a5d28feea4c9151ca30"
		  "3c922da429014bde3cee414cb8f75720f195be9bf176b7476a3638579a717aff18233ba6e3f8aa38c8b17fd078eaa007" },
};

/* Bytes that were written in hexadecimal. */
struct bytes {
	uint32_t length;
	uint8_t at[1200];
};

static struct bytes message, key, salt, info, result;

static uint8_t digit(char letter)
{
	return (uint8_t)(letter <= '9' ? letter - '0' : letter - 'a' + 10);
}

static void read(struct bytes *bytes, const char *text)
{
	bytes->length = 0;
	for (; text && text[0]; text += 2)
		bytes->at[bytes->length++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
}

/* Repeats the message in memory, for a function that takes it in one piece. */
static void repeat_message(unsigned times)
{
	uint32_t length = message.length;

	for (; times > 1; times--)
		for (uint32_t i = 0; i < length; i++)
			message.at[message.length++] = message.at[i];
}

/* Each part of the message is given to the hash in two pieces. */
static void compute_sha256(unsigned times)
{
	uint32_t first = message.length / 3;
	struct sha256 hash;

	sha256_init(&hash);
	for (; times > 0; times--) {
		sha256_update(&hash, message.at, first);
		sha256_update(&hash, message.at + first, message.length - first);
	}
	sha256_final(&hash, result.at);
	result.length = SHA256_BYTES;
}

static void compute_sha3_512(unsigned times)
{
	uint32_t first = message.length / 3;
	struct sha3_512 hash;

	sha3_512_init(&hash);
	for (; times > 0; times--) {
		sha3_512_update(&hash, message.at, first);
		sha3_512_update(&hash, message.at + first, message.length - first);
	}
	sha3_512_final(&hash, result.at);
	result.length = SHA3_512_BYTES;
}

static void compute_ed25519(unsigned times)
{
	repeat_message(times);
	ed25519_public_key(key.at, result.at);
	ed25519_sign(key.at, message.at, message.length, result.at + ED25519_KEY_BYTES);
	result.length = ED25519_KEY_BYTES + ED25519_SIGNATURE_BYTES;
}

/* Computes the result of @p vector. @p length is the length that its result should have. */
static MUST_CHECK enum error compute(const struct vector *vector, uint32_t length)
{
	unsigned times = vector->times ? vector->times : 1;

	switch (vector->algorithm) {
	case SHA256:
		compute_sha256(times);
		break;
	case SHA3_512:
		compute_sha3_512(times);
		break;
	case HMAC_SHA3_512:
		hmac_sha3_512(key.at, key.length, message.at, message.length, result.at);
		result.length = SHA3_512_BYTES;
		break;
	case HKDF_SHA3_512:
		result.length = length;
		return hkdf_sha3_512(key.at, key.length, salt.at, salt.length, info.at, info.length, result.at, length);
	case ED25519:
		compute_ed25519(times);
		break;
	}
	return ERROR_NONE;
}

unsigned crypto_vector_count(void)
{
	return sizeof(vectors) / sizeof(vectors[0]);
}

const char *crypto_vector_name(unsigned i)
{
	return vectors[i].name;
}

bool crypto_vector_passes(unsigned i)
{
	const struct vector *vector = &vectors[i];
	static struct bytes expected;

	read(&message, vector->message);
	read(&key, vector->key);
	read(&salt, vector->salt);
	read(&info, vector->info);
	read(&expected, vector->expected);
	if (compute(vector, expected.length) != ERROR_NONE)
		return false;

	uint8_t difference = 0;

	for (uint32_t n = 0; n < expected.length; n++)
		difference |= (uint8_t)(expected.at[n] ^ result.at[n]);
	return difference == 0 && result.length == expected.length;
}
