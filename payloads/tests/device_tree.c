/* Tests the device tree that hv passes to the firmware. The tree must not name the extensions and interrupt controllers
 * that hv hides, and it must reserve hv's memory. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/fdt.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/test.h"

#ifndef WIRED_APLICS
#define WIRED_APLICS 0
#endif

struct found {
	unsigned reserved, no_map, names_hidden, isa_strings, extension_lists;
	uint64_t base, size;
};

static const char *const hidden[] = { "h",         "zkr",          "zk",       "sdtrig",    "sdext",     "sscofpmf",
				      "ssaia",     "smaia",        "smepmp",   "smstateen", "ssstateen", "ssnpm",
				      "smnpm",     "smmpm",        "smdbltrp", "ssdbltrp",  "smrnmi",    "zicfilp",
				      "smcntrpmf", "shcounterenw", "sha",      "shgatpa" };

static bool is_hidden(const char *name, unsigned length)
{
	for (unsigned i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		unsigned at = 0;
		while (at < length && hidden[i][at] == name[at])
			at++;
		if (at == length && !hidden[i][at])
			return true;
	}
	return false;
}

/* Counts the hidden extensions in an ISA string such as "rv64imafdch_zicbom". Such a string lists first the extensions
 * with one letter, then the extensions with longer names. */
static unsigned count_hidden_in_string(const char *text)
{
	unsigned count = 0;
	for (text += 4; *text && *text != '_'; text++)
		count += *text == 'h';
	while (*text == '_') {
		const char *name = ++text;
		while (*text && *text != '_')
			text++;
		count += is_hidden(name, (unsigned)(text - name));
	}
	return count;
}

static unsigned count_hidden_in_list(const char *list, unsigned bytes)
{
	unsigned count = 0;
	for (const char *name = list; name < list + bytes;) {
		unsigned length = 0;
		while (name[length])
			length++;
		count += is_hidden(name, length);
		name += length + 1;
	}
	return count;
}

static bool look(const struct fdt_property *property, void *argument)
{
	struct found *found = argument;
	const char *text = (const char *)property->value;
	if (fdt_text_equal(property->name, "riscv,isa")) {
		found->isa_strings++;
		found->names_hidden += count_hidden_in_string(text);
	} else if (fdt_text_equal(property->name, "riscv,isa-extensions")) {
		found->extension_lists++;
		found->names_hidden += count_hidden_in_list(text, property->length);
	}
	if (property->depth != 3 || property->node[0] != 'h' || property->node[1] != 'a')
		return true;
	found->no_map += fdt_text_equal(property->name, "no-map");
	if (fdt_text_equal(property->name, "reg") && property->length == 16) {
		found->reserved++;
		found->base = (uint64_t)fdt_number(property->value) << 32 | fdt_number(property->value + 4);
		found->size = (uint64_t)fdt_number(property->value + 8) << 32 | fdt_number(property->value + 12);
	}
	return true;
}

TEST(s27_the_device_tree_names_no_hidden_extension)
{
	struct found found = { 0 };
	fdt_walk((const void *)harts[0].entry.a1, look, &found);
	expect_equal(found.isa_strings, hart_count(), "each hart has the property riscv,isa");
	expect_equal(found.extension_lists, hart_count(), "each hart has the property riscv,isa-extensions");
	expect_equal(found.names_hidden, 0, "hidden extensions that these properties name");
}

struct controllers {
	unsigned imsics, aplics, clints;
};

static bool has_text(const struct fdt_property *property, const char *text)
{
	const char *at = (const char *)property->value, *end = at + property->length;
	while (at < end) {
		if (fdt_text_equal(at, text))
			return true;
		while (*at++)
			;
	}
	return false;
}

static bool count_controller(const struct fdt_property *property, void *argument)
{
	struct controllers *found = argument;
	if (!fdt_text_equal(property->name, "compatible"))
		return true;
	found->imsics += has_text(property, "riscv,imsics");
	found->aplics += has_text(property, "riscv,aplic");
	found->clints += has_text(property, "riscv,clint0");
	return true;
}

/* The registers of IMSICs are CSRs that hv hides. So hv also hides IMSICs, and APLICs that send MSIs to IMSICs. It does
 * not hide APLICs that are wired to the harts. */
TEST(s27_the_device_tree_names_no_controller_with_hidden_registers)
{
	struct controllers found = { 0 };
	fdt_walk((const void *)harts[0].entry.a1, count_controller, &found);
	expect_equal(found.imsics, 0, "IMSICs");
	expect_equal(found.aplics, WIRED_APLICS, "APLICs, all of them wired to the harts");
	expect_equal(found.clints, 1, "CLINTs");
}

TEST(s33_the_device_tree_reserves_hvs_memory)
{
	struct found found = { 0 };
	const void *fdt = (const void *)harts[0].entry.a1;
	expect(fdt_is_valid(fdt), "a1 points to a device tree");
	fdt_walk(fdt, look, &found);
	expect_equal(found.reserved, 1, "nodes that reserve hv's memory");
	expect_equal(found.no_map, 1, "of these, nodes with the property no-map");
	expect_equal(found.base, 0x80000000, "the address that the node reserves");
	expect_equal(found.size, 0x200000, "the size that the node reserves");
}
