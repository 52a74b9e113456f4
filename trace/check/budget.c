/* Finds the name of each exit, and compares the exit's cycles with the budgets for that name.
 *
 * If an SBI call caused an exit, the name of the exit contains the SBI function. Only an ECALL record shows this
 * function. If the firmware handles the call, the ECALL record comes after the EXIT record, and the exit is held until
 * then. */
#include "trace/check/budget.h"

#include <stdlib.h>
#include <string.h>

#include "trace/format/slot.h"

static unsigned cause_of(const struct trace_record *record)
{
	return (unsigned)trace_exit_unpack(record->word, record->ext).cause;
}

enum error budgets_add(struct budgets *budgets, const char *name, uint64_t limit)
{
	if (budgets->count == BUDGETS)
		return error_set(ERROR_OPTION, "too many budgets");
	name = strdup(name);
	if (!name)
		return error_no_memory();
	budgets->budget[budgets->count++] = (struct budget){ .name = name, .limit = limit };
	return ERROR_NONE;
}

static enum error find_hart(struct budgets *budgets, uint32_t index, struct budget_hart **hart)
{
	if (!budgets->applies) {
		budgets->applies = calloc(NAMES_KINDS, sizeof(*budgets->applies));
		budgets->known = calloc(NAMES_KINDS, sizeof(*budgets->known));
	}
	if (!budgets->applies || !budgets->known)
		return error_no_memory();
	if (index >= budgets->harts) {
		struct budget_hart *more = realloc(budgets->hart, (index + 1) * sizeof(*more));

		if (!more)
			return error_no_memory();
		memset(more + budgets->harts, 0, (index + 1 - budgets->harts) * sizeof(*more));
		budgets->hart = more;
		budgets->harts = index + 1;
	}
	*hart = &budgets->hart[index];
	return ERROR_NONE;
}

/** Finds the budgets that apply to exits of this kind. @return one bit for each budget; 1 if the budget applies */
static uint64_t which(struct budgets *budgets, unsigned kind)
{
	for (unsigned i = 0; !budgets->known[kind] && i < budgets->count; i++)
		if (names_kind_is(kind, budgets->budget[i].name))
			budgets->applies[kind] |= 1ull << i;
	budgets->known[kind] = true;
	return budgets->applies[kind];
}

static uint64_t cycles_of(const struct budget_hart *hart, const struct trace_record *exit)
{
	uint64_t duration = trace_exit_unpack(exit->word, exit->ext).duration;

	return trace_exit_cost(duration, exit->time, hart->observing, hart->outside);
}

static void spend(struct budgets *budgets, uint64_t duration, const struct trace_record *exit, unsigned kind)
{
	uint64_t bits = which(budgets, kind);

	for (unsigned i = 0; i < budgets->count; i++) {
		struct budget *budget = &budgets->budget[i];

		if (!(bits >> i & 1))
			continue;
		if (budget->exits++ == 0 || duration > budget->most) {
			budget->most = duration;
			budget->worst = *exit;
		}
		budget->over += duration > budget->limit;
	}
}

/** If an exit is held, applies the budgets for the kind @p kind to this exit. After that, the exit is not held any
 * more. */
static void settle(struct budgets *budgets, struct budget_hart *hart, unsigned kind)
{
	if (hart->held)
		spend(budgets, hart->held_cycles, &hart->exit, kind);
	hart->held = false;
}

/** Takes the ECALL record of an SBI call, which shows the SBI function.
 *
 * The record comes before the record of the exit in which the call returned. If the firmware handled the call, that
 * exit is a later one, and the exit in which the call was made is held. It is settled here, because the later exit may
 * be lost. If hv or a module handled the call, the call returned in the same exit in which it was made, so the next
 * EXIT record belongs to the call. */
static void take_call(struct budgets *budgets, struct budget_hart *hart, const struct trace_record *record)
{
	struct trace_ecall call = trace_ecall_unpack(record->word, record->ext);

	hart->function = names_sbi_function(call.eid, call.fid);
	hart->returned = !hart->held;
	settle(budgets, hart, names_sbi_kind(cause_of(&hart->exit), hart->function));
}

/** Applies the budgets to an exit. If hv forwarded an SBI call to the firmware, the exit is held until the call's ECALL
 * record. */
static void take_exit(struct budgets *budgets, struct budget_hart *hart, const struct trace_record *exit)
{
	struct trace_exit fields = trace_exit_unpack(exit->word, exit->ext);
	unsigned cause = (unsigned)fields.cause;
	uint64_t cycles = cycles_of(hart, exit);

	if (names_is_call(cause) && hart->returned) {
		spend(budgets, cycles, exit, names_sbi_kind(cause, hart->function));
	} else if (names_is_call(cause) && fields.outcome == TRACE_FORWARDED) {
		settle(budgets, hart, cause_of(&hart->exit));
		hart->exit = *exit;
		hart->held_cycles = cycles;
		hart->held = true;
	} else {
		spend(budgets, cycles, exit, names_exit_kind(cause, fields.value, budgets->registers));
	}
	hart->returned = false;
	hart->observing = 0;
}

enum error budgets_record(struct budgets *budgets, const struct trace_record *record)
{
	struct budget_hart *hart = NULL;

	if (budgets->count == 0)
		return ERROR_NONE;
	RETURN_IF_ERROR(find_hart(budgets, record->hart, &hart));
	if (record->meaning == TRACE_EXIT) {
		take_exit(budgets, hart, record);
	} else if (record->meaning == TRACE_ECALL) {
		take_call(budgets, hart, record);
	} else if (record->meaning == TRACE_SYNC) {
		struct trace_sync sync = trace_sync_unpack(record->word, record->ext);

		hart->outside = sync.entry + sync.leave;
	} else if (record->meaning == TRACE_OBSERVING && !hart->observing) {
		hart->observing = trace_observing_unpack(record->word, record->ext).since;
	} else if (record->meaning == TRACE_LOST) {
		settle(budgets, hart, cause_of(&hart->exit));
		hart->observing = 0;
		hart->returned = false;
	}
	return ERROR_NONE;
}

void budgets_finish(struct budgets *budgets)
{
	for (uint32_t hart = 0; hart < budgets->harts; hart++)
		settle(budgets, &budgets->hart[hart], cause_of(&budgets->hart[hart].exit));
}

bool budgets_kept(const struct budgets *budgets)
{
	for (unsigned i = 0; i < budgets->count; i++)
		if (budgets->budget[i].over)
			return false;
	return true;
}

void budgets_release(struct budgets *budgets)
{
	for (unsigned i = 0; i < budgets->count; i++)
		free((void *)(uintptr_t)budgets->budget[i].name);
	free(budgets->hart);
	free(budgets->applies);
	free(budgets->known);
}
