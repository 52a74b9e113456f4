/* Ends a run. The first hart that calls shutdown_run stops the other harts, runs the modules' on_shutdown, and dumps
 * the rings if the configuration asks for a dump. The caller of shutdown_run then ends the machine. */
#define LOG_NAME hv_core
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/core/core.h"
#include "hv/device/clint.h"
#include "hv/device/reset.h"
#include "hv/platform/platform.h"

#define EXIT_MODULE_FATAL 4
#define STOP_SECONDS 5 /* this is long, because a hart of an emulator may have to wait for a host processor */

/* The hart that ends the run, or NULL if no hart has begun to end it. The first hart that ends the run sets it. The
 * accesses are relaxed, because this variable guards no data. */
static _Atomic(const struct hart *) ending;

bool shutdown_has_begun(void)
{
	return atomic_load_explicit(&ending, memory_order_relaxed) != NULL;
}

static bool others_stopped(const struct hart *hart)
{
	for (unsigned i = 0; i < hart_count; i++)
		if (&harts[i] != hart && atomic_load_explicit(&harts[i].online, memory_order_acquire))
			return false;
	return true;
}

/* Marks harts that have not stopped as offline. Modules may still send broadcasts, and no hart must wait for these
 * harts then. */
static void give_up_hung_harts(const struct hart *hart)
{
	for (unsigned i = 0; i < hart_count; i++)
		if (&harts[i] != hart && atomic_exchange_explicit(&harts[i].online, false, memory_order_acquire))
			log_warn("hart %lu did not stop", harts[i].id);
}

static void stop_others(struct hart *hart)
{
	uint64_t deadline = clint_time(&hart->vcpu) + hartscope_directory.timebase_hz * STOP_SECONDS;

	fence_all(); /* a hart that starts is either seen online here, or it sees that the run ends (boot.c) */
	for (unsigned i = 0; i < hart_count; i++)
		if (&harts[i] != hart && atomic_load_explicit(&harts[i].online, memory_order_acquire))
			request_send(&harts[i], REQUEST_STOP);
	while (!others_stopped(hart) && clint_time(&hart->vcpu) < deadline)
		request_sleep(hart, deadline);
	give_up_hung_harts(hart);
}

void shutdown_run(struct hart *hart, enum hartscope_state state)
{
	const struct hart *first = NULL;

	if (!atomic_compare_exchange_strong_explicit(&ending, &first, hart, memory_order_relaxed,
						     memory_order_relaxed)) {
		if (first != hart)
			request_stop(hart);
		hartscope_directory.state = state; /* the on_shutdown of a module called module_fatal */
		return;
	}
	stop_others(hart);
	for (unsigned i = 0; CONFIG_TRACE && i < hart_count; i++)
		dispatch_trace_counters(&harts[i].modules, &harts[i]);
	dispatch_on_shutdown(&hart->modules, hart);
	if (CONFIG_TRACE && CONFIG_TRACE_DUMP == DUMP_AT_SHUTDOWN)
		trace_dump();
	hartscope_directory.state = state;
}

void shutdown_by_call(struct hart *hart)
{
	shutdown_run(hart, HARTSCOPE_SHUT_DOWN);
	if (platform.reset.kind != RESET_NONE)
		reset_exit(0);
}

void shutdown_wait(void)
{
	csr_write(CSR_mie, 0);
	for (;;)
		wait_for_interrupt();
}

void module_fatal_end(unsigned module, const char *reason)
{
	static const char *const names[] = MODULE_NAMES;

	log_error("module %s: %s", names[module], reason);
	shutdown_run(hart_current(), HARTSCOPE_MODULE_FATAL);
	reset_exit(EXIT_MODULE_FATAL);
}
