/* Writes protocol buffers: varints, tags and length prefixes. The caller makes sure that there is enough memory.
 * Used by the Perfetto converter for each event. Knows nothing of the messages' meaning. */
#ifndef TRACE_CONVERT_PROTO_H
#define TRACE_CONVERT_PROTO_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum proto_wire { PROTO_VARINT = 0, PROTO_FIXED64 = 1, PROTO_BYTES = 2 };

/** A varint has at most this many bytes. */
#define PROTO_VARINT_BYTES 10

/** Writes @p value as a varint at @p at. It takes at most PROTO_VARINT_BYTES. @return the position after the varint */
static inline uint8_t *proto_varint(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

/** Writes the tag of @p field. @return the position after the tag */
static inline uint8_t *proto_tag(uint8_t *at, unsigned field, enum proto_wire wire)
{
	return proto_varint(at, field << 3 | (unsigned)wire);
}

/** Writes a field with an unsigned number, an enum or a bool. @return the position after the field */
static inline uint8_t *proto_uint(uint8_t *at, unsigned field, uint64_t value)
{
	return proto_varint(proto_tag(at, field, PROTO_VARINT), value);
}

/** Writes a fixed64 or double field. @p bits are the 64 bits of its value. @return the position after the field */
static inline uint8_t *proto_fixed64(uint8_t *at, unsigned field, uint64_t bits)
{
	at = proto_tag(at, field, PROTO_FIXED64);
	memcpy(at, &bits, sizeof(bits));
	return at + sizeof(bits);
}

/** Writes @p length bytes as a string or bytes field. @return the position after the field */
static inline uint8_t *proto_bytes(uint8_t *at, unsigned field, const void *bytes, size_t length)
{
	at = proto_varint(proto_tag(at, field, PROTO_BYTES), length);
	memcpy(at, bytes, length);
	return at + length;
}

/** Writes a string field. The terminating 0 is not written. @return the position after the field */
static inline uint8_t *proto_string(uint8_t *at, unsigned field, const char *text)
{
	return proto_bytes(at, field, text, strlen(text));
}

/** Begins a message field, and leaves one byte for the message's length.
 * @return the position where the message's content begins; pass it to proto_close */
static inline uint8_t *proto_open(uint8_t *at, unsigned field)
{
	return proto_tag(at, field, PROTO_BYTES) + 1;
}

/** Ends a message: writes the length of its content in front of the content, which lies from @p content to @p at. If
 * the content has 128 bytes or more, the length takes more than one byte, so the content is moved to make room.
 * @return the position after the message */
static inline uint8_t *proto_close(uint8_t *content, uint8_t *at)
{
	size_t length = (size_t)(at - content);
	if (length < 0x80) {
		content[-1] = (uint8_t)length;
		return at;
	}
	uint8_t prefix[PROTO_VARINT_BYTES];
	size_t more = (size_t)(proto_varint(prefix, length) - prefix) - 1;
	memmove(content + more, content, length);
	memcpy(content - 1, prefix, more + 1);
	return at + more;
}

#endif
