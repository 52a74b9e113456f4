/* What the programs share that make the Linux guest's kernel work: threads on chosen harts that pass bytes, and the lines that
 * the runner on the host parses. If something fails, these functions print a line, and end the program with code 1. */
#ifndef PAYLOADS_LINUX_TASKS_H
#define PAYLOADS_LINUX_TASKS_H

#include <pthread.h>

enum { MAX_HARTS = 512 };

/** The work of one thread. A thread that passes bytes has two ends of pipes. */
struct task {
	pthread_t thread;
	int hart;
	int read_end;
	int write_end;
	long repetitions;
};

/** The name of the program in its error messages. The program defines it. */
extern const char program[];

/** Prints what failed, with the text for @p error (errno), and ends the program. */
void fail(const char *what, int error) __attribute__((noreturn));
/** Calls fail if @p error is not 0. */
void require(const char *what, int error);

/** The number of harts that are online, 1 to MAX_HARTS. */
int harts_online(void);
/** Lets the calling thread run only on @p hart. */
void pin_to_hart(int hart);
/** Starts the thread of @p task. It calls @p work with the task. */
void start(struct task *task, void *(*work)(void *));
/** Waits until the threads of the first @p count of @p tasks have ended. */
void join_all(const struct task *tasks, int count);

/** Connects two tasks by pipes in both directions. */
void connect_tasks(struct task *left, struct task *right);
/** Sends a byte and waits for one, as often as @p task says. The other task of the pair calls pong. */
void ping(const struct task *task);
void pong(const struct task *task);

/** The time since the kernel's start, in seconds. */
double seconds_now(void);
/** Prints a figure in seconds. The runner parses the line, and copies the value to result.json. */
void report_seconds(const char *name, double seconds);

#endif
