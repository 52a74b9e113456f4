/* Compares hv's formatter with the C library's, which supports more conversions. */
#include "hv/log/format.h"

#include <stdio.h>
#include <string.h>

#include "hv/testing/testing.h"

/* Formats the same arguments with both formatters, into buffers of @p size bytes. Ends the test if the texts differ. */
static void __attribute__((format(printf, 2, 3))) compare(size_t size, const char *format, ...)
{
	char ours[256], theirs[256];
	va_list arguments, again;
	size_t length;

	va_start(arguments, format);
	va_copy(again, arguments);
	memset(ours, 0x55, sizeof(ours));
	length = format_text(ours, size, format, arguments);
	(void)vsnprintf(theirs, size, format, again);
	va_end(again);
	va_end(arguments);
	cr_assert_str_eq(ours, theirs, "%s: \"%s\", not \"%s\"", format, ours, theirs);
	cr_assert_eq(length, strlen(theirs), "%s: length %lu", format, length);
	cr_assert_eq(ours[size], 0x55, "%s wrote past its buffer", format);
}

Test(format, numbers_of_all_bases_widths_and_lengths_print_as_in_the_c_library)
{
	static const long numbers[] = {
		0, 1, -1, 9, 10, 123456789, -2147483648, 4294967295, 9223372036854775807, -9223372036854775807 - 1
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		long value = numbers[i];

		compare(200, "%d %i %u %x", (int)value, (int)value, (unsigned)value, (unsigned)value);
		compare(200, "%ld %lu %lx %llx %zu", value, (unsigned long)value, (unsigned long)value,
			(unsigned long long)value, (size_t)value);
		compare(200, "[%12d] [%-12d] [%3u] [%16lx] [%016lx] [%08x]", (int)value, (int)value, (unsigned)value,
			(unsigned long)value, (unsigned long)value, (unsigned)value);
	}
}

Test(format, strings_and_characters_are_padded)
{
	compare(200, "%s|%10s|%-10s|%c%c%%", "abc", "abc", "abc", 'x', 'y');
	compare(200, "%s", "");
	compare(200, "%*s", 0, ""); /* hv does not support this conversion, so it ends the text */
}

Test(format, a_text_is_cut_to_its_buffer_and_always_terminated)
{
	for (size_t size = 1; size < 40; size++)
		compare(size, "hart %u: %s %016lx", 3u, "trap", 0x123456789abcul);
}

static size_t format_simple(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	size_t length = format_text(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}

Test(format, a_pointer_is_hexadecimal_and_a_null_string_prints_null)
{
	char text[64];

	cr_expect_eq(format_simple(text, sizeof(text), "%p %s", (void *)0xabc, (const char *)NULL), 10);
	cr_expect_str_eq(text, "abc (null)");
}

Test(format, formatting_stops_at_an_unknown_conversion)
{
	char text[64];

	cr_expect_eq(format_simple(text, sizeof(text), "ab%qcd"), 2);
	cr_expect_str_eq(text, "ab");
	cr_expect_eq(format_simple(text, sizeof(text), "ab%"), 2);
	cr_expect_str_eq(text, "ab");
}
