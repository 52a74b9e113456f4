/* Makes the kernel call the SBI often, in three parts:
 *   pipes   pairs of threads on different harts pass a byte back and forth, so the kernel sends an IPI for each byte
 *   timers  a thread on each hart arms and disarms a timer, as code does that waits with a time-out
 *   pages   a thread changes the access rights of pages that all harts may have in their TLBs, so the kernel makes remote fences
 * The arguments are the numbers of repetitions of the three parts. The runner on the host adds this program to the initial RAM disk
 * and parses the lines that the program prints. Each part begins with a mark, like the phases of mark.c, so that a QEMU plugin can
 * count the instructions of each part. Must not know hv. */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "payloads/linux/tasks.h"

enum {
	PARTS = 3,
	PAGES = 8,
	NANOSECONDS_TO_TIMER = 1000000, /* the kernel's next tick is later, so it has to set this timer in the hart */
};

const char program[] = "sbi_workload";

static struct task tasks[MAX_HARTS + 1];
static pthread_barrier_t all_have_run;
static pthread_barrier_t pages_are_done;

static void *ping_on_hart(void *argument)
{
	const struct task *task = argument;
	pin_to_hart(task->hart);
	ping(task);
	return NULL;
}

static void *pong_on_hart(void *argument)
{
	const struct task *task = argument;
	pin_to_hart(task->hart);
	pong(task);
	return NULL;
}

static void start_pair(struct task *left, struct task *right, int hart, int harts, long repetitions)
{
	*left = (struct task){ .hart = hart, .repetitions = repetitions };
	*right = (struct task){ .hart = (hart + 1) % harts, .repetitions = repetitions };
	connect_tasks(left, right);
	start(right, pong_on_hart);
	start(left, ping_on_hart);
}

/* One pair has two harts, so half of the harts are asleep at any time. A single hart has a pair of its own. */
static void pass_bytes(int harts, long repetitions)
{
	int threads = harts == 1 ? 2 : harts - harts % 2;
	for (int i = 0; i < threads; i += 2)
		start_pair(&tasks[i], &tasks[i + 1], i, harts, repetitions);
	join_all(tasks, threads);
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
	join_all(tasks, harts);
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
	join_all(tasks, harts - 1);
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
	int harts = harts_online();
	if (take_arguments(count, arguments, repetitions) != 0)
		fail("usage: sbi_workload PIPES TIMERS PAGES", EINVAL);
	double begin = seconds_now();
	__asm__ volatile("slti zero, zero, 4" : : : "memory");
	pass_bytes(harts, repetitions[0]);
	__asm__ volatile("slti zero, zero, 5" : : : "memory");
	report_seconds("pipes", seconds_now() - begin);
	begin = seconds_now();
	__asm__ volatile("slti zero, zero, 6" : : : "memory");
	set_timers(harts, repetitions[1]);
	__asm__ volatile("slti zero, zero, 7" : : : "memory");
	report_seconds("timers", seconds_now() - begin);
	begin = seconds_now();
	__asm__ volatile("slti zero, zero, 8" : : : "memory");
	change_pages(harts, repetitions[2]);
	__asm__ volatile("slti zero, zero, 9" : : : "memory");
	report_seconds("pages", seconds_now() - begin);
	return 0;
}
