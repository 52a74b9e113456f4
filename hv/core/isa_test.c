/* Tests which extensions hv hides, and how it removes their names from both lists of extensions in a device tree. */
#include "hv/core/isa.h"

#include <string.h>

#include "hv/testing/testing.h"

static bool hidden(const char *name)
{
	return isa_is_hidden(name, strlen(name));
}

Test(isa, every_extension_that_semantics_27_hides_is_hidden)
{
	static const char *const names[] = { "h",         "zkr",      "zk",           "sdtrig",   "smepmp",
					     "smstateen", "smaia",    "ssaia",        "sscofpmf", "ssstateen",
					     "ssnpm",     "sspm",     "shcounterenw", "sha",      "smrnmi",
					     "smdbltrp",  "ssdbltrp", "smcntrpmf",    "smcsrind", "sscsrind" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect(hidden(names[i]), "%s", names[i]);
}

Test(isa, extensions_that_guests_use_stay_visible)
{
	static const char *const names[] = { "i",       "m",       "a",       "f",       "d",       "c",
					     "v",       "zicsr",   "zicbom",  "zicboz",  "zkn",     "zkt",
					     "zknd",    "zksed",   "sstc",    "svinval", "svpbmt",  "svadu",
					     "svnapot", "zihpm",   "zicntr",  "zawrs",   "ssccptr", "sscounterenw",
					     "sstvala", "sstvecd", "ssu64xl", "s",       "sm",      "sh",
					     "zhinx",   "" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect_not(hidden(names[i]), "%s", names[i]);
}

Test(isa, a_name_is_not_hidden_because_it_begins_like_a_hidden_name)
{
	cr_expect_not(isa_is_hidden("zkr", 1));
	cr_expect_not(hidden("zkrx"));
	cr_expect_not(hidden("ssaiax"));
}

static void expect_string(const char *before, const char *after)
{
	char text[256];

	strcpy(text, before);
	cr_expect_eq(isa_hide_in_string(text, strlen(before) + 1), strlen(after), "length of %s", before);
	cr_expect_str_eq(text, after, "%s becomes %s", before, text);
}

Test(isa, hidden_letters_and_names_are_removed_from_an_isa_string)
{
	expect_string("rv64imafdch_zicbom_smaia_ssaia_sstc", "rv64imafdc_zicbom_sstc");
	expect_string("rv64imafdch", "rv64imafdc");
	expect_string("rv64imafdc", "rv64imafdc");
	expect_string("rv64imafdch_smaia", "rv64imafdc");
	expect_string("rv64imafdc_smepmp_zicsr_smstateen", "rv64imafdc_zicsr");
	expect_string("rv64imafdcvh_zba_zbb_zkr_zkt", "rv64imafdcv_zba_zbb_zkt");
	expect_string("rv64", "rv64");
}

Test(isa, zk_is_replaced_by_its_visible_parts_if_there_is_room)
{
	expect_string("rv64imafdch_zk_smstateen_sscofpmf", "rv64imafdc_zkn_zkt");
	expect_string("rv64ih_zk", "rv64i"); /* no room for the replacement: zk is removed */

	char text[64] = "rv64i_zk";

	cr_expect_eq(isa_hide_in_string(text, sizeof(text)), strlen("rv64i_zkn_zkt"));
	cr_expect_str_eq(text, "rv64i_zkn_zkt");
}

static void expect_list(const char *before, size_t length, const char *after, size_t length_after)
{
	char list[256];

	memcpy(list, before, length);
	cr_expect_eq(isa_hide_in_list(list, length), length_after);
	cr_expect_arr_eq(list, after, length_after);
}

#define LIST(text) text, sizeof(text)

Test(isa, hidden_extensions_are_removed_from_a_list)
{
	expect_list(LIST("i\0m\0h\0smaia\0zicbom"), LIST("i\0m\0zicbom"));
	expect_list(LIST("h\0smaia"), "", 0);
	expect_list(LIST("i\0m"), LIST("i\0m"));
	expect_list("", 0, "", 0);
	expect_list("i\0h\0m", 5, "i\0m", 3); /* the last string has no terminator */
}

Test(isa, exactly_the_hidden_names_are_removed_from_random_lists)
{
	static const char *const names[] = { "i", "h", "zkr", "zicsr", "smaia", "sstc", "ssaia", "shx", "zk", "m" };
	uint64_t seed = 1;

	for (unsigned round = 0; round < 10000; round++) {
		char list[256], want[256];
		size_t length = 0, left = 0;

		for (uint64_t i = random_next(&seed) % 12; i > 0; i--) {
			const char *name = names[random_next(&seed) % 10];

			length += strlen(strcpy(list + length, name)) + 1;
			if (!hidden(name))
				left += strlen(strcpy(want + left, name)) + 1;
		}
		require(isa_hide_in_list(list, length) == left && memcmp(list, want, left) == 0, "round %u", round);
	}
}
