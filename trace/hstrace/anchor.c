/* Finds an anchor. To do this, it reads the whole dump once, because the records of different harts are not in the
 * order of time. */
#include "trace/hstrace/anchor.h"

#include <inttypes.h>
#include <string.h>

#include "trace/dump/number.h"
#include "trace/hstrace/timeline_input.h"

struct search {
	const struct anchor *anchor;
	int64_t ns; /* time of the anchor; INT64_MAX as long as it has not been found */
};

bool anchor_read(const char *word, struct anchor *anchor)
{
	static const char mark[] = "mark:";

	*anchor = (struct anchor){ .is_mark = strncmp(word, mark, strlen(mark)) == 0 };
	if (!anchor->is_mark)
		return strcmp(word, "start") == 0;
	return number_read(word + strlen(mark), &anchor->id);
}

/** Takes a record. If the record matches the anchor and is the earliest match so far, keeps its time. The earliest
 * match is not always the first match in the dump, because the records of different harts are not in the order of
 * time. */
static void look(void *self, const struct timeline_event *event)
{
	struct search *search = self;
	const struct anchor *anchor = search->anchor;
	bool wanted = !anchor->is_mark ||
		      (event->meaning == TRACE_MARK && trace_mark_of(event->slot, event->extra).id == anchor->id);

	if (wanted && event->ns < search->ns)
		search->ns = event->ns;
}

enum error anchor_find(const struct anchor *anchor, const char *command, struct options *options, unsigned file,
		       int64_t *ns)
{
	struct search search = { .anchor = anchor, .ns = INT64_MAX };
	struct timeline_sink sink = { .event = look, .self = &search };
	struct timeline timeline;
	enum error error = timeline_input(command, options, file, &timeline, &sink);

	timeline_close(&timeline);
	RETURN_IF_ERROR(error);
	*ns = search.ns;
	if (search.ns < INT64_MAX)
		return ERROR_NONE;
	if (anchor->is_mark)
		return error_set(ERROR_OPTION, "%s: no mark %" PRIu64, options->file[file], anchor->id);
	return error_set(ERROR_OPTION, "%s: no records", options->file[file]);
}
