/* hv's log: whole lines with hart number and level. Any hart may log. All rooms except hv/virt use it.
 * A file defines LOG_NAME before it includes this header; it is the name of a folder, like hv_core, or of a module.
 * The configuration selects a level for each name. A message above that level leaves no instruction and no string in
 * the image. */
#ifndef HV_LOG_LOG_H
#define HV_LOG_LOG_H

#include "hv/config/config.h"

/** Whether lines have colours. hv cannot detect a terminal, so AUTO is the same as NEVER. */
enum log_color { LOG_COLOR_AUTO, LOG_COLOR_ALWAYS, LOG_COLOR_NEVER };

/** Severity of a line, from the most to the least severe. */
enum log_level { LOG_LEVEL_ERROR = 1, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE };

/** Prints one line: hart, level, name and text. Never fails. Waits for the console only for a limited time. Any hart
 * may call it; usually through log_error and the other macros below.
 * @param name   name of the folder or module
 * @param format as for printf; format_text lists the conversions. A line longer than 247 characters is cut. */
void log_line(enum log_level level, const char *name, const char *format, ...)
	__attribute__((cold, format(printf, 3, 4)));

/** Prints formatted text without adding anything in front or behind. Tables and dumps use it. The text is written as
 * a whole; if it is longer than 255 characters, it is cut.
 * @param format as for log_line */
void log_text(const char *format, ...) __attribute__((cold, format(printf, 1, 2)));

/** From now on, no hart waits for another one before it writes. Called by panic. */
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
