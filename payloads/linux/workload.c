/* The workload of the Linux boots. First, a thread on each hart sleeps many times for a short time. Then pairs of
 * threads pass bytes through pipes. This makes the kernel use timers and inter-processor interrupts. Started by the
 * init script of this folder. The runner on the host parses the lines that this program prints. Must not know hv. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	SLEEPS_PER_HART = 1000,
	PIPE_PAIRS = 4,
	ROUND_TRIPS = 10000,
	MAX_HARTS = 512,
};

static const struct timespec SLEEP = { .tv_sec = 0, .tv_nsec = 1000000 };

/** The work of one thread. A sleeping thread is pinned to a hart. A thread that passes bytes has two ends of pipes. */
struct task {
	pthread_t thread;
	int hart;
	int read_end;
	int write_end;
};

static void fail(const char *what, int error)
{
	printf("hartscope: workload failed: %s: %s\n", what, strerror(error));
	exit(1);
}

static void pin_to_hart(int hart)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)hart, &set);
	int error = pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	if (error != 0)
		fail("pinning a thread", error);
}

static void *sleep_often(void *argument)
{
	const struct task *task = argument;
	pin_to_hart(task->hart);
	for (int i = 0; i < SLEEPS_PER_HART; i++)
		if (nanosleep(&SLEEP, NULL) != 0)
			fail("nanosleep", errno);
	return NULL;
}

static void send_byte(int file)
{
	if (write(file, "p", 1) != 1)
		fail("writing to a pipe", errno);
}

static void receive_byte(int file)
{
	char byte;
	if (read(file, &byte, 1) != 1)
		fail("reading from a pipe", errno);
}

static void *ping(void *argument)
{
	const struct task *task = argument;
	for (int i = 0; i < ROUND_TRIPS; i++) {
		send_byte(task->write_end);
		receive_byte(task->read_end);
	}
	return NULL;
}

static void *pong(void *argument)
{
	const struct task *task = argument;
	for (int i = 0; i < ROUND_TRIPS; i++) {
		receive_byte(task->read_end);
		send_byte(task->write_end);
	}
	return NULL;
}

static void start(struct task *task, void *(*work)(void *))
{
	int error = pthread_create(&task->thread, NULL, work, task);
	if (error != 0)
		fail("starting a thread", error);
}

static void join(const struct task *task)
{
	int error = pthread_join(task->thread, NULL);
	if (error != 0)
		fail("joining a thread", error);
}

static double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** Prints a measured value. The runner parses the line, and copies the value to result.json. */
static void report(const char *name, const char *unit, double value)
{
	printf("hartscope: figure %s %s %.6f\n", name, unit, value);
	fflush(stdout);
}

static void sleep_on_every_hart(int harts)
{
	static struct task tasks[MAX_HARTS];
	double begin = seconds_now();
	for (int i = 0; i < harts; i++) {
		tasks[i].hart = i;
		start(&tasks[i], sleep_often);
	}
	for (int i = 0; i < harts; i++)
		join(&tasks[i]);
	report("workload_nanosleep", "seconds", seconds_now() - begin);
}

static void open_pair(struct task *left, struct task *right)
{
	int forth[2];
	int back[2];
	if (pipe(forth) != 0 || pipe(back) != 0)
		fail("making a pipe", errno);
	*left = (struct task){ .read_end = back[0], .write_end = forth[1] };
	*right = (struct task){ .read_end = forth[0], .write_end = back[1] };
}

static void pass_bytes_between_threads(void)
{
	static struct task left[PIPE_PAIRS];
	static struct task right[PIPE_PAIRS];
	double begin = seconds_now();
	for (int i = 0; i < PIPE_PAIRS; i++) {
		open_pair(&left[i], &right[i]);
		start(&right[i], pong);
		start(&left[i], ping);
	}
	for (int i = 0; i < PIPE_PAIRS; i++) {
		join(&left[i]);
		join(&right[i]);
	}
	report("workload_pipes", "seconds", seconds_now() - begin);
}

int main(void)
{
	long harts = sysconf(_SC_NPROCESSORS_ONLN);
	if (harts < 1 || harts > MAX_HARTS)
		fail("counting harts", EINVAL);
	sleep_on_every_hart((int)harts);
	pass_bytes_between_threads();
	return 0;
}
