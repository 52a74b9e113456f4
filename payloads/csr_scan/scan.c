/* Reads and writes all 4096 CSR numbers. For each number it prints one line, which shows whether the CSR exists, the
 * value of the CSR, the value that it holds after all ones were written, and the value that it holds after 0 was
 * written. The generated code restores the old value within a few instructions after each write, so that no written
 * value can do harm. */
#include "payloads/runtime/csr.h"
#include "payloads/runtime/print.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define CSR_NUMBERS 4096
#define A0 10u
#define A1 11u
#define A2 12u
#define CSRRW 1u
#define CSRRS 2u
#define MOVE_A0_A2 0x00060513
#define RETURN_INSTRUCTION 0x00008067

struct kept {
	uint64_t old, now;
};

/* The instructions that access one CSR. The scan generates them anew for each CSR, because the CSR number is part of
 * each instruction. */
static uint32_t code[8];

static uint32_t csr_instruction(unsigned csr, unsigned form, unsigned rd, unsigned rs1)
{
	return csr << 20 | rs1 << 15 | form << 12 | rd << 7 | 0x73;
}

static struct trap run_read(unsigned csr, uint64_t *value)
{
	code[0] = csr_instruction(csr, CSRRS, A0, 0);
	code[1] = RETURN_INSTRUCTION;
	__asm__ volatile("fence.i" ::: "memory");
	trap_catch(trap_machine());
	*value = ((uint64_t(*)(uint64_t))(uint64_t)code)(0);
	return trap_release(trap_machine());
}

static struct trap run_write(unsigned csr, uint64_t value, struct kept *kept)
{
	code[0] = csr_instruction(csr, CSRRW, A2, A0);
	code[1] = csr_instruction(csr, CSRRS, A1, 0);
	code[2] = csr_instruction(csr, CSRRW, 0, A2);
	code[3] = MOVE_A0_A2;
	code[4] = RETURN_INSTRUCTION;
	__asm__ volatile("fence.i" ::: "memory");
	trap_catch(trap_machine());
	*kept = ((struct kept(*)(uint64_t))(uint64_t)code)(value);
	return trap_release(trap_machine());
}

/* True if mcountinhibit exists, so that it could stop the counters. If it is false, the counters run during the
 * scan. */
static bool counters_stopped;

static void stop_counters(void)
{
	trap_catch(trap_machine());
	csr_write(mcountinhibit, COUNTER_CY | COUNTER_IR);
	counters_stopped = trap_release(trap_machine()).count == 0;
}

/* Returns whether @p csr is a counter that runs before or during the scan. Its value differs from run to run, so the
 * scan does not print it. */
static bool is_counter(unsigned csr)
{
	return csr == 0xb00 || csr == 0xb02 || csr == 0xc00 || csr == 0xc01 || csr == 0xc02;
}

/* Returns whether the scan must not write @p csr. These CSRs control debug triggers and resumable NMIs, or are mseccfg.
 * Some values in them would end the scan, and others could not be changed back. */
static bool is_only_read(unsigned csr)
{
	return (csr >= 0x7a0 && csr < 0x7c0) || (csr >= 0x740 && csr < 0x748);
}

static bool is_pmpcfg(unsigned csr)
{
	return csr >= 0x3a0 && csr < 0x3b0;
}

static void print_value(const char *name, bool show_it, uint64_t value)
{
	if (show_it)
		print(" %s %lx", name, value);
	else
		print(" %s volatile", name);
}

static void scan(unsigned csr)
{
	uint64_t value;
	struct kept ones, zero;
	stop_counters();
	csr_write(mtval, 0);
	struct trap trap = run_read(csr, &value);
	print("csr %lx", (uint64_t)csr);
	if (trap.count) {
		print(" traps, cause %lx\n", trap.cause);
		return;
	}
	print_value("read", !is_counter(csr), value);
	if (is_only_read(csr)) {
		print("\n");
		return;
	}
	/* The scan does not set the lock bits, because a locked PMP entry stays locked until reset. */
	uint64_t all = is_pmpcfg(csr) ? UINT64_C(0x1f1f1f1f1f1f1f1f) : ~UINT64_C(0);
	trap = run_write(csr, all, &ones);
	if (trap.count) {
		print(" write traps, cause %lx, %lu times\n", trap.cause, trap.count);
		return;
	}
	run_write(csr, 0, &zero);
	print_value("ones", !is_counter(csr) || counters_stopped, ones.now);
	print_value("zero", !is_counter(csr) || counters_stopped, zero.now);
	run_read(csr, &value);
	print_value("after", !is_counter(csr), value);
	print("\n");
}

TEST(the_guest_prints_how_each_csr_behaves)
{
	quiet();
	csr_set(mstatus, MSTATUS_FS_INITIAL);
	for (unsigned csr = 0; csr < CSR_NUMBERS; csr++)
		scan(csr);
	quiet();
}
