/* Compares the bytes that proto.h writes with the bytes that the specification of protocol buffers requires. */
#include "trace/convert/proto.h"

#include <criterion/criterion.h>

static size_t length_of(uint64_t value)
{
	uint8_t bytes[PROTO_VARINT_BYTES];
	return (size_t)(proto_varint(bytes, value) - bytes);
}

Test(proto, a_varint_has_one_byte_for_each_seven_bits)
{
	uint8_t bytes[PROTO_VARINT_BYTES];
	cr_expect_eq(length_of(0), 1);
	cr_expect_eq(length_of(127), 1);
	cr_expect_eq(length_of(128), 2);
	cr_expect_eq(length_of(UINT64_MAX), 10);
	proto_varint(bytes, 300);
	cr_expect(bytes[0] == 0xac && bytes[1] == 2);
}

/** Writes a message of @p length bytes, and expects to read back the same length and content. */
static void check_message(size_t length)
{
	static uint8_t buffer[70000];
	uint8_t *content = proto_open(buffer, 1), *at = content;
	for (size_t i = 0; i < length; i++)
		*at++ = (uint8_t)i;
	at = proto_close(content, at);

	const uint8_t *read = buffer;
	cr_assert_eq(*read++, 1 << 3 | PROTO_BYTES);
	size_t decoded = 0;
	for (unsigned shift = 0;; shift += 7) {
		decoded |= (size_t)(*read & 0x7f) << shift;
		if (!(*read++ & 0x80))
			break;
	}
	cr_assert_eq(decoded, length);
	cr_assert_eq(at - read, (ptrdiff_t)length);
	for (size_t i = 0; i < length; i++)
		cr_assert_eq(read[i], (uint8_t)i);
}

Test(proto, the_length_comes_before_a_message_of_any_length)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 129, 16383, 16384, 65000 };
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		check_message(lengths[i]);
}

Test(proto, a_fixed64_field_is_little_endian)
{
	uint8_t bytes[10];
	cr_expect_eq(proto_fixed64(bytes, 47, 0x0102030405060708) - bytes, 10);
	cr_expect(bytes[0] == 0xf9 && bytes[1] == 2 && bytes[2] == 8 && bytes[9] == 1);
}
