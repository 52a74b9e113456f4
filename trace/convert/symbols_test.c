/* Tests that functions are found by their addresses in lists of symbols. functions_test.py tests ELF files. */
#include "trace/convert/symbols.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/error/testing.h"

static char path[2][32];

/** Writes @p text to one of two temporary files. @param number 0 or 1, to choose the file. @return the file's path */
static const char *make(unsigned number, const char *text)
{
	(void)snprintf(path[number], sizeof(path[0]), "/tmp/symbols_XXXXXX");

	int file = mkstemp(path[number]);

	cr_assert(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(file);
	return path[number];
}

static void remove_files(void)
{
	for (unsigned i = 0; i < 2; i++)
		if (path[i][0])
			(void)unlink(path[i]);
}

static struct symbols *read_all(const char *paths)
{
	struct symbols *symbols;

	must_work(symbols_read(&symbols, paths));
	return symbols;
}

static void expect(const struct symbols *symbols, uint64_t address, const char *name, uint64_t offset)
{
	uint64_t found_offset = 0;
	const char *found = symbols_find(symbols, address, &found_offset);

	if (!name) {
		cr_expect_null(found, "0x%lx: %s", address, found);
		return;
	}
	cr_assert(found, "0x%lx", address);
	cr_expect_str_eq(found, name);
	cr_expect_eq(found_offset, offset);
}

Test(symbols, a_function_in_a_list_extends_to_the_next_one_or_at_most_for_a_megabyte, .fini = remove_files)
{
	struct symbols *symbols = read_all(make(0, "ffffffff80001000 T second\nffffffff80000000 T first\n"));

	expect(symbols, 0xffffffff7fffffff, NULL, 0);
	expect(symbols, 0xffffffff80000000, "first", 0);
	expect(symbols, 0xffffffff80000fff, "first", 0xfff);
	expect(symbols, 0xffffffff80001000, "second", 0);
	expect(symbols, 0xffffffff80100fff, "second", 0xfffff);
	expect(symbols, 0xffffffff80101000, NULL, 0);
	symbols_close(symbols);
}

Test(symbols, an_address_with_several_names_has_the_first_name_in_the_list, .fini = remove_files)
{
	struct symbols *symbols = read_all(make(0, "10 T real\n10 T _stext\n10 T _text\n20 T end\n"));

	expect(symbols, 0x18, "real", 8);
	symbols_close(symbols);
}

Test(symbols, functions_of_several_files_are_in_one_table, .fini = remove_files)
{
	char both[80];

	(void)make(0, "10 T low\n18 D data\n");
	(void)make(1, "ffffffffffffff00 t high\t[module]\n");
	(void)snprintf(both, sizeof(both), "%s,%s", path[0], path[1]);

	struct symbols *symbols = read_all(both);

	expect(symbols, 0x1c, "low", 0xc);
	expect(symbols, 0xfffffffffffffff0, "high [module]", 0xf0);
	cr_expect_eq(symbols_longest(symbols), strlen("high [module]"));
	symbols_close(symbols);
}

static void expect_refused(const char *text, const char *wrong)
{
	const char *file = make(0, text);
	struct symbols *symbols;

	cr_expect_eq(symbols_read(&symbols, file), ERROR_DATA);
	cr_expect_null(symbols);
	cr_expect(strncmp(error_message(), file, strlen(file)) == 0 && strstr(error_message(), wrong), "%s",
		  error_message());
	(void)unlink(file);
}

Test(symbols, the_message_about_a_file_without_symbols_says_what_the_file_is)
{
	char image[0x40] = "MZ";

	memset(image + 2, 'x', sizeof(image) - 3);
	memcpy(image + 0x38, "RSC\x05", 4);
	image[0x3c] = '\0';
	expect_refused(image, "a bootable kernel image");
	expect_refused("\x1f\x8b\x08", "packed by gzip, and was cut");
	expect_refused("\xfd"
		       "7zXZ",
		       "compressed by xz");
	expect_refused("\x28\xb5\x2f\xfd", "packed by zstd, and was cut");
	expect_refused("\x89HST\r\n", "a dump of a trace");
	expect_refused("hello\n", "neither an ELF file nor a list");
	expect_refused("deadbeef\n", "neither an ELF file nor a list");
	expect_refused("\x7f"
		       "ELF",
		       "ELF");
	expect_refused("", "empty");
	expect_refused("80 T x\n90 T\n", "line 2: it ends after the type");
}

Test(symbols, a_load_address_for_a_list_of_symbols_is_refused, .fini = remove_files)
{
	struct symbols *symbols;
	char moved[64];

	(void)snprintf(moved, sizeof(moved), "%s@0x80000000", make(0, "10 T x\n"));
	cr_expect_eq(symbols_read(&symbols, moved), ERROR_DATA);
	cr_expect(strstr(error_message(), "only an ELF file can have an address after its name"), "%s",
		  error_message());
}
