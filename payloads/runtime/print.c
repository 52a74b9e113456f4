/* Formats a line, and sends it to the UART byte by byte. A lock keeps the lines of different harts apart. */
#include "payloads/runtime/print.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "payloads/runtime/uart.h"

/* The lock of the console. A hart takes it with acquire ordering and releases it with release ordering. */
static bool locked;

static void put_number(uint64_t value, unsigned base)
{
	char digits[20];
	unsigned count = 0;
	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count)
		uart_put(digits[--count]);
}

static void put_string(const char *string)
{
	while (*string)
		uart_put(*string++);
}

static void put_signed(int value)
{
	if (value < 0)
		uart_put('-');
	put_number((uint64_t)(value < 0 ? -(int64_t)value : value), 10);
}

static void put_long(char conversion, uint64_t value)
{
	if (conversion == 'x')
		put_string("0x");
	put_number(value, conversion == 'x' ? 16 : 10);
}

/* Prints the next argument. @p format points to the conversion that follows the '%', for example "lx".
 * @return a pointer to the last character of the conversion */
static const char *put_argument(const char *format, va_list *arguments)
{
	switch (*format) {
	case 's':
		put_string(va_arg(*arguments, const char *));
		break;
	case 'd':
		put_signed(va_arg(*arguments, int));
		break;
	case 'u':
		put_number(va_arg(*arguments, unsigned), 10);
		break;
	case 'l':
		put_long(*++format, va_arg(*arguments, uint64_t));
		break;
	default:
		uart_put(*format);
	}
	return format;
}

void print(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	while (__atomic_test_and_set(&locked, __ATOMIC_ACQUIRE))
		;
	for (; *format; format++) {
		if (*format == '%')
			format = put_argument(format + 1, &arguments);
		else
			uart_put(*format);
	}
	__atomic_clear(&locked, __ATOMIC_RELEASE);
	va_end(arguments);
}
