/* Ends the machine on an error: a panic when an invariant of hv is broken, or a boot error. In both cases hv prints to
 * the console everything that it knows about the error. A panic also dumps the rings, if the configuration asks for
 * it. */
#define LOG_NAME hv_core
#include "hv/arch/csr.h"
#include "hv/core/core.h"
#include "hv/device/clint.h"
#include "hv/device/reset.h"
#include "hv/log/format.h"
#include "hv/virt/upcalls.h"

#define EXIT_PANIC 3

static const char register_names[32][4] = { "0",  "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
					    "a1", "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
					    "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6" };

/* Stops the other harts, so that the rings do not change while they are dumped. This function waits for a tenth of a
 * second. A hart that has not stopped by then keeps running. */
static void stop_others(const struct hart *hart)
{
	uint64_t deadline = clint_time(&hart->vcpu) + hartscope_directory.timebase_hz / 10;

	for (unsigned i = 0; i < hart_count; i++)
		if (&harts[i] != hart && atomic_load_explicit(&harts[i].online, memory_order_acquire))
			request_send(&harts[i], REQUEST_STOP);
	for (unsigned i = 0; i < hart_count; i++)
		while (&harts[i] != hart && atomic_load_explicit(&harts[i].online, memory_order_acquire) &&
		       clint_time(&hart->vcpu) < deadline)
			;
}

/* Prints what the hart was doing. Registers and addresses may be values of a guest. */
static void print_state(const struct hart *hart)
{
	const struct vcpu *vcpu = &hart->vcpu;

	log_text("  mcause %lx mepc %016lx mtval %016lx mstatus %016lx\r\n", vcpu->trap.cause, vcpu->trap.pc,
		 vcpu->trap.value, csr_read(CSR_mstatus));
	log_text("  hart %lu (index %u), world %s, virtual mepc %016lx mcause %lx\r\n", hart->id, hart->index,
		 vcpu->world == WORLD_FIRMWARE ? "firmware" : "payload", vcpu->csr.mepc, vcpu->csr.mcause);
	for (unsigned i = 1; i < 32; i++)
		log_text("  %-3s %016lx%s", register_names[i], vcpu->regs[i], i % 4 == 3 ? "\r\n" : "");
}

void panic(const struct hart *hart, const char *reason)
{
	char build[41];

	log_break_lock();
	log_error("panic: %s", reason);
	log_text("  config %s, build %s\r\n", CONFIG_NAME, build_id_text(build));
	if (!CONFIG_SILENT_PANIC)
		print_state(hart);
	if (CONFIG_TRACE && CONFIG_TRACE_DUMP >= DUMP_AT_PANIC && !CONFIG_SILENT_PANIC) {
		stop_others(hart);
		trace_dump();
	}
	hartscope_directory.state = HARTSCOPE_PANIC;
	reset_exit(EXIT_PANIC);
}

void vcpu_handler_missing(const struct vcpu *vcpu)
{
	static _Atomic uint32_t reported; /* set once, by any hart (with relaxed order, because it guards no data) */

	if (!atomic_exchange_explicit(&reported, 1, memory_order_relaxed))
		log_warn("the firmware trapped, mcause %lx mepc %lx, and mtvec 0x%lx cannot be fetched",
			 vcpu->csr.mcause, vcpu->csr.mepc, vcpu->mtvec);
}

void boot_trap(void)
{
	log_break_lock();
	boot_error("a trap: mcause %lx mepc %lx mtval %lx", csr_read(CSR_mcause), csr_read(CSR_mepc),
		   csr_read(CSR_mtval));
}

void boot_error(const char *format, ...)
{
	char text[200];
	va_list arguments;

	va_start(arguments, format);
	(void)format_text(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_error("boot error: %s", text);
	hartscope_directory.state = HARTSCOPE_BOOT_ERROR;
	reset_exit(EXIT_PANIC);
}
