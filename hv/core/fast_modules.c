/* The fast paths of modules. trap.S jumps to the functions of this file, which find the module's state and its hart from
 * struct vcpu. The compiler inlines the module's function, so each of them is a fast path as hv/virt/fast.h describes it.
 * Look at the disassembly after any change: there must be no stack frame and no call. */
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/core/core.h"
#include "hv/device/clint.h"

#define SOFTWARE_INTERRUPT 3

/* Defines fast_module_KIND() for an exception. The module's function ends the path. */
#define MODULE_FAST_PATH(kind)                                                                                         \
	void fast_module_##kind(struct vcpu *vcpu, uint64_t cause);                                                    \
	void fast_module_##kind(struct vcpu *vcpu, uint64_t cause)                                                     \
	{                                                                                                              \
		struct hart *hart = (struct hart *)vcpu;                                                               \
                                                                                                                       \
		dispatch_fast_##kind(&hart->modules, hart, vcpu, cause);                                               \
	}

MODULE_FAST_PATHS(MODULE_FAST_PATH)

#define A7 17

/* The module's function may change the registers, so this function first prepares everything that observers and the trace
 * take from them. If trap_slow handles the exit, it sets these members again. */
void fast_module_payload_trap(struct vcpu *vcpu, uint64_t cause)
{
	struct hart *hart = (struct hart *)vcpu;

	if (CONFIG_OBSERVED)
		vcpu->trap.eid = vcpu->regs[A7];
	if (CONFIG_TRACE && cause == CAUSE_ECALL_S)
		vcpu_note_call(vcpu, csr_read(CSR_mepc));
	if (__builtin_expect(dispatch_fast_payload_trap(&hart->modules, hart, vcpu, cause), 1))
		return fast_enter_firmware(vcpu, cause);
	if (CONFIG_TRACE)
		vcpu->tracer->call.pending = TRACE_CALL_NONE;
	return trap_slow(vcpu);
}

/* The module sees the pc and the mode in which the payload is about to continue. */
void fast_module_firmware_mret(struct vcpu *vcpu)
{
	struct hart *hart = (struct hart *)vcpu;

	vcpu->pc = vcpu->csr.mepc;
	vcpu->mode = (enum mode)field_get(MSTATUS_MPP, vcpu->mstatus);
	if (__builtin_expect(dispatch_fast_firmware_mret(&hart->modules, hart, vcpu, CAUSE_ILLEGAL), 1))
		return fast_enter_payload(vcpu);
	vcpu->mode = MODE_MACHINE;
	return trap_slow(vcpu);
}

#define KIND_OF_SOFTWARE_INTERRUPT(world)                                                                              \
	(FAST_KIND(EXIT_INTERRUPT + SOFTWARE_INTERRUPT, world, world, TRACE_OFFLOADED) |                               \
	 FAST_KIND_OF_MODULE(MODULE_OF_SOFTWARE_INTERRUPT + 1u))

void fast_module_machine_software_interrupt(struct vcpu *vcpu, uint64_t cause);

/* Serves a machine software interrupt that only module_notify of the module with this fast path has sent. step_interrupt
 * serves all others. The order is that of request_serve: clear MSIP, then take the requests. */
void fast_module_machine_software_interrupt(struct vcpu *vcpu, uint64_t cause)
{
	struct hart *hart = (struct hart *)vcpu;
	uint32_t own = REQUEST_OF_MODULE(MODULE_OF_SOFTWARE_INTERRUPT);

	if (cause != (CAUSE_INTERRUPT | SOFTWARE_INTERRUPT) ||
	    atomic_load_explicit(&hart->requests, memory_order_relaxed) != own)
		return trap_step_interrupt(vcpu, cause);
	clint_set_software(vcpu, 0);
	fence_device_before_memory();

	uint32_t requests = atomic_exchange_explicit(&hart->requests, 0, memory_order_acquire);

	if (!dispatch_fast_machine_software_interrupt(&hart->modules, hart, vcpu) || requests != own) {
		/* there is more to do: step_interrupt takes the requests again */
		atomic_fetch_or_explicit(&hart->requests, requests, memory_order_relaxed);
		clint_set_software(vcpu, 1);
		return trap_step_interrupt(vcpu, cause);
	}

	if (!CONFIG_OBSERVED)
		return trap_return_fast(vcpu);
	return fast_observe_interrupt(vcpu, csr_read(CSR_mepc), 0, KIND_OF_SOFTWARE_INTERRUPT(vcpu->world));
}
