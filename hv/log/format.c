/* A small printf. It parses one conversion at a time and appends the resulting text to the buffer. It drops characters
 * that do not fit. */
#include "hv/log/format.h"

#include <stdbool.h>
#include <stdint.h>

struct output {
	char *buffer;
	size_t size, length;
};

struct conversion {
	bool zero, left;
	unsigned width, longs;
};

static void put(struct output *output, char character)
{
	if (output->length + 1 < output->size)
		output->buffer[output->length++] = character;
}

static void put_padded(struct output *output, const char *text, unsigned length, struct conversion conversion)
{
	unsigned padding = conversion.width > length ? conversion.width - length : 0;

	for (unsigned i = 0; !conversion.left && i < padding; i++)
		put(output, conversion.zero ? '0' : ' ');
	for (unsigned i = 0; i < length; i++)
		put(output, text[i]);
	for (unsigned i = 0; conversion.left && i < padding; i++)
		put(output, ' ');
}

static void put_number(struct output *output, uint64_t value, unsigned base, bool negative,
		       struct conversion conversion)
{
	char digits[21];
	unsigned first = sizeof(digits);

	do {
		digits[--first] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (negative)
		digits[--first] = '-';
	put_padded(output, digits + first, (unsigned)sizeof(digits) - first, conversion);
}

static const char *parse_conversion(const char *format, struct conversion *conversion)
{
	*conversion = (struct conversion){ 0 };
	for (;; format++) {
		if (*format == '0' && conversion->width == 0)
			conversion->zero = true;
		else if (*format == '-')
			conversion->left = true;
		else if (*format >= '0' && *format <= '9')
			conversion->width = conversion->width * 10 + (unsigned)(*format - '0');
		else if (*format == 'l' || *format == 'z')
			conversion->longs++;
		else
			return format;
	}
}

static void put_string(struct output *output, const char *text, struct conversion conversion)
{
	unsigned length = 0;

	if (text == NULL)
		text = "(null)";
	while (text[length])
		length++;
	conversion.zero = false;
	put_padded(output, text, length, conversion);
}

size_t format_text(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct output output = { buffer, size, 0 };
	struct conversion conversion;

	for (; *format; format++) {
		if (*format != '%') {
			put(&output, *format);
			continue;
		}
		format = parse_conversion(format + 1, &conversion);
		switch (*format) {
		case 'd':
		case 'i': {
			int64_t value = conversion.longs ? va_arg(arguments, int64_t) : va_arg(arguments, int);

			put_number(&output, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0, conversion);
			break;
		}
		case 'u':
		case 'x': {
			uint64_t value = conversion.longs ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned);

			put_number(&output, value, *format == 'x' ? 16 : 10, false, conversion);
			break;
		}
		case 'p':
			put_number(&output, (uintptr_t)va_arg(arguments, void *), 16, false, conversion);
			break;
		case 'c':
			put(&output, (char)va_arg(arguments, int));
			break;
		case 's':
			put_string(&output, va_arg(arguments, const char *), conversion);
			break;
		case '%':
			put(&output, '%');
			break;
		default: /* an unknown or incomplete conversion ends the text */
			buffer[output.length] = '\0';
			return output.length;
		}
	}
	buffer[output.length] = '\0';
	return output.length;
}
