/* Tests the lines that the log writes to the console. */
#include "hv/log/log.h"

#include <string.h>

#include "hv/arch/csr_number.h"
#include "hv/arch/host_hart.h"
#include "hv/device/uart.h"
#include "hv/testing/testing.h"

static char console[4096];
static size_t written;
static unsigned pieces;

/* Replaces the console of hv/device. */
void uart_write(const char *text, size_t length)
{
	require(written + length < sizeof(console), "the console is full");
	memcpy(console + written, text, length);
	written += length;
	pieces++;
}

static void start(void)
{
	host_hart_reset();
	host_hart.csr[CSR_mhartid].value = 3;
	memset(console, 0, sizeof(console));
	written = pieces = 0;
}

Test(log, a_line_contains_hart_level_and_name_and_is_written_in_one_piece, .init = start)
{
	log_line(LOG_LEVEL_WARN, "hv_core", "the firmware uses %u of %u", 8u, 11u);
	cr_expect_eq(pieces, 1);
	cr_expect(strstr(console, "hartscope: hart 3 warn hv_core: the firmware uses 8 of 11"), "%s", console);
	cr_expect_eq(strcmp(console + written - 2, "\r\n"), 0);
}

Test(log, a_text_is_found_by_its_number)
{
	static const char texts[] = "hv\0\0firmware\0";

	cr_expect_str_eq(log_nth(texts, 0), "hv");
	cr_expect_str_eq(log_nth(texts, 1), "");
	cr_expect_str_eq(log_nth(texts, 2), "firmware");
}

Test(log, a_long_line_is_cut_and_still_has_a_line_end, .init = start)
{
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_line(LOG_LEVEL_ERROR, "hv_core", "%s", text);
	cr_expect_eq(pieces, 1);
	cr_expect_leq(written, 256);
	cr_expect_geq(written, 200);
	cr_expect_eq(strcmp(console + written - 2, "\r\n"), 0);
}

Test(log, a_text_is_written_unchanged, .init = start)
{
	log_text("%5u|%s\r\n", 42u, "x");
	cr_expect_str_eq(console, "   42|x\r\n");
}

Test(log, lines_are_still_written_after_panic_has_broken_the_lock, .init = start)
{
	log_break_lock();
	log_text("a");
	log_text("b");
	cr_expect_str_eq(console, "ab");
}
