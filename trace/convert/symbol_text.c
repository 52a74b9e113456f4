/* Reads lists of symbols line by line. A malformed line is an error. A last line without a line break is also an error.
 * Without these checks, nobody would notice that a damaged or truncated list gives wrong names. */
#include "trace/convert/symbol_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_DIGITS 16

/* Advice to a user whose kernel hides the addresses (Documentation/admin-guide/sysctl/kernel.rst, kptr_restrict). */
#define HIDDEN                                                                                                         \
	"all addresses are 0, because the kernel hides them: read /proc/kallsyms as root, and set "                    \
	"kernel.kptr_restrict to 0 or 1 (sysctl)"

static bool is_blank(char letter)
{
	return letter == ' ' || letter == '\t';
}

/** The part of a line that has not been read yet. `end` is the end of the line. */
struct rest {
	const char *at, *end;
};

static void skip_blanks(struct rest *rest)
{
	while (rest->at < rest->end && is_blank(*rest->at))
		rest->at++;
}

/** Takes the next word and the blanks after the word. @return the word's length; 0 at the end of the line */
static size_t take_word(struct rest *rest, const char **word)
{
	*word = rest->at;
	while (rest->at < rest->end && !is_blank(*rest->at))
		rest->at++;

	size_t length = (size_t)(rest->at - *word);

	skip_blanks(rest);
	return length;
}

static enum error read_address(struct rest *rest, uint64_t *address)
{
	const char *word;
	size_t length = take_word(rest, &word);

	*address = 0;
	for (size_t i = 0; i < length; i++) {
		if (!isxdigit((unsigned char)word[i]))
			return error_set(ERROR_DATA, "it does not begin with a hexadecimal address");

		unsigned digit = (unsigned char)tolower((unsigned char)word[i]);

		*address = *address << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	if (!length)
		return error_set(ERROR_DATA, "it does not begin with a hexadecimal address");
	return length > ADDRESS_DIGITS ? error_set(ERROR_DATA, "its address has more than 16 digits") : ERROR_NONE;
}

static enum error read_type(struct rest *rest, char *type)
{
	const char *word;
	size_t length = take_word(rest, &word);

	if (!length)
		return error_set(ERROR_DATA, "it ends after the address: the symbol's type and name are missing");
	*type = word[0];
	if (length != 1 || !isgraph((unsigned char)word[0]))
		return error_set(ERROR_DATA, "the type of the symbol is not one letter");
	return ERROR_NONE;
}

static enum error read_name(struct rest *rest, char name[SYMBOL_TEXT_NAME_BYTES])
{
	const char *word, *module, *more;
	size_t length = take_word(rest, &word), module_length = take_word(rest, &module);

	if (!length)
		return error_set(ERROR_DATA, "it ends after the type: the symbol's name is missing");
	if (module_length && (module[0] != '[' || module[module_length - 1] != ']' || take_word(rest, &more)))
		return error_set(ERROR_DATA, "the name is followed by something other than a module in brackets");
	if (length + module_length + sizeof(" ") > SYMBOL_TEXT_NAME_BYTES)
		return error_set(ERROR_DATA, "the name is too long for a symbol");
	(void)snprintf(name, SYMBOL_TEXT_NAME_BYTES, "%.*s%s%.*s", (int)length, word, module_length ? " " : "",
		       (int)module_length, module);
	return ERROR_NONE;
}

enum error symbol_line_read(const char *line, size_t length, struct symbol_line *symbol)
{
	struct rest rest = { line, line + length };

	if (length && rest.end[-1] == '\r') /* a list that was copied from a console has lines that end with "\r\n" */
		rest.end--;
	if (memchr(line, '\0', length))
		return error_set(ERROR_DATA, "it contains a byte that is 0");
	if (rest.at == rest.end)
		return error_set(ERROR_DATA, "it is empty");
	RETURN_IF_ERROR(read_address(&rest, &symbol->address));
	RETURN_IF_ERROR(read_type(&rest, &symbol->type));
	return read_name(&rest, symbol->name);
}

bool symbol_line_is_function(const struct symbol_line *symbol)
{
	return strchr("tTwW", symbol->type) && !strchr("$.", symbol->name[0]);
}

/** Reads the line at @p line. @param end the line break at its end; NULL if the line has no line break */
static enum error read_line(const char *line, const char *end, struct symbol_line *symbol)
{
	return end ? symbol_line_read(line, (size_t)(end - line), symbol)
		   : error_set(ERROR_DATA, "the text ends in the middle of this line");
}

enum error symbol_text_read(const char *text, size_t size, symbol_text_visit *visit, void *self)
{
	uint64_t lines = 0, functions = 0, addresses = 0;
	struct symbol_line symbol;

	for (const char *line = text, *end; line < text + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		RETURN_IF_ERROR(error_about(read_line(line, end, &symbol), "line %" PRIu64, ++lines));
		addresses |= symbol.address;
		if (!symbol_line_is_function(&symbol))
			continue;
		functions++;
		if (symbol.address)
			RETURN_IF_ERROR(visit(self, symbol.address, symbol.name));
	}
	if (!addresses)
		return error_set(ERROR_DATA, "%s", HIDDEN);
	if (!functions)
		return error_set(ERROR_DATA, "it has no functions: no symbol has the type t, T, w or W");
	return ERROR_NONE;
}
