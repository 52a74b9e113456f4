/* Runs the programs that the parameters select, and prints a line or a log for each of them. */
#include "payloads/random_programs/console.h"
#include "payloads/random_programs/execute.h"
#include "payloads/random_programs/generate.h"
#include "payloads/random_programs/parameters.h"
#include "payloads/runtime/print.h"

const volatile struct parameters parameters = { .count = 1 };

void run_all(void) __attribute__((noreturn));

static void print_program(const struct program *program)
{
	const uint64_t *words = (const uint64_t *)program;

	print("program");
	for (unsigned i = 0; i < sizeof(*program) / sizeof(uint64_t); i++)
		print(" %lx", words[i]);
	print("\n");
}

static void run_one(const struct program *program)
{
	if (parameters.log)
		print_program(program);
	print("seed %lu hash %lx\n", program->seed, execute(program));
}

void run_all(void)
{
	static struct program program;
	uint64_t count = parameters.given ? parameters.given : parameters.count;

	print("guest begins\n");
	execute_probe();
	for (uint64_t i = 0; i < count; i++) {
		if (parameters.given) {
			for (unsigned word = 0; word < sizeof(program) / sizeof(uint64_t); word++)
				((uint64_t *)&program)[word] =
					((const volatile uint64_t *)&parameters.programs[i])[word];
		} else {
			generate(&program, parameters.first + i);
		}
		run_one(&program);
	}
	print("PASS\n");
	console_end();
}
