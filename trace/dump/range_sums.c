#include "trace/dump/range_sums.h"

#include <stdbool.h>
#include <stdlib.h>

#include "trace/dump/crc32c.h"

struct range_sums {
	bool started;
	size_t first, last; /* registers are known from place `first` to place `last` of the buffer */
	uint64_t work;
	uint32_t *
		registers; /* registers[i] is the register after the bytes from `first` to i, if it was 0 before them */
	uint32_t powers[]; /* by number of bytes (crc32c_multiply) */
};

struct range_sums *range_sums_new(size_t bytes, size_t longest)
{
	struct range_sums *sums = calloc(1, sizeof(*sums) + (longest + 1) * sizeof(sums->powers[0]));

	if (!sums)
		return NULL;
	sums->registers = calloc(bytes + 1, sizeof(sums->registers[0]));
	if (!sums->registers) {
		free(sums);
		return NULL;
	}
	sums->powers[0] = crc32c_first_power();
	for (size_t i = 1; i <= longest; i++)
		sums->powers[i] = crc32c_next_power(sums->powers[i - 1]);
	return sums;
}

void range_sums_reset(struct range_sums *sums)
{
	sums->started = false;
}

uint32_t range_sums_get(struct range_sums *sums, uint32_t before, const uint8_t *buffer, size_t begin, size_t end)
{
	if (!sums->started) {
		sums->started = true;
		sums->first = sums->last = begin;
		sums->registers[begin] = 0;
	}
	if (end > sums->last) {
		crc32c_registers(sums->registers[sums->last], buffer + sums->last, end - sums->last,
				 sums->registers + sums->last + 1);
		sums->work += end - sums->last;
		sums->last = end;
	}
	return ~(sums->registers[end] ^ crc32c_multiply(~before ^ sums->registers[begin], sums->powers[end - begin]));
}

uint64_t range_sums_work(const struct range_sums *sums)
{
	return sums->work;
}

void range_sums_free(struct range_sums *sums)
{
	if (!sums)
		return;
	free(sums->registers);
	free(sums);
}
