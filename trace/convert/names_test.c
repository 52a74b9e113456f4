#include "trace/convert/names.h"

#include <criterion/criterion.h>
#include <string.h>

static char text[NAMES_BYTES];

Test(names, an_illegal_instruction_is_called_by_what_it_is)
{
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0x34011173)), "csr mscratch");
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0x3b059073)), "csr pmpaddr0");
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0x3ef59073)), "csr pmpaddr63");
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0xb0302573)), "csr mhpmcounter3");
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0x7c002573)), "csr 0x7c0");
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0x30200073)), "mret");
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0x10500073)), "wfi");
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0x12000073)), "sfence.vma");
	cr_expect_str_eq(names_kind(text, names_exit_kind(2, 0xffffffff)), "illegal instruction");
}

Test(names, every_kind_has_a_name_and_a_short_one_without_spaces)
{
	for (unsigned kind = 0; kind < NAMES_KINDS; kind++) {
		cr_assert(*names_kind(text, kind), "kind %u", kind);
		cr_assert_null(strchr(names_kind_short(text, kind), ' '), "kind %u: %s", kind, text);
	}
}

Test(names, exits_are_found_by_name_short_name_and_the_manuals_name)
{
	unsigned kind = names_sbi_kind(0x54494d45, 0);
	cr_expect(names_kind_is(kind, 9, "set_timer"));
	cr_expect(names_kind_is(kind, 9, "ecall set_timer"));
	cr_expect(names_kind_is(kind, 9, "environment_call_from_s_mode"));
	cr_expect(names_kind_is(4, 4, "load_misaligned"));
	cr_expect_not(names_kind_is(4, 4, "set_timer"));
}

static void expect_meant(const char *typed, const char *meant)
{
	struct nearest search;

	nearest_begin(&search, typed);
	names_offer_exits(&search);
	cr_expect_str_eq(search.best, meant, "%s: %s", typed, search.best);
	cr_expect(!*meant || names_exit_exists(search.best), "%s", search.best);
}

Test(names, a_name_with_a_typing_error_leads_to_the_one_that_was_meant)
{
	expect_meant("set_tmier", "set_timer");
	expect_meant("mscrach", "mscratch");
	expect_meant("mrett", "mret");
	expect_meant("load_missaligned", "load_misaligned");
	expect_meant("illegal_instuction", "illegal_instruction");
	expect_meant("enviroment_call_from_s_mode", "environment_call_from_s_mode");
	expect_meant("nothing like it", "");
}

Test(names, modules_are_numbered_from_1_in_the_configurations_order)
{
	const char *config =
		"{\"name\":\"x\",\"modules\":[{\"name\":\"first\",\"hooks\":[\"name\"]},{\"name\":\"second\"}]}";
	cr_expect_str_eq(names_module(text, config, 0), "none");
	cr_expect_str_eq(names_module(text, config, 1), "first");
	cr_expect_str_eq(names_module(text, config, 2), "second");
	cr_expect_str_eq(names_module(text, config, 3), "module 3");
	cr_expect_str_eq(names_module(text, "", 1), "module 1");
}

Test(names, events_of_a_module_have_the_names_that_its_own_entry_lists)
{
	const char *config = "{\"name\":\"x\",\"modules\":[{\"name\":\"first\",\"hooks\":[]},"
			     "{\"name\":\"second\",\"events\":[\"begun\",\"ended\"],\"pmp_first\":1},"
			     "{\"name\":\"third\",\"events\":[]}],\"claims\":[\"breakpoint\"]}";
	cr_expect_str_eq(names_module_event(text, config, 2, 0), "begun");
	cr_expect_str_eq(names_module_event(text, config, 2, 1), "ended");
	cr_expect_str_eq(names_module_event(text, config, 2, 2), "event 2");
	cr_expect_str_eq(names_module_event(text, config, 1, 0), "event 0");
	cr_expect_str_eq(names_module_event(text, config, 3, 0), "event 0");
	cr_expect_str_eq(names_module_event(text, config, 4, 255), "event 255");
	cr_expect_str_eq(names_module_event(text, config, 0, 0), "event 0");
	cr_expect_str_eq(names_module_event(text, "\"modules\":[{\"name\":\"cut\",\"events\":[\"a", 1, 0), "event 0");
}

Test(names, counters_by_world_and_cause_are_named_by_both)
{
	cr_expect_str_eq(names_counter(text, 0x102), "exits_set_timer");
	cr_expect_str_eq(names_counter(text, 0x200 + 2), "firmware_illegal_instruction");
	cr_expect_str_eq(names_counter(text, 0x240 + 32 + 7), "payload_machine_timer_interrupt");
	cr_expect_str_eq(names_counter(text, 0x999), "counter 0x999");
}

Test(names, an_sbi_function_that_is_not_known_is_called_by_its_numbers)
{
	cr_expect_str_eq(names_sbi(text, 0x735049, 0), "send_ipi");
	cr_expect_str_eq(names_sbi(text, 0x01, 99), "legacy_console_putchar");
	cr_expect_str_eq(names_sbi(text, 0xabc, 7), "sbi 0xabc 7");
	cr_expect_eq(names_sbi_kind(0xabc, 7), NAMES_KIND_SBI_OTHER);
}
