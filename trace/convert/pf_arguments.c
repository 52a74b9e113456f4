#include "trace/convert/pf_arguments.h"

#include <string.h>

void pf_add_function(struct pf_event *event, uint64_t eid, uint64_t fid)
{
	pf_add_number(event, PF_EID, PERFETTO_ANNOTATION_POINTER, eid);
	pf_add_number(event, PF_FID, PERFETTO_ANNOTATION_UINT, fid);
}

void pf_add_exit_details(const struct pftrace *pf, struct pf_event *event, const struct pf_exit *exit)
{
	const char *outcome = names_outcome((unsigned)exit->fields.outcome);
	unsigned module = (unsigned)exit->fields.module;
	char text[NAMES_BYTES];
	pf_add_text(event, PF_OUTCOME, outcome, strlen(outcome));
	if (module == TRACE_NO_MODULE)
		return;
	names_module(text, pf->timeline->machine.config, module);
	pf_add_text(event, PF_MODULE_NAME, text, strlen(text));
}

/** Returns whether the exit's value is an SBI function. */
static bool has_function(const struct pf_exit *exit)
{
	return names_is_call((unsigned)exit->fields.cause) && TRACE_VALUE_IS_CALL(exit->fields.value);
}

unsigned pf_value_annotation(const struct pf_exit *exit)
{
	unsigned cause = (unsigned)exit->fields.cause;

	if (exit->extra < 2)
		return 0;
	if (cause == NAMES_CAUSE_illegal_instruction)
		return PF_INSTRUCTION;
	if (!exit->fields.value || has_function(exit))
		return 0;
	return names_is_access(cause) ? PF_ACCESSED : PF_MTVAL;
}

void pf_add_exit_call(struct pf_event *event, const struct pf_exit *exit, unsigned kind)
{
	unsigned cause = (unsigned)exit->fields.cause;
	uint64_t value = exit->fields.value;

	if (exit->extra < 2 || !has_function(exit))
		return;
	if (kind == names_sbi_kind(cause, NAMES_SBI_OTHER) || kind != names_exit_kind(cause, value, NULL))
		pf_add_function(event, TRACE_CALL_EID(value), TRACE_CALL_FID(value));
}
