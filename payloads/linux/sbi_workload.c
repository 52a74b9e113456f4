/* Makes the kernel call the SBI often, in three parts:
 *   pipes   pairs of threads on different harts pass a byte back and forth, so the kernel sends an IPI for each byte
 *   timers  a thread on each hart arms and disarms a timer, as code does that waits with a time-out
 *   pages   a thread changes the access rights of pages that all harts may have in their TLBs, so the kernel makes remote fences
 * The arguments are the numbers of repetitions of the three parts. The runner on the host adds this program to the initial RAM disk
 * and parses the lines that the program prints. Each part begins with a mark, like the phases of mark.c, so that a QEMU plugin can
 * count the instructions of each part. Must not know hv. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_HARTS = 512,
	PARTS = 3,
	PAGES = 8,
	NANOSECONDS_TO_TIMER = 1000000, /* the kernel's next tick is later, so it has to set this timer in the hart */
};

/** The work of one thread. A thread that passes bytes has two ends of pipes. */
struct task {
	pthread_t thread;
	int hart;
	int read_end;
	int write_end;
	long repetitions;
};

static struct task tasks[MAX_HARTS + 1];
static pthread_barrier_t all_have_run;
static pthread_barrier_t pages_are_done;

static void fail(const char *what, int error)
{
	printf("hartscope: sbi_workload failed: %s: %s\n", what, strerror(error));
	exit(1);
}

static void require(const char *what, int error)
{
	if (error != 0)
		fail(what, error);
}

static void pin_to_hart(int hart)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)hart, &set);
	require("pinning a thread", pthread_setaffinity_np(pthread_self(), sizeof(set), &set));
}

static void start(struct task *task, void *(*work)(void *))
{
	require("starting a thread", pthread_create(&task->thread, NULL, work, task));
}

static void join_all(int count)
{
	for (int i = 0; i < count; i++)
		require("joining a thread", pthread_join(tasks[i].thread, NULL));
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
	pin_to_hart(task->hart);
	for (long i = 0; i < task->repetitions; i++) {
		send_byte(task->write_end);
		receive_byte(task->read_end);
	}
	return NULL;
}

static void *pong(void *argument)
{
	const struct task *task = argument;
	pin_to_hart(task->hart);
	for (long i = 0; i < task->repetitions; i++) {
		receive_byte(task->read_end);
		send_byte(task->write_end);
	}
	return NULL;
}

static void start_pair(struct task *left, struct task *right, int hart, int harts, long repetitions)
{
	int forth[2];
	int back[2];
	if (pipe(forth) != 0 || pipe(back) != 0)
		fail("making a pipe", errno);
	*left = (struct task){ .hart = hart, .read_end = back[0], .write_end = forth[1], .repetitions = repetitions };
	*right = (struct task){
		.hart = (hart + 1) % harts, .read_end = forth[0], .write_end = back[1], .repetitions = repetitions
	};
	start(right, pong);
	start(left, ping);
}

/* One pair has two harts, so half of the harts are asleep at any time. A single hart has a pair of its own. */
static void pass_bytes(int harts, long repetitions)
{
	int threads = harts == 1 ? 2 : harts - harts % 2;
	for (int i = 0; i < threads; i += 2)
		start_pair(&tasks[i], &tasks[i + 1], i, harts, repetitions);
	join_all(threads);
}

static void *arm_and_disarm(void *argument)
{
	const struct task *task = argument;
	const struct itimerspec soon = { .it_value = { .tv_nsec = NANOSECONDS_TO_TIMER } };
	const struct itimerspec never = { 0 };
	pin_to_hart(task->hart);
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	if (timer < 0)
		fail("making a timer", errno);
	for (long i = 0; i < task->repetitions; i++)
		if (timerfd_settime(timer, 0, &soon, NULL) != 0 || timerfd_settime(timer, 0, &never, NULL) != 0)
			fail("setting a timer", errno);
	close(timer);
	return NULL;
}

static void set_timers(int harts, long repetitions)
{
	for (int i = 0; i < harts; i++) {
		tasks[i] = (struct task){ .hart = i, .repetitions = repetitions };
		start(&tasks[i], arm_and_disarm);
	}
	join_all(harts);
}

/* A hart that has run a thread of this process may have translations of the process in its TLB. Linux therefore sends it fences. */
static void *run_once(void *argument)
{
	const struct task *task = argument;
	pin_to_hart(task->hart);
	pthread_barrier_wait(&all_have_run);
	pthread_barrier_wait(&pages_are_done);
	return NULL;
}

static void protect_often(long repetitions)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		fail("mapping pages", errno);
	for (long i = 0; i < repetitions; i++) {
		for (size_t k = 0; k < PAGES; k++)
			*(volatile char *)&pages[k * page] = (char)i;
		if (mprotect(pages, PAGES * page, PROT_READ) != 0 ||
		    mprotect(pages, PAGES * page, PROT_READ | PROT_WRITE) != 0)
			fail("changing access rights", errno);
	}
	munmap(pages, PAGES * page);
}

static void change_pages(int harts, long repetitions)
{
	require("making a barrier", pthread_barrier_init(&all_have_run, NULL, (unsigned)harts));
	require("making a barrier", pthread_barrier_init(&pages_are_done, NULL, (unsigned)harts));
	pin_to_hart(0);
	for (int i = 1; i < harts; i++) {
		tasks[i - 1] = (struct task){ .hart = i };
		start(&tasks[i - 1], run_once);
	}
	pthread_barrier_wait(&all_have_run);
	protect_often(repetitions);
	pthread_barrier_wait(&pages_are_done);
	join_all(harts - 1);
}

static double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** Prints how long a part took. The runner parses the line, and copies the value to result.json. */
static void report(const char *name, double begin)
{
	printf("hartscope: figure %s seconds %.6f\n", name, seconds_now() - begin);
	fflush(stdout);
}

static int take_arguments(int count, char **arguments, long *repetitions)
{
	if (count != PARTS + 1)
		return -1;
	for (int i = 0; i < PARTS; i++)
		repetitions[i] = strtol(arguments[i + 1], NULL, 10);
	return repetitions[0] > 0 && repetitions[1] > 0 && repetitions[2] > 0 ? 0 : -1;
}

int main(int count, char **arguments)
{
	long repetitions[PARTS];
	long harts = sysconf(_SC_NPROCESSORS_ONLN);
	if (harts < 1 || harts > MAX_HARTS)
		fail("counting harts", EINVAL);
	if (take_arguments(count, arguments, repetitions) != 0)
		fail("usage: sbi_workload PIPES TIMERS PAGES", EINVAL);
	double begin = seconds_now();
	__asm__ volatile("slti zero, zero, 4" : : : "memory");
	pass_bytes((int)harts, repetitions[0]);
	__asm__ volatile("slti zero, zero, 5" : : : "memory");
	report("pipes", begin);
	begin = seconds_now();
	__asm__ volatile("slti zero, zero, 6" : : : "memory");
	set_timers((int)harts, repetitions[1]);
	__asm__ volatile("slti zero, zero, 7" : : : "memory");
	report("timers", begin);
	begin = seconds_now();
	__asm__ volatile("slti zero, zero, 8" : : : "memory");
	change_pages((int)harts, repetitions[2]);
	__asm__ volatile("slti zero, zero, 9" : : : "memory");
	report("pages", begin);
	return 0;
}
