/* hv's log. It formats each line into a buffer on the stack, and then writes the whole line under a lock, so that lines
 * of two harts never mix. */
#include "hv/log/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/device/uart.h"
#include "hv/log/format.h"

#define LINE_BYTES 256
#define TRIES_MAX 10000000

static _Atomic uint32_t console_taken; /* 1 while a hart writes to the console */
static _Atomic uint32_t lock_broken;   /* panic sets this once; after that, no hart waits for the lock */

void log_break_lock(void)
{
	atomic_store_explicit(&lock_broken, 1, memory_order_relaxed);
}

/* Writes to the console under the lock. If no hart releases the lock for a long time, the hart that holds it has
 * probably stopped working, and this hart writes without the lock. */
static void write_out(const char *text, size_t length)
{
	unsigned tries = 0;

	while (atomic_exchange_explicit(&console_taken, 1, memory_order_acquire) && tries < TRIES_MAX &&
	       !atomic_load_explicit(&lock_broken, memory_order_relaxed)) {
		tries++;
		pause_hint();
	}
	uart_write(text, length);
	atomic_store_explicit(&console_taken, 0, memory_order_release);
}

static const char level_names[][6] = { "", "error", "warn", "info", "debug", "trace" };

/* Escape sequences for terminals. The log uses them only with LOG_COLOR_ALWAYS. hv cannot find out whether a terminal
 * is connected, so LOG_COLOR_AUTO means no colours. */
static const char level_colors[][6] = { "", "\033[31m", "\033[33m", "", "\033[36m", "\033[90m" };

static size_t format_arguments(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	size_t length = format_text(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}

void log_line(enum log_level level, const char *name, const char *format, ...)
{
	char line[LINE_BYTES];
	bool color = CONFIG_LOG_COLOR == LOG_COLOR_ALWAYS;
	size_t room = LINE_BYTES - 8;
	size_t length = format_arguments(line, room, "%shartscope: hart %u %s %s: ", color ? level_colors[level] : "",
					 (unsigned)csr_read(CSR_mhartid), level_names[level], name);
	va_list arguments;

	va_start(arguments, format);
	length += format_text(line + length, room - length, format, arguments);
	va_end(arguments);
	length += format_arguments(line + length, LINE_BYTES - length, "%s\r\n", color ? "\033[0m" : "");
	write_out(line, length);
}

const char *log_nth(const char *texts, unsigned n)
{
	for (; n > 0; n--)
		while (*texts++)
			;
	return texts;
}

void log_text(const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	size_t length = format_text(text, LINE_BYTES, format, arguments);
	va_end(arguments);
	write_out(text, length);
}
