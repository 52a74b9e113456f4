/* Tests the names of exits, modules, events, counters and SBI functions. */
#include "trace/convert/names.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "abi/sbi.h"

static char text[NAMES_BYTES];

/* The lines with which a dump names the registers of devices. */
static const char lines[] = "register 0x2000004 4 CLINT msip, hart 1\nregister 0x200bff8 8 CLINT mtime\n"
			    "register 0x100000 4096 reset device\nregister 0xc000000 4 PLIC claim, hart 0\n";
static struct register_names registers;

static void read_registers(void)
{
	cr_assert_eq(registers_read(&registers, lines, sizeof(lines) - 1), ERROR_NONE);
}

static void drop_registers(void)
{
	registers_release(&registers);
}

static const char *instruction(uint64_t word)
{
	return names_kind(text, names_exit_kind(NAMES_CAUSE_illegal_instruction, word, NULL));
}

Test(names, the_detail_of_an_illegal_instruction_is_its_csr_or_the_instruction)
{
	cr_expect_str_eq(instruction(0x34011173), "illegal_instruction: csr mscratch");
	cr_expect_str_eq(instruction(0x3b059073), "illegal_instruction: csr pmpaddr0");
	cr_expect_str_eq(instruction(0x3ef59073), "illegal_instruction: csr pmpaddr63");
	cr_expect_str_eq(instruction(0xb0302573), "illegal_instruction: csr mhpmcounter3");
	cr_expect_str_eq(instruction(0x7c002573), "illegal_instruction: csr 0x7c0");
	cr_expect_str_eq(instruction(0x30200073), "illegal_instruction: mret");
	cr_expect_str_eq(instruction(0x10500073), "illegal_instruction: wfi");
	cr_expect_str_eq(instruction(0x12000073), "illegal_instruction: sfence.vma");
	cr_expect_str_eq(instruction(0xffffffff), "illegal_instruction");
}

static const char *call_with(uint64_t value)
{
	return names_kind(text, names_exit_kind(NAMES_CAUSE_environment_call_from_s_mode, value, NULL));
}

Test(names, the_detail_of_a_call_that_hv_or_a_module_answered_is_the_sbi_function)
{
	cr_expect_str_eq(call_with(TRACE_CALL(0x54494d45, 0)), "environment_call_from_s_mode: sbi set_timer");
	cr_expect_str_eq(call_with(TRACE_CALL(0, 0)), "environment_call_from_s_mode: sbi legacy_set_timer");
	cr_expect_str_eq(call_with(TRACE_CALL(0x52464e43, 2)),
			 "environment_call_from_s_mode: sbi remote_sfence_vma_asid");
	cr_expect_str_eq(call_with(TRACE_CALL(0xffffffff, 0x7fffffff)), "environment_call_from_s_mode: sbi other");
	cr_expect_str_eq(call_with(0), "environment_call_from_s_mode", "the record does not contain the function");
	cr_expect_str_eq(names_kind(text, names_exit_kind(NAMES_CAUSE_load_page_fault, TRACE_CALL(0x10, 0), NULL)),
			 "load_page_fault", "the value is an address");
}

static const char *access_to(unsigned cause, uint64_t address)
{
	return names_kind(text, names_exit_kind(cause, address, &registers));
}

Test(names, the_detail_of_an_access_fault_is_the_device_register, .init = read_registers, .fini = drop_registers)
{
	cr_expect_str_eq(access_to(NAMES_CAUSE_store_amo_access_fault, 0x2000004),
			 "store_amo_access_fault: CLINT msip");
	cr_expect_str_eq(access_to(NAMES_CAUSE_load_access_fault, 0x200bffc), "load_access_fault: CLINT mtime");
	cr_expect_str_eq(access_to(NAMES_CAUSE_load_access_fault, 0x100000), "load_access_fault: reset device");
	cr_expect_str_eq(access_to(NAMES_CAUSE_load_access_fault, 0xc000000), "load_access_fault",
			 "registers.def does not have this register");
	cr_expect_str_eq(access_to(NAMES_CAUSE_store_amo_access_fault, 0x80000000), "store_amo_access_fault");
	cr_expect_str_eq(access_to(13, 0x2000004), "load_page_fault", "the address is virtual");
}

Test(names, every_kind_has_a_cause_and_a_name_that_no_other_kind_has)
{
	char other[NAMES_BYTES];

	for (unsigned kind = 0; kind < NAMES_KINDS; kind++) {
		cr_assert(names_kind_is(kind, names_kind(text, kind)), "kind %u", kind);
		cr_assert(names_kind_is(kind, names_cause(other, names_kind_cause(kind))), "kind %u", kind);
		cr_assert_eq(strncmp(text, other, strlen(other)), 0, "kind %u: %s, %s", kind, text, other);
		cr_assert(kind < NAMES_KIND_CSR ? names_kind_cause(kind) == kind : *names_kind_detail(other, kind));
	}
}

static void expect_cause(unsigned number, const char *name)
{
	cr_expect_str_eq(names_cause(text, number), name);
	cr_expect(names_kind_is(number, name));
}

Test(names, exactly_the_causes_of_the_list_have_names)
{
	unsigned listed = 0, named = 0;

#define CAUSE(number, name) expect_cause((listed++, number), #name);
#include "abi/causes.def"
	for (unsigned cause = 0; cause < NAMES_KIND_CSR; cause++) {
		names_cause(text, cause);
		named += strncmp(text, "exception_", 10) != 0 && strncmp(text, "interrupt_", 10) != 0;
	}
	cr_expect_eq(named, listed, "%u of %u", named, listed);
}

Test(names, each_index_of_hvs_counters_belongs_to_one_cause)
{
	bool seen[256] = { false };

	for (unsigned index = 0; index < HARTSCOPE_CAUSES; index++) {
		unsigned cause = names_index_cause(index);

		cr_assert_lt(cause, 256);
		cr_expect_eq(names_cause_index(cause), index);
		cr_expect_not(seen[cause], "index %u", index);
		seen[cause] = true;
	}
	cr_expect_eq(names_cause_index(NAMES_CAUSE_illegal_instruction), 2);
	cr_expect_eq(names_cause_index(NAMES_CAUSE_machine_timer_interrupt), HARTSCOPE_CAUSE_INTERRUPT + 7);
}

Test(names, a_cause_with_a_code_that_is_too_large_has_an_index_within_the_counters)
{
	for (unsigned cause = 0; cause < 256; cause++) {
		unsigned index = names_cause_index(cause), code = cause & ~(unsigned)TRACE_CAUSE_INTERRUPT;

		cr_expect_lt(index, HARTSCOPE_CAUSES, "cause %u", cause);
		cr_expect_eq(names_index_cause(index) == cause, code < HARTSCOPE_CAUSE_INTERRUPT, "cause %u", cause);
	}
	cr_expect_str_eq(names_cause(text, 32), "exception_32");
	cr_expect_str_eq(names_cause(text, TRACE_CAUSE_INTERRUPT | 127), "interrupt_127");
}

Test(names, every_sbi_function_of_the_list_has_its_name_and_a_kind)
{
	char name[NAMES_BYTES];
	const char *known[] = {
#define SBI(NAME, fid, name) #name,
#include "abi/sbi.def"
	};

#define SBI(NAME, fid, name) cr_expect_str_eq(names_sbi(text, SBI_EID_##NAME, (fid) < 0 ? 99 : (fid)), "sbi " #name);
#include "abi/sbi.def"
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		(void)snprintf(name, sizeof(name), "sbi %s", known[i]);
		cr_expect_str_eq(names_kind_detail(text, names_sbi_kind(9, i)), name);
	}
	cr_expect_str_eq(names_kind_detail(text, names_sbi_kind(9, sizeof(known) / sizeof(known[0]))), "sbi other");
}

Test(names, an_exit_can_be_named_by_its_cause_its_detail_or_the_last_word_of_the_detail)
{
	unsigned kind = names_sbi_kind(9, names_sbi_function(0x54494d45, 0));

	cr_expect(names_kind_is(kind, "set_timer"));
	cr_expect(names_kind_is(kind, "sbi set_timer"));
	cr_expect(names_kind_is(kind, "environment_call_from_s_mode"));
	cr_expect(names_kind_is(kind, "environment_call_from_s_mode: sbi set_timer"));
	cr_expect_not(names_kind_is(kind, "environment_call_from_u_mode"));
	cr_expect_not(names_kind_is(kind, ""));
	cr_expect(names_kind_is(4, "load_address_misaligned"));
	cr_expect_not(names_kind_is(4, ""));
	cr_expect_not(names_kind_is(4, "set_timer"));
}

static void expect_present(const char *word, const char *present)
{
	const char *found = names_exit_present(word, text);

	cr_expect(found && strcmp(found, present) == 0, "%s: %s, not %s", word, found, present);
}

Test(names, an_earlier_name_is_translated_to_the_present_name)
{
	expect_present("load misaligned", "load_address_misaligned");
	expect_present("load_misaligned", "load_address_misaligned");
	expect_present("ecall from S", "environment_call_from_s_mode");
	expect_present("ecall_from_S", "environment_call_from_s_mode");
	expect_present("illegal instruction", "illegal_instruction");
	expect_present("machine timer", "machine_timer_interrupt");
	expect_present("ecall set_timer", "sbi set_timer");
	expect_present("ecall other", "sbi other");
	cr_expect_null(names_exit_present("ecall nothing", text));
	cr_expect_null(names_exit_present("ecall", text));
	cr_expect_null(names_exit_present("", text));
}

static void expect_old(unsigned number, const char *old)
{
	char name[NAMES_BYTES];

	expect_present(old, names_cause(name, number));
}

Test(names, present_names_stay_the_same_and_every_earlier_name_of_the_list_is_translated)
{
	static const char *const present[] = { "illegal_instruction", "csr mscratch",  "mscratch",    "mret",
					       "CLINT msip",          "sbi set_timer", "exception_24" };

	for (unsigned i = 0; i < sizeof(present) / sizeof(present[0]); i++)
		cr_expect_eq(names_exit_present(present[i], text), present[i], "%s", present[i]);
#define OLD_CAUSE(number, name) expect_old(number, #name);
#include "abi/old_causes.def"
}

Test(names, only_names_of_sbi_functions_count_as_names_of_calls)
{
	cr_expect(names_exit_is_call("set_timer"));
	cr_expect(names_exit_is_call("sbi set_timer"));
	cr_expect_not(names_exit_is_call("environment_call_from_s_mode"));
	cr_expect_not(names_exit_is_call("csr mscratch"));
	cr_expect_not(names_exit_is_call("nothing"));
}

static void expect_meant(const char *typed, const char *meant)
{
	struct nearest search;

	nearest_begin(&search, typed);
	names_offer_exits(&search);
	cr_expect_str_eq(search.best, meant, "%s: %s", typed, search.best);
	cr_expect(!*meant || names_exit_present(search.best, text) == search.best, "%s", search.best);
}

Test(names, for_a_misspelled_name_the_most_similar_name_is_suggested)
{
	expect_meant("set_tmier", "set_timer");
	expect_meant("mscrach", "mscratch");
	expect_meant("mrett", "mret");
	expect_meant("csr mscrach", "csr mscratch");
	expect_meant("load_adress_misaligned", "load_address_misaligned");
	expect_meant("illegal_instuction", "illegal_instruction");
	expect_meant("enviroment_call_from_s_mode", "environment_call_from_s_mode");
	expect_meant("nothing like it", "");
}

Test(names, modules_are_numbered_from_1_in_the_order_of_the_configuration)
{
	const char *config =
		"{\"name\":\"x\",\"modules\":[{\"name\":\"first\",\"hooks\":[\"name\"]},{\"name\":\"second\"}]}";
	cr_expect_str_eq(names_module(text, config, 0), "none");
	cr_expect_str_eq(names_module(text, config, 1), "first");
	cr_expect_str_eq(names_module(text, config, 2), "second");
	cr_expect_str_eq(names_module(text, config, 3), "module 3");
	cr_expect_str_eq(names_module(text, "", 1), "module 1");
}

Test(names, a_modules_events_have_the_names_in_its_entry_of_the_configuration)
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

Test(names, a_counter_by_world_and_cause_is_named_after_both)
{
	cr_expect_str_eq(names_counter(text, 0x102), "exits_set_timer");
	cr_expect_str_eq(names_counter(text, 0x200 + 2), "firmware_illegal_instruction");
	cr_expect_str_eq(names_counter(text, 0x240 + 32 + 7), "payload_machine_timer_interrupt");
	cr_expect_str_eq(names_counter(text, 0x999), "counter 0x999");
}

Test(names, an_unknown_sbi_function_is_named_by_its_numbers)
{
	cr_expect_str_eq(names_sbi(text, 0x735049, 0), "sbi send_ipi");
	cr_expect_str_eq(names_sbi(text, 0x01, 99), "sbi legacy_console_putchar");
	cr_expect_str_eq(names_sbi(text, 0x48534d, 77), "sbi HSM 77");
	cr_expect_str_eq(names_sbi(text, 0xabc, 7), "sbi 0xabc 7");
	cr_expect_eq(names_sbi_function(0xabc, 7), NAMES_SBI_OTHER);
}
