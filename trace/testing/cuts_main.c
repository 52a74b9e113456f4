/* cuts DUMP [CUTS [SECONDS]]: cuts a dump at CUTS random places (default: 1000). After each cut, at least SECONDS
 * seconds of the dump remain (default: 1). Prints as JSON how well hstrace predicts the times of SYNC records in the
 * part that was cut off (cuts.h). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/testing/cuts.h"

static void print(const char *name, const struct cuts_result *result)
{
	printf("\"%s\": {\"cuts\": %" PRIu64 ", \"asleep\": %" PRIu64 ", \"vague\": %" PRIu64
	       ", \"vague_asleep\": %" PRIu64,
	       name, result->cuts, result->asleep, result->vague, result->vague_asleep);
	printf(", \"samples\": %" PRIu64 ", \"dishonest\": %" PRIu64 ", \"unpromised\": %" PRIu64, result->samples,
	       result->dishonest, result->unpromised);
	printf(", \"far\": %" PRIu64 ", \"far_though_near\": %" PRIu64, result->far, result->far_though_near);
	printf(", \"worst_ns\": %.0f, \"vaguest_ns\": %.0f}", result->worst, result->vaguest);
}

static enum error cut(struct cuts_dump *dump, const char *path, unsigned count, int64_t least_ns)
{
	struct cuts_result ends, starts;

	RETURN_IF_ERROR(cuts_read(dump, path));
	RETURN_IF_ERROR(cuts_make(dump, false, count, least_ns, 1, &ends));
	RETURN_IF_ERROR(cuts_make(dump, true, count, least_ns, 2, &starts));
	printf("{");
	print("ends", &ends);
	printf(",\n ");
	print("starts", &starts);
	printf("}\n");
	return ERROR_NONE;
}

int main(int argc, char **argv)
{
	unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 1000;
	int64_t least_ns = (int64_t)((argc > 3 ? atof(argv[3]) : 1) * 1e9);
	struct cuts_dump dump;

	if (argc < 2)
		return 2;

	enum error error = cut(&dump, argv[1], count, least_ns);

	if (error != ERROR_NONE)
		(void)fprintf(stderr, "%s\n", error_message());
	cuts_release(&dump);
	return error == ERROR_NONE ? 0 : 1;
}
