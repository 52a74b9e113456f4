/* The workload of the Linux boots. First, a thread on each hart sleeps many times for a short time. Then pairs of
 * threads pass bytes through pipes. This makes the kernel use timers and inter-processor interrupts. Started by the
 * init script of this folder. Must not know hv. */

#include <errno.h>
#include <time.h>

#include "payloads/linux/tasks.h"

enum {
	SLEEPS_PER_HART = 1000,
	PIPE_PAIRS = 4,
	ROUND_TRIPS = 10000,
};

static const struct timespec SLEEP = { .tv_sec = 0, .tv_nsec = 1000000 };

const char program[] = "workload";

static void *sleep_often(void *argument)
{
	const struct task *task = argument;
	pin_to_hart(task->hart);
	for (int i = 0; i < SLEEPS_PER_HART; i++)
		if (nanosleep(&SLEEP, NULL) != 0)
			fail("nanosleep", errno);
	return NULL;
}

static void *ping_anywhere(void *argument)
{
	ping(argument);
	return NULL;
}

static void *pong_anywhere(void *argument)
{
	pong(argument);
	return NULL;
}

static void sleep_on_every_hart(int harts)
{
	static struct task tasks[MAX_HARTS];
	double begin = seconds_now();
	for (int i = 0; i < harts; i++) {
		tasks[i].hart = i;
		start(&tasks[i], sleep_often);
	}
	join_all(tasks, harts);
	report_seconds("workload_nanosleep", seconds_now() - begin);
}

static void pass_bytes_between_threads(void)
{
	static struct task left[PIPE_PAIRS];
	static struct task right[PIPE_PAIRS];
	double begin = seconds_now();
	for (int i = 0; i < PIPE_PAIRS; i++) {
		left[i].repetitions = right[i].repetitions = ROUND_TRIPS;
		connect_tasks(&left[i], &right[i]);
		start(&right[i], pong_anywhere);
		start(&left[i], ping_anywhere);
	}
	join_all(left, PIPE_PAIRS);
	join_all(right, PIPE_PAIRS);
	report_seconds("workload_pipes", seconds_now() - begin);
}

int main(void)
{
	sleep_on_every_hart(harts_online());
	pass_bytes_between_threads();
	return 0;
}
