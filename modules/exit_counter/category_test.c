/* Tests the category in which each exit is counted. */
#include "hv/testing/testing.h"
#include "modules/exit_counter/exit_counter.h"

#define RDTIME_A0 0xc0102573
#define READ_CYCLE_A0 0xc0002573

static enum hartscope_category category_of(enum world before, unsigned cause, uint64_t eid, uint32_t instruction)
{
	const struct exit exit = { .before = before, .cause = cause, .eid = eid, .value = instruction };

	return exit_category(&exit);
}

static enum hartscope_category of_payload(unsigned cause, uint64_t eid, uint32_t instruction)
{
	return category_of(WORLD_PAYLOAD, cause, eid, instruction);
}

Test(category, every_exit_of_the_firmware_is_a_firmware_trap)
{
	for (unsigned cause = 0; cause < 64; cause++) {
		cr_expect_eq(category_of(WORLD_FIRMWARE, cause, 0, RDTIME_A0), HARTSCOPE_CATEGORY_FIRMWARE_TRAP);
		cr_expect_eq(category_of(WORLD_FIRMWARE, EXIT_INTERRUPT + cause, 0, 0),
			     HARTSCOPE_CATEGORY_FIRMWARE_TRAP);
	}
}

Test(category, the_sbi_extension_determines_the_category_of_an_ecall_even_if_it_is_legacy)
{
	static const struct {
		uint64_t eid;
		enum hartscope_category category;
	} cases[] = {
		{ 0x54494d45, HARTSCOPE_CATEGORY_SET_TIMER },
		{ 0, HARTSCOPE_CATEGORY_SET_TIMER },
		{ 0x735049, HARTSCOPE_CATEGORY_IPI },
		{ 4, HARTSCOPE_CATEGORY_IPI },
		{ 0x52464e43, HARTSCOPE_CATEGORY_REMOTE_FENCE },
		{ 5, HARTSCOPE_CATEGORY_REMOTE_FENCE },
		{ 6, HARTSCOPE_CATEGORY_REMOTE_FENCE },
		{ 7, HARTSCOPE_CATEGORY_REMOTE_FENCE },
		{ 1, HARTSCOPE_CATEGORY_ECALL },
		{ 2, HARTSCOPE_CATEGORY_ECALL },
		{ 3, HARTSCOPE_CATEGORY_ECALL },
		{ 8, HARTSCOPE_CATEGORY_ECALL },
		{ 0x10, HARTSCOPE_CATEGORY_ECALL },
		{ 0x48534d, HARTSCOPE_CATEGORY_ECALL },
		{ ~0ull, HARTSCOPE_CATEGORY_ECALL },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned cause = CAUSE_ECALL_U; cause <= CAUSE_ECALL_VS; cause++)
			cr_expect_eq(of_payload(cause, cases[i].eid, 0), cases[i].category, "EID %lx", cases[i].eid);
}

Test(category, only_an_instruction_that_reads_time_without_writing_counts_as_a_read_of_time)
{
	cr_expect_eq(of_payload(CAUSE_ILLEGAL, 0, RDTIME_A0), HARTSCOPE_CATEGORY_READ_TIME);
	cr_expect_eq(of_payload(CAUSE_ILLEGAL, 0, READ_CYCLE_A0), HARTSCOPE_CATEGORY_ILLEGAL_INSTRUCTION);
	cr_expect_eq(of_payload(CAUSE_ILLEGAL, 0, RDTIME_A0 | 1 << 15), HARTSCOPE_CATEGORY_ILLEGAL_INSTRUCTION,
		     "csrrs with a source register writes time");
	cr_expect_eq(of_payload(CAUSE_ILLEGAL, 0, 0xc0101573), HARTSCOPE_CATEGORY_ILLEGAL_INSTRUCTION,
		     "csrrw writes time");
	cr_expect_eq(of_payload(CAUSE_ILLEGAL, 0, 0xc0106573), HARTSCOPE_CATEGORY_READ_TIME,
		     "csrrsi with 0 only reads time");
	cr_expect_eq(of_payload(CAUSE_ILLEGAL, 0, 0), HARTSCOPE_CATEGORY_ILLEGAL_INSTRUCTION);
}

Test(category, every_cause_of_the_payload_has_its_category)
{
	for (unsigned cause = 0; cause < 64; cause++) {
		enum hartscope_category want = HARTSCOPE_CATEGORY_OTHER;

		if (cause == 4 || cause == 6)
			want = HARTSCOPE_CATEGORY_MISALIGNED;
		else if (cause == 12 || cause == 13 || cause == 15)
			want = HARTSCOPE_CATEGORY_PAGE_FAULT;
		else if (cause == 1 || cause == 5 || cause == 7)
			want = HARTSCOPE_CATEGORY_ACCESS_FAULT;
		else if (cause == 2)
			want = HARTSCOPE_CATEGORY_ILLEGAL_INSTRUCTION;
		else if (cause >= 8 && cause <= 10)
			want = HARTSCOPE_CATEGORY_SET_TIMER;
		cr_expect_eq(of_payload(cause, 0, 0), want, "cause %u", cause);
		cr_expect_eq(of_payload(EXIT_INTERRUPT + cause, 0, 0), HARTSCOPE_CATEGORY_INTERRUPT);
	}
}
