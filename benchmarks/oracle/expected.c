/* A hart's way through QEMU's log. */
#include "benchmarks/oracle/expected.h"

#include <inttypes.h>
#include <stdio.h>

#include "trace/format/slot.h"

#define CAUSE_ILLEGAL 2
#define CAUSE_BITS 0x7f
#define WORD_MRET 0x30200073
#define MSTATUS_MPP_SHIFT 11
#define MODE_USER 0
#define MODE_MACHINE 3

static bool complain(const struct expected *expected, char *problem, const char *what)
{
	(void)snprintf(problem, EXPECTED_PROBLEM_BYTES, "line %" PRIu64 ": %s", expected->lines, what);
	return false;
}

static bool is_delegated(const struct expected_hart *hart, const struct log_line *line)
{
	uint64_t delegation = line->interrupt ? hart->mideleg : hart->medeleg;

	return line->cause < 64 && (delegation >> line->cause & 1);
}

static bool add_trap(struct expected *expected, struct expected_hart *hart, const struct log_line *line, char *problem)
{
	bool own = line->epc >= expected->text_start && line->epc < expected->text_end;

	hart->lines++;
	if (own != (hart->place == EXPECTED_IN_HV))
		return complain(expected, problem,
				own ? "a trap in hv's text while a guest runs"
				    : "a trap outside of hv's text while hv runs");
	if (own) {
		hart->own++;
		return true;
	}
	if (hart->place == EXPECTED_TRAPPED)
		return complain(expected, problem, "a trap that nothing delegated did not come to hv");
	if (is_delegated(hart, line)) {
		hart->delegated++;
		return true;
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
	return true;
}

/* QEMU 10.0.2 logs, for some words and mret above all, the one of an earlier trap, which it gives as mtval too. */
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

static bool add_enter(struct expected *expected, struct expected_hart *hart, const struct log_line *line, char *problem)
{
	if (hart->place != EXPECTED_TRAPPED)
		return complain(expected, problem, "hv was entered without a trap that comes to it");
	hart->place = EXPECTED_IN_HV;
	if (hart->open.cause == CAUSE_ILLEGAL)
		look_at_word(hart, line);
	return true;
}

static bool add_leave(struct expected *expected, struct expected_hart *hart, const struct log_line *line, char *problem)
{
	unsigned mode = line->mstatus >> MSTATUS_MPP_SHIFT & 3;

	if (mode == MODE_MACHINE && hart->place == EXPECTED_IN_HV && !hart->has_open)
		return true; /* hv measures at boot what an exit takes, by traps of its own */
	if (hart->place != EXPECTED_IN_HV || mode == MODE_MACHINE)
		return complain(expected, problem, "hv was left without having been entered, or to M-mode");
	/* The firmware is all that runs in U-mode without address translation. */
	hart->world = mode == MODE_USER && line->satp == 0 ? TRACE_WORLD_FIRMWARE : TRACE_WORLD_PAYLOAD;
	hart->medeleg = line->medeleg;
	hart->mideleg = line->mideleg;
	hart->place = EXPECTED_IN_GUEST;
	if (!hart->has_open)
		return true;
	hart->has_open = false;
	hart->open.after = hart->world;
	return exit_list_add(&hart->exits, &hart->open) || complain(expected, problem, "out of memory");
}

bool expected_add(struct expected *expected, const char *text, char *problem)
{
	struct log_line line;

	expected->lines++;
	if (!log_line_read(text, &line))
		return complain(expected, problem, "neither a trap of QEMU's -d int, nor the plugin's");
	if (line.hart >= EXPECTED_HARTS)
		return complain(expected, problem, "too many harts");
	if (line.hart >= expected->harts)
		expected->harts = line.hart + 1;

	struct expected_hart *hart = &expected->hart[line.hart];

	switch (line.kind) {
	case LOG_TRAP:
		return add_trap(expected, hart, &line, problem);
	case LOG_ENTER:
		return add_enter(expected, hart, &line, problem);
	case LOG_LEAVE:
		return add_leave(expected, hart, &line, problem);
	}
	return false;
}

void expected_release(struct expected *expected)
{
	for (uint32_t i = 0; i < expected->harts; i++)
		exit_list_release(&expected->hart[i].exits);
}
