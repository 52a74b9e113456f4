#define _GNU_SOURCE
#include "payloads/linux/tasks.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fail(const char *what, int error)
{
	printf("hartscope: %s failed: %s: %s\n", program, what, strerror(error));
	exit(1);
}

void require(const char *what, int error)
{
	if (error != 0)
		fail(what, error);
}

int harts_online(void)
{
	long harts = sysconf(_SC_NPROCESSORS_ONLN);
	if (harts < 1 || harts > MAX_HARTS)
		fail("counting harts", EINVAL);
	return (int)harts;
}

void pin_to_hart(int hart)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)hart, &set);
	require("pinning a thread", pthread_setaffinity_np(pthread_self(), sizeof(set), &set));
}

void start(struct task *task, void *(*work)(void *))
{
	require("starting a thread", pthread_create(&task->thread, NULL, work, task));
}

void join_all(const struct task *tasks, int count)
{
	for (int i = 0; i < count; i++)
		require("joining a thread", pthread_join(tasks[i].thread, NULL));
}

void connect_tasks(struct task *left, struct task *right)
{
	int forth[2];
	int back[2];
	if (pipe(forth) != 0 || pipe(back) != 0)
		fail("making a pipe", errno);
	left->read_end = back[0];
	left->write_end = forth[1];
	right->read_end = forth[0];
	right->write_end = back[1];
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

void ping(const struct task *task)
{
	for (long i = 0; i < task->repetitions; i++) {
		send_byte(task->write_end);
		receive_byte(task->read_end);
	}
}

void pong(const struct task *task)
{
	for (long i = 0; i < task->repetitions; i++) {
		receive_byte(task->read_end);
		send_byte(task->write_end);
	}
}

double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void report_seconds(const char *name, double seconds)
{
	printf("hartscope: figure %s seconds %.6f\n", name, seconds);
	fflush(stdout);
}
