/* Reads single lines and whole lists of symbols, and tests the messages about lines and lists that are wrong. */
#include "trace/convert/symbol_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "trace/error/testing.h"

static struct symbol_line symbol;

static void expect_line(const char *line, uint64_t address, char type, const char *name)
{
	must_work(symbol_line_read(line, strlen(line), &symbol));
	cr_expect_eq(symbol.address, address, "%s", line);
	cr_expect_eq(symbol.type, type, "%s", line);
	cr_expect_str_eq(symbol.name, name, "%s", line);
}

static void expect_wrong(const char *line, const char *text)
{
	cr_assert_eq(symbol_line_read(line, strlen(line), &symbol), ERROR_DATA, "%s", line);
	cr_expect(strstr(error_message(), text), "%s: %s", line, error_message());
}

Test(symbol_text, a_line_of_system_map_has_an_address_a_type_and_a_name)
{
	expect_line("ffffffff80002000 T _stext", 0xffffffff80002000, 'T', "_stext");
	expect_line("FFFFFFFF80002000 t do_trap.isra.0", 0xffffffff80002000, 't', "do_trap.isra.0");
	expect_line("80 W x", 0x80, 'W', "x");
	expect_line("0000000000000000 A fixed", 0, 'A', "fixed");
}

Test(symbol_text, a_line_of_kallsyms_may_name_a_module)
{
	expect_line("ffffffff02fe2000 t hartscope_read\t[hartscope]", 0xffffffff02fe2000, 't',
		    "hartscope_read [hartscope]");
	expect_line("ffffffff02fe2000 t f [m]  ", 0xffffffff02fe2000, 't', "f [m]");
}

Test(symbol_text, a_carriage_return_at_the_end_is_not_part_of_the_name)
{
	expect_line("80 T x\r", 0x80, 'T', "x");
	expect_line("80 T x [m]\r", 0x80, 'T', "x [m]");
}

Test(symbol_text, each_kind_of_bad_line_has_its_own_message)
{
	static char longest[SYMBOL_TEXT_NAME_BYTES + 16] = "80 T ";

	expect_wrong("", "empty");
	expect_wrong("\r", "empty");
	expect_wrong(" 80 T x", "does not begin with a hexadecimal address");
	expect_wrong("                 U printf", "does not begin with a hexadecimal address");
	expect_wrong("0x80 T x", "does not begin with a hexadecimal address");
	expect_wrong("80g T x", "does not begin with a hexadecimal address");
	expect_wrong("10000000000000000 T x", "more than 16 digits");
	expect_wrong("80", "the symbol's type and name are missing");
	expect_wrong("80 ", "the symbol's type and name are missing");
	expect_wrong("80 x", "the symbol's name is missing");
	expect_wrong("80 T ", "the symbol's name is missing");
	expect_wrong("80 text x", "the type of the symbol is not one letter");
	expect_wrong("80 \x01 x", "the type of the symbol is not one letter");
	expect_wrong("80 T x y", "followed by something other");
	expect_wrong("80 T x [m", "followed by something other");
	expect_wrong("80 T x [m] y", "followed by something other");
	memset(longest + strlen(longest), 'x', sizeof(longest) - 1 - strlen(longest));
	expect_wrong(longest, "too long");
	cr_expect_eq(symbol_line_read("80 T a\0b", 8, &symbol), ERROR_DATA);
	cr_expect(strstr(error_message(), "a byte that is 0"));
}

Test(symbol_text, a_name_is_read_in_full_or_refused)
{
	static char line[SYMBOL_TEXT_NAME_BYTES + 16] = "80 T ";

	for (size_t length = SYMBOL_TEXT_NAME_BYTES - 10; length <= SYMBOL_TEXT_NAME_BYTES; length++) {
		memset(line + 5, 'x', length);
		line[5 + length] = '\0';
		if (symbol_line_read(line, 5 + length, &symbol) == ERROR_NONE)
			cr_expect_str_eq(symbol.name, line + 5);
		else
			cr_expect_geq(length, SYMBOL_TEXT_NAME_BYTES - 1);
	}
}

/* ---- texts ---- */

struct seen {
	unsigned count, most; /* the function see() returns an error when `count` reaches `most` */
	uint64_t address[8];
	char name[8][16];
};

static enum error see(void *self, uint64_t address, const char *name)
{
	struct seen *seen = self;

	seen->address[seen->count] = address;
	(void)snprintf(seen->name[seen->count++], sizeof(seen->name[0]), "%s", name);
	return seen->count < seen->most ? ERROR_NONE : error_no_memory();
}

static struct seen read_text(const char *text, const char *wrong)
{
	struct seen seen = { .most = 8 };
	enum error error = symbol_text_read(text, strlen(text), see, &seen);

	cr_expect_eq(error, *wrong ? ERROR_DATA : ERROR_NONE, "%s: %s", text, error_message());
	if (*wrong)
		cr_expect(strstr(error_message(), wrong), "%s: %s", text, error_message());
	return seen;
}

Test(symbol_text, only_symbols_of_functions_are_read)
{
	struct seen seen =
		read_text("10 T a\n20 t b\n30 W c\n40 w d\n50 D e\n60 b f\n70 T $x\n80 t .L1\n0 T g\n90 A h\n", "");

	cr_expect_eq(seen.count, 4);
	for (unsigned i = 0; i < seen.count; i++) {
		cr_expect_eq(seen.address[i], 0x10 * (i + 1));
		cr_expect_str_eq(seen.name[i], ((const char *[]){ "a", "b", "c", "d" })[i]);
	}
}

Test(symbol_text, the_message_about_a_bad_line_has_its_number)
{
	(void)read_text("10 T a\n20 T b\nz\n", "line 3: it does not begin");
	(void)read_text("10 T a\n\n", "line 2: it is empty");
}

Test(symbol_text, a_truncated_list_is_an_error)
{
	(void)read_text("10 T a\n20 T sched", "line 2: the text ends in the middle of this line");
}

Test(symbol_text, the_message_about_hidden_addresses_says_what_to_do)
{
	struct seen seen = read_text("0000000000000000 T a\n0000000000000000 D b\n", "read /proc/kallsyms as root");

	cr_expect_eq(seen.count, 0);
	(void)read_text("0000000000000000 T a\n", "kptr_restrict");
}

Test(symbol_text, a_list_without_functions_is_an_error)
{
	(void)read_text("10 D a\n20 b c\n", "no functions");
}

Test(symbol_text, reading_ends_when_the_receiver_returns_an_error)
{
	struct seen seen = { .most = 1 };

	cr_expect_eq(symbol_text_read("10 T a\n20 T b\n", 14, see, &seen), ERROR_MEMORY);
	cr_expect_eq(seen.count, 1);
}
