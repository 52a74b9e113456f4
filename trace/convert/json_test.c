/* Tests which texts the parser accepts as JSON, and that it reads no text beyond the text's end. */
#include "trace/convert/json.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 64

Test(json, every_kind_of_json_value_is_accepted)
{
	static const char *const good[] = { "{}",
					    "[]",
					    " { } ",
					    "0",
					    "-0.5e+10",
					    "10",
					    "1E3",
					    "true",
					    "[null,false]",
					    "\"\"",
					    "\"a\\\"b\\\\\\u00fF\"",
					    "{\"a\":1}",
					    "{ \"a\" : [ 1 , \"x\" , { } ] , \"b\" : null }\n" };

	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(json_is_value(good[i]), "%s", good[i]);
}

Test(json, text_that_is_not_json_is_refused)
{
	static const char *const bad[] = { "",        " ",        "{",         "}",           "[1,]",     "[,1]",
					   "{\"a\"}", "{\"a\":}", "{a:1}",     "{\"a\":1,}",  "01",       "1.",
					   ".5",      "-",        "+1",        "1e",          "nul",      "nullx",
					   "\"",      "\"\\\"",   "\"\\x\"",   "\"\\u12g4\"", "\"a\nb\"", "[1 2]",
					   "1 2",     "[1]]",     "{\"a\":1]", "{\"a\" 1}" };

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect(!json_is_value(bad[i]), "%s", bad[i]);
}

Test(json, values_nested_deeper_than_64_levels_are_refused)
{
	char text[2 * DEPTH + 3] = "";

	for (unsigned deep = DEPTH - 1; deep <= DEPTH + 1; deep++) {
		memset(text, '[', deep);
		memset(text + deep, ']', deep);
		text[2 * (size_t)deep] = '\0';
		cr_expect_eq(json_is_value(text), deep <= DEPTH, "%u", deep);
	}
}

/** The address sanitizer reports if the parser reads beyond the end. */
Test(json, a_value_cut_anywhere_is_refused_and_not_read_beyond_its_end)
{
	static const char whole[] = "{\"modules\":[{\"name\":\"a\\u0041\",\"events\":[1,-2.5e3]}],\"x\":true}";

	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		char *cut = strndup(whole, size);

		cr_expect(!json_is_value(cut), "%s", cut);
		free(cut);
	}
	cr_expect(json_is_value(whole));
}
