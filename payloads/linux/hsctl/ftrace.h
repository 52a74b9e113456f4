/* Records events of Linux' ftrace into a file beside the dump, so that the host can show them with hv's exits on one time
 * axis.
 * Called by hsctl record, which decides when to begin and when to end. Must not know commands and signals. */
#ifndef HSCTL_FTRACE_H
#define HSCTL_FTRACE_H

#include "payloads/linux/ftrace/save.h"
#include "payloads/linux/hsctl/recording.h"
#include "trace/dump/new_file.h"

/** The file's name is the dump's name with this ending. */
#define FTRACE_ENDING ".ftrace"

/** The events that are recorded if the user names none, as far as the kernel has them: switches and wake-ups of threads,
 * interrupts, timers and IPIs. boot_qemu --ftrace records the same events. */
#define FTRACE_EVENTS "sched:sched_switch,sched:sched_waking,sched:sched_wakeup_new,irq:*,timer:*,ipi:*"

/** ftrace must be emptied at least this often (in ms), so that its buffers do not become full. */
#define FTRACE_PERIOD_MS 250

struct ftrace {
	const char *root; /* the folder of tracefs */
	char *instance;   /* the folder of hsctl's own instance of ftrace; null if there is no recording */
	char *path;       /* the file's name */
	uint64_t number;  /* the number of the next mark that relates the clocks */
	struct new_file out;
	struct save save;
};

/** Makes an instance of ftrace, which has its own buffers and events, so that ftrace's other users are not affected.
 * Records nothing yet. A process that was killed may have left the instance; then makes it anew. After an error, nothing
 * is left, and no other function may be called.
 * @param root   the folder of tracefs; must stay valid until ftrace_close()
 * @param events the events that the user wants: names separated by commas, such as `sched:*` or `sched_switch`. null for
 *               FTRACE_EVENTS. SBI calls are always recorded, because the host computes the clocks' offset from them
 * @param dump   the name of the dump
 * @return ERROR_OPTION if the kernel has no such event, or if @p dump is a pipe or a device; ERROR_SYSTEM if there is no
 *         tracefs, if the user may not use it, if another hsctl records ftrace, or if the file cannot be created;
 *         ERROR_MEMORY */
enum error ftrace_open(struct ftrace *ftrace, const char *root, const char *events, const char *dump) MUST_CHECK;

/** Starts ftrace, and relates its clock to hv's trace. While it does, hv records marks and exits, whatever the mask is.
 * The device must be open for writing. @return ERROR_SYSTEM, or an error of the dump */
enum error ftrace_start(struct ftrace *ftrace, struct recording *recording) MUST_CHECK;

/** Moves the events that were recorded so far to the file. @return ERROR_SYSTEM */
enum error ftrace_take(struct ftrace *ftrace) MUST_CHECK;

/** Relates the clocks again as ftrace_start() does, and stops ftrace. @return as ftrace_start() */
enum error ftrace_stop(struct ftrace *ftrace, struct recording *recording) MUST_CHECK;

/** Writes the rest of the file, and gives it its final name. Call this after ftrace_stop(). @return ERROR_SYSTEM */
enum error ftrace_keep(struct ftrace *ftrace) MUST_CHECK;

/** Removes the instance, and thereby everything that it recorded. Removes the file unless it was kept. */
void ftrace_close(struct ftrace *ftrace);

#endif
