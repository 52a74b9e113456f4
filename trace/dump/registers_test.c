#include "trace/dump/registers.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "trace/error/testing.h"

static const uint64_t ids[] = { 0, 5 };
static const struct hartscope_registers registers[] = { { 0x2000000, 0x2004000, 0x200bff8 },
							{ 0x2000014, 0x2004028, 0x200bff8 } };
static const struct registers_facts facts = {
	.harts = 2, .ids = ids, .registers = registers, .reset_base = 0x100000, .reset_bytes = 0x1000
};

static struct register_names read_text(const char *text)
{
	struct register_names names;

	must_work(registers_read(&names, text, strlen(text)));
	return names;
}

/** Makes the lines of the known registers. The caller frees the text. */
static char *write_text(const struct registers_facts *known)
{
	char *text;

	must_work(registers_text(known, &text));
	return text;
}

static void expect(const struct register_names *names, uint64_t address, const char *name)
{
	const char *found = registers_find(names, address);

	if (!name)
		cr_expect_null(found, "0x%lx: %s", address, found);
	else
		cr_expect(found && strcmp(found, name) == 0, "0x%lx: %s", address, found ? found : "no name");
}

Test(registers, each_register_has_one_line_even_if_harts_share_it)
{
	char *text = write_text(&facts);

	cr_expect_str_eq(text, "register 0x2000000 4 CLINT msip, hart 0\n"
			       "register 0x2004000 8 CLINT mtimecmp, hart 0\n"
			       "register 0x200bff8 8 CLINT mtime\n"
			       "register 0x2000014 4 CLINT msip, hart 5\n"
			       "register 0x2004028 8 CLINT mtimecmp, hart 5\n"
			       "register 0x100000 4096 reset device\n");
	free(text);
}

Test(registers, no_line_is_written_for_a_register_with_an_unknown_address)
{
	static const struct hartscope_registers none[2];
	char *text = write_text(&(struct registers_facts){ .harts = 2, .ids = ids, .registers = none });

	cr_expect_str_eq(text, "");
	free(text);
}

Test(registers, exactly_the_bytes_of_a_register_have_its_name)
{
	char *text = write_text(&facts);
	struct register_names names = read_text(text);

	expect(&names, 0x1fffffc, NULL);
	expect(&names, 0x2000000, "CLINT msip, hart 0");
	expect(&names, 0x2000003, "CLINT msip, hart 0");
	expect(&names, 0x2000004, NULL);
	expect(&names, 0x2000014, "CLINT msip, hart 5");
	expect(&names, 0x200402c, "CLINT mtimecmp, hart 5");
	expect(&names, 0x2004030, NULL);
	expect(&names, 0x200bff8, "CLINT mtime");
	expect(&names, 0x100fff, "reset device");
	expect(&names, 0x101000, NULL);
	expect(&names, 0, NULL);
	expect(&names, UINT64_MAX, NULL);
	registers_release(&names);
	free(text);
}

Test(registers, no_register_is_written_if_the_chunk_has_no_room_for_all_registers)
{
	static struct hartscope_registers many[4096];
	static uint64_t many_ids[4096];

	for (uint64_t i = 0; i < 4096; i++) {
		many_ids[i] = i;
		many[i] = (struct hartscope_registers){ 0x2000000 + 4 * i, 0x3000000 + 8 * i, 0x200bff8 };
	}
	for (uint32_t harts = 1; harts <= 4096; harts *= 2) {
		struct registers_facts crowd = { .harts = harts, .ids = many_ids, .registers = many };
		char *text = write_text(&crowd);

		cr_expect_lt(strlen(text), 49152u);
		cr_expect_eq(*text == '\0', harts > 512, "%u harts: %zu bytes", harts, strlen(text));
		free(text);
	}
}

Test(registers, wrong_lines_and_lines_of_other_kinds_are_skipped)
{
	static const char *const wrong[] = { "register",           "register 10 4 x",
					     "register 0x 4 x",    "register 0x10 x",
					     "register 0x10 4",    "register 0x10 4 ",
					     "register 0x10 0 x",  "register 0xffffffffffffffff 2 x",
					     "register 0x10 -4 x", "event 1 exit 2" };
	struct register_name found;

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct register_names names = read_text(wrong[i]);

		cr_expect_eq(registers_read_line(wrong[i], &found), ERROR_DATA, "%s", wrong[i]);
		cr_expect_eq(names.count, 0, "%s", wrong[i]);
	}

	struct register_names names =
		read_text("event 1 exit 2\nregister 0x10 4 a b\nregister nonsense\nregister 0x20 4 c");

	expect(&names, 0x10, "a b");
	expect(&names, 0x20, "c");
	registers_release(&names);
}

Test(registers, a_long_name_is_cut_and_unprintable_characters_are_replaced)
{
	char line[4 * REGISTERS_NAME_BYTES] = "register 0x10 4 \x01\"\\\x7f";

	memset(line + strlen(line), 'x', sizeof(line) - 1 - strlen(line));

	struct register_names names = read_text(line);
	const char *name = registers_find(&names, 0x10);

	cr_assert(name);
	cr_expect_eq(strlen(name), REGISTERS_NAME_BYTES - 1);
	cr_expect(strncmp(name, "????xxx", 7) == 0, "%s", name);
	registers_release(&names);
}

Test(registers, an_address_with_two_different_names_has_no_name)
{
	struct register_names names =
		read_text("register 0x10 8 a\nregister 0x10 8 b\nregister 0x20 4 same\nregister 0x20 4 same\n"
			  "register 0x30 16 wide\nregister 0x34 4 narrow\nregister 0x3c 4 late\n"
			  "register 0x40 4 apart\n");

	expect(&names, 0x10, NULL);
	expect(&names, 0x20, "same");
	expect(&names, 0x30, NULL);
	expect(&names, 0x34, NULL);
	expect(&names, 0x3c, NULL);
	expect(&names, 0x40, "apart");
	registers_release(&names);
}
