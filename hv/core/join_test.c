/* Tests which harts may join the boot hart. A thread plays the other hart, and does what boot.S does on it. */
#include "hv/core/join.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "hv/core/core.h"
#include "hv/device/uart.h"
#include "hv/testing/hart.h"

#define OTHER 5
#define LONG (1ull << 31) /* cycles; the boot hart waits for two such steps */

extern _Atomic uint64_t join_turn;

static char console[4096];
static size_t written;

/* Replaces the console of hv/device. */
void uart_write(const char *text, size_t length)
{
	require(written + length < sizeof(console), "the console is full");
	memcpy(console + written, text, length);
	written += length;
}

void boot_error(const char *format, ...)
{
	cr_assert_fail("boot_error: %s", format);
	for (;;)
		;
}

static bool printed(const char *text)
{
	return strstr(console, text) != NULL;
}

/* The boot hart has examined itself. */
static void start(void)
{
	host_hart_reset();
	host_hart.step = 0; /* no time passes */
	machine = (struct machine){ .hv_base = 0x80000000, .hv_size = 0x200000, .ram_count = 1 };
	join_examine();
	memset(console, 0, sizeof(console));
	written = 0;
}

/* The hart OTHER. @p way changes the simulated hart into it. */
static void *other_hart(void *way)
{
	uint64_t id = OTHER;

	while (!atomic_compare_exchange_weak(&join_turn, &id, (uint64_t)JOIN_RUNNING))
		id = OTHER;
	((void (*)(void))way)();
	join_examine();
	atomic_store(&join_turn, (uint64_t)JOIN_DONE);
	return NULL;
}

static bool joins_with(void (*way)(void))
{
	pthread_t thread;

	require(pthread_create(&thread, NULL, other_hart, (void *)way) == 0, "no thread");

	bool allowed = join_allowed(OTHER);

	require(pthread_join(thread, NULL) == 0, "the thread has not ended");
	return allowed;
}

static void is_the_same(void)
{
}

static void is_another(void)
{
	host_hart.csr[CSR_misa].value &= ~MISA('H');
	host_hart.has_zicboz = false;
}

static void has_no_supervisor(void)
{
	host_csr_remove(CSR_satp);
	host_csr_remove(CSR_time);
}

Test(join, the_boot_hart_may_join_without_a_turn, .init = start)
{
	cr_expect(join_allowed(CONFIG_BOOT_HART));
	cr_expect_eq(atomic_load(&join_turn), (uint64_t)JOIN_NOBODY);
	cr_expect_eq(written, 0);
}

Test(join, a_hart_that_is_like_the_boot_hart_may_join, .init = start)
{
	struct machine before = machine;

	cr_expect(joins_with(is_the_same));
	cr_expect_eq(written, 0, "%s", console);
	cr_expect_eq(memcmp(&machine, &before, sizeof(machine)), 0);
}

Test(join, a_hart_that_differs_is_left_out_and_a_line_shows_each_difference, .init = start)
{
	struct machine before = machine;

	cr_expect_not(joins_with(is_another));
	cr_expect(printed("warn hv_core: hart 5 is left out: misa differs: 0x8000000000"), "%s", console);
	cr_expect(printed("hart 5 is left out: Zicboz differs: 0x0, and 0x1 on the boot hart"), "%s", console);
	cr_expect_eq(memcmp(&machine, &before, sizeof(machine)), 0, "the boot hart's own values are back");
}

Test(join, a_hart_without_s_mode_is_left_out_with_one_line, .init = start)
{
	cr_expect_not(joins_with(has_no_supervisor));
	cr_expect_str_eq(strchr(console, '5'), "5 is left out: S-mode differs: 0x0, and 0x1 on the boot hart\r\n");
}

Test(join, a_hart_that_does_not_come_is_left_out_after_a_limited_time_and_cannot_come_later, .init = start)
{
	struct machine before = machine;

	host_hart.step = LONG;
	cr_expect_not(join_allowed(OTHER));
	cr_expect(printed("hart 5 is left out: the device tree names it, but it has not come"), "%s", console);
	cr_expect_eq(memcmp(&machine, &before, sizeof(machine)), 0);
	cr_expect_eq(atomic_load(&join_turn), (uint64_t)JOIN_NOBODY);
}

Test(join, the_time_passes_even_if_the_boot_hart_had_stopped_its_counter, .init = start)
{
	host_hart.step = LONG;
	host_csr_set(CSR_mcountinhibit, COUNTER_CY);
	cr_expect_not(join_allowed(OTHER));
	cr_expect_eq(host_csr_read(CSR_mcountinhibit) & COUNTER_CY, 0);
}
