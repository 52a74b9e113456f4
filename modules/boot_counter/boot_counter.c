/* Records when the boot reaches each phase. For each phase it stores mtime, mcycle, and the number of exits of all
 * harts until then. If the module exit_counter_per_cause is enabled, it counts the exits; otherwise this module counts
 * them itself. This module publishes the phases for the host and prints them at the end of the run. Hart 0 writes them
 * to the trace. */
#define LOG_NAME boot_counter
#include "modules/boot_counter/boot_counter.h"

#include <stdatomic.h>

/* the first hart that reaches a phase stores the phase's data; they do not change after that */
static struct hartscope_phases phases;
static _Atomic uint32_t kernel_reached;

static uint64_t exits_told(unsigned hart)
{
	const struct hartscope_directory *directory = module_directory();
	const struct hartscope_counters *counters =
		(const struct hartscope_counters *)(directory->counters + hart * directory->counters_stride);
	uint64_t exits = 0;

	for (unsigned cause = 0; cause < HARTSCOPE_CAUSES; cause++)
		exits += counters->exits[0][cause] + counters->exits[1][cause];
	return exits;
}

static uint64_t exits_of_all(const struct boot_counter *self)
{
	uint64_t exits = 0;

	for (unsigned i = 0; i < hart_total(); i++)
		exits += BOOT_COUNTER_IS_TOLD ? exits_told(i) : module_state(self, i)->exits;
	return exits;
}

static void stamp(enum hartscope_phase phase, struct boot_stamp when, uint64_t exits)
{
	phases.at[phase].mtime = when.mtime;
	phases.at[phase].mcycle = when.mcycle;
	phases.at[phase].exits = exits;
	atomic_thread_fence(memory_order_release); /* hart 0 reads a phase only after it has seen the new count */
	phases.count = phase + 1;
}

/* Hart 0 writes the phases that the boot has reached since hart 0 last wrote phases to the trace. The boot reaches the
 * first phases before the trace starts. */
void boot_counter_trace_counters(struct boot_counter *self, struct hart *hart)
{
	static uint64_t written;
	uint64_t reached = phases.count;

	if (hart_index(hart) != 0)
		return;
	atomic_thread_fence(memory_order_acquire);
	for (; written < reached; written++) {
		module_trace(self, written, phases.at[written].mtime);
		module_trace_counter(hart, HARTSCOPE_COUNTER_BOOT + written, phases.at[written].exits);
	}
}

void boot_counter_init(struct boot_counter *self, struct hart *hart)
{
	(void)self, (void)hart;
	if (phases.count != 0)
		return;
	stamp(HARTSCOPE_PHASE_HV, boot_stamp_first(), 0);
	stamp(HARTSCOPE_PHASE_FIRMWARE, boot_stamp_now(), 0);
	module_directory()->phases = (uint64_t)&phases;
}

/* Adds 1 for the exit that enters the payload, because the observers see that exit only after this hook. */
void boot_counter_payload_start(struct boot_counter *self, struct hart *hart, struct vcpu *vcpu)
{
	(void)vcpu;
	if (!atomic_exchange_explicit(&kernel_reached, 1, memory_order_relaxed))
		stamp(HARTSCOPE_PHASE_KERNEL, boot_stamp_now(), exits_of_all(self) + 1);
	if (CONFIG_TRACE)
		boot_counter_trace_counters(self, hart);
}

static void print_phase(const char *name, enum hartscope_phase from, struct boot_stamp end, uint64_t exits)
{
	uint64_t ticks_per_us = module_directory()->timebase_hz / 1000000;

	log_text("  %-9s %10lu us  %12lu cycles  %9lu exits\r\n", name,
		 (end.mtime - phases.at[from].mtime) / (ticks_per_us ? ticks_per_us : 1),
		 end.mcycle - phases.at[from].mcycle, exits - phases.at[from].exits);
}

static void print_between(const char *name, enum hartscope_phase from)
{
	struct boot_stamp end = { phases.at[from + 1].mtime, phases.at[from + 1].mcycle };

	print_phase(name, from, end, phases.at[from + 1].exits);
}

void boot_counter_on_shutdown(struct boot_counter *self, struct hart *hart)
{
	(void)hart;
	log_text("\r\nboot phases\r\n");
	print_between("hv", HARTSCOPE_PHASE_HV);
	if (phases.count > HARTSCOPE_PHASE_KERNEL) {
		print_between("firmware", HARTSCOPE_PHASE_FIRMWARE);
		print_phase("since then", HARTSCOPE_PHASE_KERNEL, boot_stamp_now(), exits_of_all(self));
	} else {
		print_phase("since then", HARTSCOPE_PHASE_FIRMWARE, boot_stamp_now(), exits_of_all(self));
	}
}
