/* Follows each hart through QEMU's log with a state machine. A hart is in hv, in a guest, or trapped and on the way to
 * hv. An exit begins with a trap that happens outside of hv's code and that is not delegated. The exit ends when the
 * hart leaves hv. A line that does not fit the hart's state shows that the log is incomplete. So such a line is an
 * error, and is not skipped. */
#include "benchmarks/oracle/expected.h"

#include <inttypes.h>

#include "trace/format/slot.h"

#define CAUSE_ILLEGAL 2
#define CAUSE_BITS 0x7f
#define WORD_MRET 0x30200073
#define MSTATUS_MPP_SHIFT 11
#define MODE_USER 0
#define MODE_MACHINE 3

static enum error wrong(const struct expected *expected, const char *what)
{
	return error_set(ERROR_DATA, "line %" PRIu64 ": %s", expected->lines, what);
}

static bool is_delegated(const struct expected_hart *hart, const struct log_line *line)
{
	uint64_t delegation = line->interrupt ? hart->mideleg : hart->medeleg;

	return line->cause < 64 && (delegation >> line->cause & 1);
}

static enum error add_trap(struct expected *expected, struct expected_hart *hart, const struct log_line *line)
{
	bool own = line->epc >= expected->text_start && line->epc < expected->text_end;

	hart->lines++;
	if (own != (hart->place == EXPECTED_IN_HV))
		return wrong(expected, own ? "a trap in hv's text while a guest runs"
					   : "a trap outside of hv's text while hv runs");
	if (own) {
		hart->own++;
		return ERROR_NONE;
	}
	if (hart->place == EXPECTED_TRAPPED)
		return wrong(expected, "a trap that is not delegated did not go to hv");
	if (is_delegated(hart, line)) {
		hart->delegated++;
		return ERROR_NONE;
	}
	hart->open = (struct oracle_exit){
		.pc = line->epc,
		.value = line->tval,
		.place = expected->lines,
		.cause = (uint8_t)((line->interrupt ? TRACE_CAUSE_INTERRUPT : 0) | (line->cause & CAUSE_BITS)),
		.before = hart->world,
	};
	hart->has_open = true;
	hart->place = EXPECTED_TRAPPED;
	return ERROR_NONE;
}

/* Sets the value of an illegal instruction to the word in memory, if the plugin could read it. For some instructions,
 * mostly mret, QEMU 10.0.2 logs the word of an earlier trap, and also writes that word to mtval. */
static void look_at_word(struct expected_hart *hart, const struct log_line *line)
{
	hart->unread += !line->has_word;
	if (!line->has_word || line->word == hart->open.value)
		return;
	hart->open.value = line->word;
	hart->stale++;
	if (line->word != WORD_MRET && hart->stale_others++ == 0)
		hart->stale_other = line->word;
}

static enum error add_enter(struct expected *expected, struct expected_hart *hart, const struct log_line *line)
{
	if (hart->place != EXPECTED_TRAPPED)
		return wrong(expected, "hv was entered without a trap");
	hart->place = EXPECTED_IN_HV;
	if (hart->open.cause == CAUSE_ILLEGAL)
		look_at_word(hart, line);
	return ERROR_NONE;
}

static enum error add_leave(struct expected *expected, struct expected_hart *hart, const struct log_line *line)
{
	unsigned mode = line->mstatus >> MSTATUS_MPP_SHIFT & 3;

	if (mode == MODE_MACHINE && hart->place == EXPECTED_IN_HV && !hart->has_open)
		return ERROR_NONE; /* at boot, hv itself causes traps, to measure how long an exit takes */
	if (hart->place != EXPECTED_IN_HV || mode == MODE_MACHINE)
		return wrong(expected, "hv returned to M-mode, or returned although no trap had entered it");
	/* Only the firmware runs in U-mode without address translation. */
	hart->world = mode == MODE_USER && line->satp == 0 ? TRACE_WORLD_FIRMWARE : TRACE_WORLD_PAYLOAD;
	hart->medeleg = line->medeleg;
	hart->mideleg = line->mideleg;
	hart->place = EXPECTED_IN_GUEST;
	if (!hart->has_open)
		return ERROR_NONE;
	hart->has_open = false;
	hart->open.after = hart->world;
	return exit_list_add(&hart->exits, &hart->open);
}

enum error expected_add(struct expected *expected, const char *text)
{
	struct log_line line;

	expected->lines++;
	if (!log_line_read(text, &line))
		return wrong(expected, "neither a trap of QEMU's -d int nor a line of the plugin");
	if (line.hart >= EXPECTED_HARTS)
		return wrong(expected, "too many harts");
	if (line.hart >= expected->harts)
		expected->harts = line.hart + 1;

	struct expected_hart *hart = &expected->hart[line.hart];

	switch (line.kind) {
	case LOG_TRAP:
		return add_trap(expected, hart, &line);
	case LOG_ENTER:
		return add_enter(expected, hart, &line);
	case LOG_LEAVE:
		return add_leave(expected, hart, &line);
	}
	return wrong(expected, "a line of an unknown kind");
}

void expected_release(struct expected *expected)
{
	for (uint32_t i = 0; i < expected->harts; i++)
		exit_list_release(&expected->hart[i].exits);
}
