/* Tests LOG and READ_COUNTERS, the ecalls that hv answers under the peer EID. Another monitor, from research, defined
 * this EID and its ecalls. The same guest runs as firmware and as payload. */
#include "payloads/runtime/abi.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/test.h"

#define HV_ADDRESS UINT64_C(0x80000000)
#define END_OF_MEMORY UINT64_C(0x90000000)
#define LINE_MAX 160

static uint8_t text[4096];

static void log_error(uint64_t level, uint64_t address, uint64_t length, int64_t error, const char *what)
{
	struct ecall_result result = abi_call(ABI_PEER_EID, HARTSCOPE_PEER_LOG, level, address, length);
	expect_equal((uint64_t)result.error, (uint64_t)error, what);
}

static void log_text(uint64_t level, const char *line)
{
	uint64_t length = 0;
	while (line[length])
		length++;
	log_error(level, (uint64_t)line, length, SBI_SUCCESS, line);
}

TEST(log_has_five_levels)
{
	log_text(1, "a guest's line of level error");
	log_text(2, "a guest's line of level warn");
	log_text(3, "a guest's line of level info");
	log_text(4, "a guest's line of level debug");
	log_text(5, "a guest's line of level trace");
	static const uint64_t levels[] = { 0, 6, UINT64_C(1) << 32 | 3, ~UINT64_C(0) };
	for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		log_error(levels[i], (uint64_t)text, 8, SBI_ERR_INVALID_PARAM, "an unknown level is refused");
}

TEST(log_lines_may_have_any_length)
{
	for (unsigned i = 0; i < sizeof(text); i++)
		text[i] = 'x';
	log_error(3, (uint64_t)text, 0, SBI_SUCCESS, "an empty line");
	log_error(3, 0, 0, SBI_SUCCESS, "an empty line at address 0");
	text[LINE_MAX - 1] = 'y';
	log_error(3, (uint64_t)text, LINE_MAX, SBI_SUCCESS, "a line of the maximum length");
	log_error(3, (uint64_t)text, sizeof(text), SBI_SUCCESS, "a longer line, which hv cuts off");
	log_error(3, (uint64_t)text, ~UINT64_C(0), SBI_SUCCESS, "a line of the largest length that a register holds");
}

TEST(log_reads_only_the_callers_memory)
{
	static const uint64_t places[] = { HV_ADDRESS,       HV_ADDRESS + 0x1fffff, 0x18,
					   UART_ADDRESS,     CLINT_ADDRESS,         END_OF_MEMORY - 4,
					   ~UINT64_C(0) - 3, UINT64_C(1) << 55 };
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		log_error(1, places[i], 8, SBI_ERR_INVALID_ADDRESS, "text outside the caller's memory is refused");
}

TEST(a_log_line_cannot_imitate_another_line)
{
	static const char forged[] = "control\r\nhartscope: \033[31mforged\t\177.";
	log_error(2, (uint64_t)forged, sizeof(forged) - 1, SBI_SUCCESS, "control characters become dots");
}

static void counter_error(uint64_t hart, uint64_t category, int64_t error, const char *what)
{
	struct ecall_result result = abi_call(ABI_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, hart, category, 0);
	expect_equal((uint64_t)result.error, (uint64_t)error, what);
}

TEST(read_counters_accepts_only_existing_harts_and_categories)
{
	for (uint64_t category = 0; category < 24; category++) {
		bool is = category <= HARTSCOPE_CATEGORY_PAGE_FAULT ||
			  (category >= HARTSCOPE_CATEGORY_ECALL && category < HARTSCOPE_CATEGORIES);
		counter_error(0, category, is ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM,
			      is ? "a category of hart 0" : "an unknown category of hart 0");
		counter_error(1, category, is ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM,
			      is ? "a category of hart 1" : "an unknown category of hart 1");
	}
	counter_error(0, ~UINT64_C(0), SBI_ERR_INVALID_PARAM, "the largest category number is refused");
	counter_error(2, 1, SBI_ERR_INVALID_PARAM, "hart 2, which does not exist, is refused");
	counter_error(~UINT64_C(0), 1, SBI_ERR_INVALID_PARAM, "the largest hart number is refused");
}

TEST(other_fids_are_not_supported)
{
	static const uint64_t fids[] = { 3, 5, 6, 64, UINT64_C(1) << 32, ~UINT64_C(0) };
	for (unsigned i = 0; i < sizeof(fids) / sizeof(fids[0]); i++) {
		struct ecall_result result = abi_call(ABI_PEER_EID, fids[i], 0, 0, 0);
		expect_equal((uint64_t)result.error, (uint64_t)SBI_ERR_NOT_SUPPORTED,
			     "an unknown FID is not supported");
	}
}
