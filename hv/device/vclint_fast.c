/* Fast paths of the firmware's loads and stores: of its own hart's registers in the CLINT, where no interrupt becomes due. All
 * others go on to step_access. Look at the disassembly after any change: no stack frame, no call. */
#include "hv/arch/csr.h"
#include "hv/device/clint.h"
#include "hv/device/vclint.h"
#include "hv/virt/fast_register.h"
#include "hv/virt/firmware_word.h"
#include "hv/virt/instruction.h"

#define DOUBLEWORD 7ull

/* The trapped instruction, if it is a load or store of 4 or 8 bytes that a fast path may carry out: its address is what the
 * trap says. Only the CLINT's first address could be that of an access which began before it, and crosses into it. */
PART_OF_FAST_PATH bool fast_access(const struct vcpu *vcpu, uint64_t pc, uint64_t address,
				   struct instruction *instruction)
{
	if (vcpu->mprv_armed || !vcpu->pmp.unbound || !firmware_word_stays(pc) ||
	    !instruction_decode_plain(firmware_word(pc), instruction))
		return false;
	if (instruction->width < 4 || address % instruction->width != 0)
		return false;
	return address != machine.clint_base ||
	       (register_is_saved(instruction->rs1) &&
		vcpu->regs[instruction->rs1] + (uint64_t)instruction->offset == address);
}

PART_OF_FAST_PATH uint64_t half_of(uint64_t whole, uint64_t address)
{
	return (uint32_t)(address & 4 ? whole >> 32 : whole);
}

/* ---- loads ---- */

PART_OF_FAST_PATH void fast_finish_access(struct vcpu *vcpu, uint64_t pc, uint64_t address, unsigned length,
					  unsigned cause)
{
	csr_write(CSR_mepc, pc + length);
	return fast_return(vcpu, pc, address, FAST_KIND(cause, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

STEP_OF_FAST_PATH void fast_load_live(struct vcpu *vcpu, uint64_t pc, uint64_t address, unsigned length, unsigned rd,
				      uint64_t value)
{
	live_register_write(rd, value);
	return fast_finish_access(vcpu, pc, address, length, CAUSE_LOAD_ACCESS);
}

void fast_firmware_load(struct vcpu *vcpu)
{
	uint64_t pc = csr_read(CSR_mepc), address = csr_read(CSR_mtval), value;
	struct instruction load;

	if (!fast_access(vcpu, pc, address, &load))
		return trap_step_access(vcpu, CAUSE_LOAD_ACCESS);
	if ((address & ~DOUBLEWORD) == vcpu->mtime_address)
		value = clint_time(vcpu);
	else if ((address & ~DOUBLEWORD) == vcpu->timecmp_address)
		value = atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);
	else if (address == vcpu->msip_address && load.width == 4)
		value = (uint64_t)atomic_load_explicit(&vcpu->machine_software, memory_order_relaxed)
			<< 8 * (address & 4);
	else
		return trap_step_access(vcpu, CAUSE_LOAD_ACCESS);
	if (load.width == 4)
		value = load.is_signed ? (uint64_t)(int64_t)(int32_t)half_of(value, address) : half_of(value, address);
	if (!register_is_saved(load.rd))
		return fast_load_live(vcpu, pc, address, load.length, load.rd, value);
	if (load.rd)
		vcpu->regs[load.rd] = value;
	return fast_finish_access(vcpu, pc, address, load.length, CAUSE_LOAD_ACCESS);
}

/* ---- stores ---- */

/* A deadline that has come makes an interrupt pending: that may have to be taken. */
PART_OF_FAST_PATH bool fast_set_timecmp(struct vcpu *vcpu, uint64_t deadline)
{
	if (deadline <= clint_time(vcpu))
		return false;
	atomic_store_explicit(&vcpu->machine_timecmp, deadline, memory_order_relaxed);
	vcpu->machine_timer = false;
	clint_set_timecmp(vcpu, deadline);
	return true;
}

/* A software interrupt that is set may have to be taken, and shows in the trace. */
PART_OF_FAST_PATH bool fast_set_software(struct vcpu *vcpu, uint64_t value)
{
	if ((value & 1) && (CONFIG_TRACE || ((vcpu->mstatus & MSTATUS_MIE) && (vcpu->mie & IP_MSI))))
		return false;
	atomic_store_explicit(&vcpu->machine_software, value & 1, memory_order_release);
	return true;
}

void fast_firmware_store(struct vcpu *vcpu)
{
	uint64_t pc = csr_read(CSR_mepc), address = csr_read(CSR_mtval);
	struct instruction store;
	bool done = false;

	if (!fast_access(vcpu, pc, address, &store))
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);

	uint64_t value = fast_register(vcpu, store.rs2);

	if ((address & ~DOUBLEWORD) == vcpu->timecmp_address) {
		uint64_t old = atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);

		if (store.width == 4)
			value = address & 4 ? field_merge(FIELD(32, 32), old, value << 32)
					    : field_merge(FIELD(0, 32), old, value);
		done = fast_set_timecmp(vcpu, value);
	} else if (address == vcpu->msip_address && store.width == 4) {
		done = fast_set_software(vcpu, value);
	} else if ((address & ~DOUBLEWORD) == vcpu->mtime_address) {
		done = true; /* a write of mtime is ignored */
	}
	if (!done)
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);
	return fast_finish_access(vcpu, pc, address, store.length, CAUSE_STORE_ACCESS);
}
