/* The program that the workload `build` compiles in the guest: it sorts numbers in several threads and checks the order. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, NUMBERS = 5000 };

static int compare(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static void *sort(void *seed)
{
	static _Thread_local unsigned numbers[NUMBERS];
	unsigned state = *(unsigned *)seed;

	for (int i = 0; i < NUMBERS; i++)
		numbers[i] = state = state * 1664525 + 1013904223;
	qsort(numbers, NUMBERS, sizeof(numbers[0]), compare);
	for (int i = 1; i < NUMBERS; i++)
		if (numbers[i - 1] > numbers[i])
			return NULL;
	return seed;
}

int main(void)
{
	pthread_t threads[THREADS];
	unsigned seeds[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		seeds[i] = i;
		if (pthread_create(&threads[i], NULL, sort, &seeds[i]))
			return EXIT_FAILURE;
	}
	for (unsigned i = 0; i < THREADS; i++) {
		void *result;

		if (pthread_join(threads[i], &result) || !result)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
