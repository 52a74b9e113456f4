/* Reads numbers from options. strtoull() alone is too tolerant: it accepts blanks, signs, octal numbers, and text after
 * the number. So the characters are checked first. */
#include "trace/dump/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

bool number_read(const char *text, uint64_t *value)
{
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hexadecimal ? text + 2 : text;
	const char *end = digits;

	while (hexadecimal ? isxdigit((unsigned char)*end) : isdigit((unsigned char)*end))
		end++;
	if (end == digits || *end)
		return false;
	errno = 0;
	uint64_t read = strtoull(digits, NULL, hexadecimal ? 16 : 10);
	if (errno)
		return false;
	*value = read;
	return true;
}
