/* cuts DUMP [CUTS [SECONDS]]: cuts a dump at CUTS random places, each time leaving at least SECONDS of it, and prints as JSON
 * how well the rest predicts the SYNC records that were cut off at its end and at its start (cuts.h). */
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

int main(int argc, char **argv)
{
	unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 1000;
	int64_t least_ns = (int64_t)((argc > 3 ? atof(argv[3]) : 1) * 1e9);
	struct cuts_dump dump;
	char error[512];

	if (argc < 2)
		return 2;
	if (!cuts_read(&dump, argv[1], error, sizeof(error))) {
		(void)fprintf(stderr, "%s\n", error);
		return 1;
	}
	struct cuts_result ends = cuts_make(&dump, false, count, least_ns, 1);
	struct cuts_result starts = cuts_make(&dump, true, count, least_ns, 2);

	printf("{");
	print("ends", &ends);
	printf(",\n ");
	print("starts", &starts);
	printf("}\n");
	cuts_release(&dump);
	return 0;
}
