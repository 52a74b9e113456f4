/* hv's log: whole lines with level and hart number, from any hart. Used by all but hv/virt.
 * A file defines LOG_NAME (a folder like hv_core, or a module) before it includes this; configs choose the level of each
 * name, and what is above it leaves no instruction and no string in the image. */
#ifndef HV_LOG_LOG_H
#define HV_LOG_LOG_H

#include "hv/config/config.h"

enum log_color { LOG_COLOR_AUTO, LOG_COLOR_ALWAYS, LOG_COLOR_NEVER };

enum log_level { LOG_LEVEL_ERROR = 1, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE };

/** Prints one line: time, hart, level, @p name, and @p format as printf has it, of %d %i %u %x %c %s %p %% with 0, width,
 * l, ll and z. Lines over 200 characters are cut. Never fails, never blocks for longer than the console needs. */
void log_line(enum log_level level, const char *name, const char *format, ...)
	__attribute__((cold, format(printf, 3, 4)));

/** Prints @p format without a line's head and end, in one piece: tables and dumps. */
void log_text(const char *format, ...) __attribute__((cold, format(printf, 1, 2)));

/** From now on no line waits for another hart's: for panic. */
void log_break_lock(void);

#define LOG_JOIN_(a, b) a##b
#define LOG_JOIN(a, b) LOG_JOIN_(a, b)
#define LOG_STRING_(a) #a
#define LOG_STRING(a) LOG_STRING_(a)

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
