/* hv's log. It prints whole lines with the hart number and the level. Any hart may use it. All folders of hv except
 * hv/virt use it.
 * A file defines LOG_NAME before it includes this header. LOG_NAME is the name of a folder, like hv_core, or the name
 * of a module. The configuration selects a level for each name. If a message is above that level, the image contains no
 * instruction and no string for it. */
#ifndef HV_LOG_LOG_H
#define HV_LOG_LOG_H

#include "hv/config/config.h"

/** Whether lines have colours. hv cannot detect a terminal, so AUTO is the same as NEVER. */
enum log_color { LOG_COLOR_AUTO, LOG_COLOR_ALWAYS, LOG_COLOR_NEVER };

/** Severity of a line, from the most to the least severe. */
enum log_level { LOG_LEVEL_ERROR = 1, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE };

/** Prints one line: hart, level, name and text. Never fails. Waits for the console only for a limited time. Any hart
 * may call it. Most code uses log_error and the other macros below instead.
 * @param name   name of the folder or module
 * @param format as for printf; format_text lists the conversions. If a line is longer than 247 characters, its end is
 * cut off. */
void log_line(enum log_level level, const char *name, const char *format, ...)
	__attribute__((cold, format(printf, 3, 4)));

/** Prints formatted text, and adds nothing before or after it. Tables and dumps use it. It writes the text as a whole.
 * If the text is longer than 255 characters, its end is cut off.
 * @param format as for log_line */
void log_text(const char *format, ...) __attribute__((cold, format(printf, 1, 2)));

/** Text number @p n of @p texts, which contains texts one after another, each with a terminator. Together they are
 * smaller than a table of pointers to texts, because each pointer takes 8 bytes and a relocation. Pure.
 * @param n less than the number of texts; the first text has number 0 */
const char *log_nth(const char *texts, unsigned n) __attribute__((cold));

/** After this call, a hart that writes to the console no longer waits for other harts. Called by panic. */
void log_break_lock(void);

#define LOG_JOIN_(a, b) a##b
#define LOG_JOIN(a, b) LOG_JOIN_(a, b)
#define LOG_STRING_(a) #a
#define LOG_STRING(a) LOG_STRING_(a)

/** Prints a line with LOG_NAME at @p level, unless the configuration excludes that level. */
#define log_at(level, ...)                                                                                             \
	do {                                                                                                           \
		if ((level) <= LOG_JOIN(LOG_LEVEL_, LOG_NAME))                                                         \
			log_line(level, LOG_STRING(LOG_NAME), __VA_ARGS__);                                            \
	} while (0)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_trace(...) log_at(LOG_LEVEL_TRACE, __VA_ARGS__)

#endif
