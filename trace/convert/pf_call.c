/* The SBI calls that the firmware answers. A call consists of up to three records, which hv writes when it returns:
 * ECALL_ARGS, ECALL_VALUE and ECALL. The first two are kept until ECALL comes, and become arguments of the call's slice.
 * If ECALL does not come, they belong to a call that is not in the trace. */
#include "trace/convert/pf_arguments.h"

/* ---- the records before ECALL ---- */

void pf_count_rest(const struct pf_rest *rest, uint64_t *account)
{
	account[TRACE_ECALL_ARGS] += rest->has_arguments && !rest->arguments_outside;
	account[TRACE_ECALL_VALUE] += rest->has_value && !rest->value_outside;
}

void pf_drop_rest(struct pftrace *pf, struct pf_lane *lane)
{
	pf_count_rest(&lane->rest, pf->account.events.left_out);
	lane->rest = (struct pf_rest){ 0 };
}

void pf_keep_arguments(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	pf_drop_rest(pf, lane);
	lane->rest.has_arguments = true;
	lane->rest.arguments_outside = event->ns < pf->from;
	lane->rest.extra = event->extra;
	lane->rest.arguments = trace_ecall_args_of(event->slot, event->extra);
}

void pf_keep_value(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	if (lane->rest.has_value)
		pf_drop_rest(pf, lane);
	lane->rest.has_value = true;
	lane->rest.value_outside = event->ns < pf->from;
	lane->rest.value = trace_ecall_value_of(event->slot, event->extra).value;
}

/* ---- the slice ---- */

static void add_rest(struct pftrace *pf, struct pf_event *event, const struct pf_rest *rest)
{
	const uint64_t arguments[] = { rest->arguments.a2, rest->arguments.a3, rest->arguments.a4, rest->arguments.a5 };

	for (unsigned i = 0; rest->has_arguments && i <= rest->extra && i < sizeof(arguments) / sizeof(arguments[0]);
	     i++)
		pf_add_string(pf, event, (enum pf_annotation)(PF_A2 + i), arguments[i], 0);
	if (!rest->has_value)
		return;
	if (rest->value > INT64_MAX)
		pf_add_string(pf, event, PF_LARGE_VALUE, rest->value, 0);
	else
		pf_add_number(event, PF_VALUE, PERFETTO_ANNOTATION_UINT, rest->value);
}

static void add_arguments(struct pftrace *pf, struct pf_event *event, const struct pf_ecall *ecall, uint32_t a0,
			  uint32_t a1)
{
	if (ecall->function == NAMES_SBI_OTHER)
		pf_add_function(event, ecall->fields.eid, ecall->fields.fid);
	if (ecall->extra > 0)
		pf_add_string(pf, event, PF_A0, ecall->fields.a0, a0);
	if (ecall->extra > 1)
		pf_add_string(pf, event, PF_A1, ecall->fields.a1, a1);
	if (ecall->extra > 2)
		pf_add_number(event, PF_ERROR, PERFETTO_ANNOTATION_INT, ecall->fields.error);
	add_rest(pf, event, &ecall->rest);
}

static unsigned name_call(struct pftrace *pf, const struct pf_ecall *ecall)
{
	uint16_t *known = &pf->call_names[ecall->function];
	uint64_t eid = ecall->fields.eid, fid = ecall->fields.fid;
	char text[NAMES_BYTES];
	if (ecall->function == NAMES_SBI_OTHER) {
		unsigned name = pf_name_of_guest(pf, names_sbi(text, eid, fid));
		return name ? name : pf_name(pf, "sbi other");
	}
	if (!*known)
		*known = (uint16_t)pf_name(pf, names_sbi(text, eid, fid));
	return *known;
}

void pf_write_call(struct pftrace *pf, struct pf_lane *lane, int64_t start)
{
	const struct pf_ecall *ecall = &lane->ecall;
	lane->returned = false;
	if (ecall->outside)
		return;
	uint64_t track = pf_track(pf, lane, PF_ECALLS, NULL);
	unsigned name = name_call(pf, ecall);
	pf_need_name(pf, lane, name);
	if (start > ecall->ns) /* lane->floor may have moved the exit's start to a later time */
		start = ecall->ns;
	uint32_t a0 = ecall->extra > 0 ? pf_intern(pf, lane, PF_A0, ecall->fields.a0) : 0;
	uint32_t a1 = ecall->extra > 1 ? pf_intern(pf, lane, PF_A1, ecall->fields.a1) : 0;

	struct pf_event event = pf_begin(pf, lane, start, PERFETTO_TYPE_BEGIN, track);
	pf_add_name(&event, name);
	pf_add_category(&event, PF_CATEGORY_DETAIL);
	add_arguments(pf, &event, ecall, a0, a1);
	pf_commit(pf, event);
	pf_end_slice(pf, lane, ecall->ns, track);
	pf->account.slices++;
	pf->account.details++;
	pf->account.events.drawn[TRACE_ECALL]++;
	pf_count_rest(&ecall->rest, pf->account.events.drawn);
}

/* ---- the return ---- */

void pf_return(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event, int64_t ns)
{
	struct trace_ecall fields = trace_ecall_of(event->slot, event->extra);

	lane->ecall = (struct pf_ecall){ .ns = ns,
					 .fields = fields,
					 .function = names_sbi_function(fields.eid, fields.fid),
					 .extra = event->extra,
					 .rest = lane->rest,
					 .outside = ns < pf->from };
	lane->rest = (struct pf_rest){ 0 };
	lane->returned = true;
}

void pf_ecall(struct pftrace *pf, struct pf_lane *lane, const struct timeline_event *event)
{
	if (lane->returned)
		pf_settle(pf, lane);
	pf_return(pf, lane, event, event->ns);
}
