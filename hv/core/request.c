/* Requests from hart to hart. The physical MSI is the only signal between harts, so a flag in struct hart says which
 * request the MSI stands for (semantics 7). The sender stores its data, sets the flag, fences, and sets the target's
 * MSIP. The receiver clears its MSIP, fences, and then takes the flags. In any other order, a request could be lost. */
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/core/core.h"
#include "hv/device/clint.h"
#include "hv/device/supervisor_timer.h"
#include "hv/device/upcalls.h"
#include "hv/device/vclint.h"

#define NEVER (~0ull)

static void notify(const struct hart *target)
{
	fence_memory_before_device();
	clint_set_software(&target->vcpu, 1);
}

void request_send(struct hart *target, enum request request)
{
	atomic_fetch_or_explicit(&target->requests, request, memory_order_release);
	notify(target);
}

/* ---- the receiving side ---- */

static void acknowledge(struct hart *sender)
{
	atomic_fetch_sub_explicit(&sender->unfinished, 1, memory_order_release);
	notify(sender);
}

static void run_broadcasts_of(struct hart *hart, unsigned module, unsigned word)
{
	uint64_t senders = atomic_exchange_explicit(&hart->senders[module][word], 0, memory_order_acquire);

	if (senders == 0)
		return;
	dispatch_on_interrupt(&hart->modules, hart, &hart->vcpu, module);
	/* A sender that waits for this hart relies on it that the new PMP entries are in effect. */
	if (MODULE_PMP_ENTRIES > 0 && hart->vcpu.pmp.address_changed)
		pmp_install(&hart->vcpu, hart->vcpu.pmp.current);
	for (unsigned bit = 0; bit < 64; bit++)
		if (senders >> bit & 1)
			acknowledge(&harts[64 * word + bit]);
}

static void run_broadcasts(struct hart *hart)
{
	hart->hook_ran = true;
	for (unsigned module = 0; module != MODULE_COUNT; module++)
		for (unsigned word = 0; word < HART_SET_WORDS; word++)
			run_broadcasts_of(hart, module, word);
}

/* Runs on_interrupt of each module that module_notify has named. */
static void run_notified(struct hart *hart, uint32_t requests)
{
	hart->hook_ran = true;
	for (unsigned module = 0; module != MODULE_COUNT; module++)
		if (requests & REQUEST_OF_MODULE(module))
			dispatch_on_interrupt(&hart->modules, hart, &hart->vcpu, module);
	if (MODULE_PMP_ENTRIES > 0 && hart->vcpu.pmp.address_changed)
		pmp_install(&hart->vcpu, hart->vcpu.pmp.current);
}

/* This hart only stops. Another hart ends the run and does everything else. */
void request_stop(struct hart *hart)
{
	atomic_store_explicit(&hart->online, false, memory_order_release);
	for (unsigned i = 0; i < hart_count; i++) /* a hart that waits for this hart has to look again */
		if (&harts[i] != hart)
			notify(&harts[i]);
	shutdown_wait();
}

void request_serve(struct hart *hart)
{
	clint_set_software(&hart->vcpu, 0);
	fence_device_before_memory();

	uint32_t requests = atomic_exchange_explicit(&hart->requests, 0, memory_order_acquire);

	if (requests & REQUEST_STOP)
		request_stop(hart);
	if (CONFIG_TRACE && (requests & REQUEST_INTERRUPTS))
		trace_receive(hart->vcpu.tracer);
	if (requests & REQUEST_INTERRUPTS)
		vclint_update_timer(&hart->vcpu);
	if (requests & REQUEST_MODULES)
		run_broadcasts(hart);
	if (MODULE_COUNT > 0 && requests >> REQUEST_MODULE_FIRST)
		run_notified(hart, requests);
}

void interrupts_serve(struct hart *hart)
{
	uint64_t pending = csr_read(CSR_mip);

	if (pending & IP_MSI)
		request_serve(hart);
	if (pending & IP_MTI)
		vclint_update_timer(&hart->vcpu);
}

/* ---- functions that other folders call ---- */

/* The first guess is right on most machines, because there hart n's msip is word n of the first CLINT. */
struct vcpu *vclint_owner(uint64_t address)
{
	uint64_t doubleword = address & ~7ull, guess = (address - harts[0].vcpu.msip_address) / 4;

	if (guess < hart_count && harts[guess].vcpu.msip_address == address)
		return &harts[guess].vcpu;
	for (unsigned i = 0; i < hart_count; i++) {
		struct vcpu *vcpu = &harts[i].vcpu;

		if (vcpu->msip_address == address || vcpu->timecmp_address == doubleword)
			return vcpu;
	}
	return NULL;
}

/* Works because struct vcpu is the first member of struct hart. */
static struct hart *hart_of(struct vcpu *vcpu)
{
	return (struct hart *)vcpu;
}

void vclint_notify(struct vcpu *vcpu)
{
	struct hart *self = hart_current(), *target = hart_of(vcpu);

	if (target == self)
		vclint_update_timer(vcpu);
	else
		request_send(target, REQUEST_INTERRUPTS);
}

void vclint_trace_send(struct vcpu *vcpu)
{
	struct hart *self = hart_current(), *target = hart_of(vcpu);

	trace_send(self->vcpu.tracer, vcpu->tracer, target->index);
	if (target == self)
		trace_receive(self->vcpu.tracer);
}

/* Sends a broadcast to one hart. If the sender's bit is still set from an earlier broadcast, that bit stands for both
 * broadcasts, because the receiver clears it before it runs the hook. */
static void broadcast_to_hart(struct hart *self, struct hart *target, unsigned module)
{
	uint64_t bit = 1ull << self->index % 64;

	if (!atomic_load_explicit(&target->online, memory_order_acquire))
		return;
	atomic_fetch_add_explicit(&self->unfinished, 1, memory_order_relaxed);
	if (atomic_fetch_or_explicit(&target->senders[module][self->index / 64], bit, memory_order_release) & bit)
		atomic_fetch_sub_explicit(&self->unfinished, 1, memory_order_relaxed);
	request_send(target, REQUEST_MODULES);
}

void module_broadcast_to(unsigned module, struct hart_set set)
{
	struct hart *self = hart_current();

	/* a hart that starts is either seen online here, or its init sees the data that this hart stored */
	fence_all();
	for (unsigned i = 0; i < hart_count; i++)
		if (hart_set_has(&set, i) && i != self->index)
			broadcast_to_hart(self, &harts[i], module);
	if (hart_set_has(&set, self->index))
		dispatch_on_interrupt(&self->modules, self, &self->vcpu, module);
}

void module_notify_hart(unsigned module, struct hart *hart)
{
	atomic_fetch_or_explicit(&hart->requests, REQUEST_OF_MODULE(module), memory_order_release);
	notify(hart);
}

void module_serve(struct hart *hart)
{
	if (csr_read(CSR_mip) & IP_MSI)
		request_serve(hart);
}

void module_sleep(struct hart *hart)
{
	request_sleep(hart, NEVER);
}

void request_sleep(struct hart *hart, uint64_t deadline)
{
	uint64_t enables = csr_swap(CSR_mie, IP_MSI | IP_MTI);

	if (hart->vcpu.machine_timer ||
	    deadline < atomic_load_explicit(&hart->vcpu.machine_timecmp, memory_order_relaxed))
		clint_set_timecmp(&hart->vcpu, fast_next_deadline(&hart->vcpu, deadline));
	wait_for_interrupt();
	csr_write(CSR_mie, enables);
	interrupts_serve(hart);
	vclint_update_timer(&hart->vcpu);
}

void module_broadcast_wait_for(unsigned module, struct hart_set set)
{
	struct hart *self = hart_current();

	module_broadcast_to(module, set);
	while (atomic_load_explicit(&self->unfinished, memory_order_acquire) != 0)
		request_sleep(self, NEVER);
}
