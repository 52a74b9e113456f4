/* Fast paths for the firmware's loads, stores and AMOs. They handle accesses to this hart's registers in the CLINT if
 * no interrupt becomes due. For stores to other harts' msip they jump to step_software, and for all other accesses they
 * jump to step_access. Look at the disassembly after any change: there must be no stack frame and no call. */
#include "hv/arch/csr.h"
#include "hv/device/clint.h"
#include "hv/device/supervisor_timer.h"
#include "hv/device/vclint.h"
#include "hv/virt/fast_register.h"
#include "hv/virt/firmware_word.h"
#include "hv/virt/instruction.h"

#define DOUBLEWORD 7ull

/* Decodes the instruction that trapped. Returns true if it is a load or store of 4 or 8 bytes that a fast path may
 * carry out. The trap reports the address of the access. Only if the trap reports the first address of the CLINT, hv
 * has to compute the address from the instruction, because the trap also reports this address for an access that starts
 * before the CLINT and extends into it. */
PART_OF_FAST_PATH bool fast_access(const struct vcpu *vcpu, uint64_t pc, uint64_t address,
				   struct instruction *instruction)
{
	if (!vcpu->pmp.unbound || !firmware_word_stays(pc) || !instruction_decode_plain(firmware_word(pc), instruction))
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

	if (vcpu->mprv_armed)
		return fast_firmware_mprv(vcpu, CAUSE_LOAD_ACCESS);
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

/* Sets mtimecmp. Returns false if the deadline has already passed, because then an interrupt is pending, and the
 * firmware may have to take it. */
PART_OF_FAST_PATH bool fast_set_timecmp(struct vcpu *vcpu, uint64_t deadline)
{
	if (deadline <= clint_time(vcpu))
		return false;
	atomic_store_explicit(&vcpu->machine_timecmp, deadline, memory_order_relaxed);
	vcpu->machine_timer = false;
	clint_set_timecmp(vcpu, fast_next_deadline(vcpu, deadline));
	return true;
}

/* Whether the firmware would take this hart's software interrupt as soon as it is pending. */
PART_OF_FAST_PATH bool fast_software_is_due(const struct vcpu *vcpu)
{
	return (vcpu->mstatus & MSTATUS_MIE) && (vcpu->mie & IP_MSI);
}

/* Whether the fast path may set MSIP. It may not do so if the firmware would have to take the interrupt, or if the
 * trace has to record the interrupt. */
PART_OF_FAST_PATH bool fast_may_set_software(const struct vcpu *vcpu)
{
	return !CONFIG_TRACE && !fast_software_is_due(vcpu);
}

PART_OF_FAST_PATH bool fast_set_software(struct vcpu *vcpu, uint64_t value)
{
	if ((value & 1) && !fast_may_set_software(vcpu))
		return false;
	atomic_store_explicit(&vcpu->machine_software, value & 1, memory_order_release);
	/* A guest's fence may order its store only as device output. hv stores to memory instead, so it needs this
	 * fence. */
	atomic_thread_fence(memory_order_seq_cst);
	return true;
}

/* Number of the register that an `sd` or `c.sd` stores, or 32 for any other instruction. */
PART_OF_FAST_PATH unsigned doubleword_source(uint32_t word)
{
	if ((word & 0x707f) == 0x3023)
		return word >> 20 & 31;
	return (word & 0xe003) == 0xe000 ? 8 + (word >> 2 & 7) : 32;
}

/* Applies an AMO to msip if its operation is one that firmwares use for locks and flags. Otherwise returns false. The
 * function uses atomic operations, because other harts may write at the same time. msip is a single bit, and addition
 * to a single bit is the same as XOR. */
PART_OF_FAST_PATH bool fast_software_amo(struct vcpu *vcpu, uint32_t word, uint32_t operand, uint64_t *old)
{
	switch (word >> 27) {
	case 0x01:
		*old = atomic_exchange_explicit(&vcpu->machine_software, operand & 1, memory_order_acq_rel);
		return true;
	case 0x00:
	case 0x04:
		*old = atomic_fetch_xor_explicit(&vcpu->machine_software, operand & 1, memory_order_acq_rel);
		return true;
	case 0x08:
		*old = atomic_fetch_or_explicit(&vcpu->machine_software, operand & 1, memory_order_acq_rel);
		return true;
	case 0x0c:
		*old = atomic_fetch_and_explicit(&vcpu->machine_software, operand & 1, memory_order_acq_rel);
		return true;
	default:
		return false;
	}
}

/* Handles amoOP.w on this hart's msip. AMOs are always aligned, so the trap reports the address of the whole
 * access. */
STEP_OF_FAST_PATH void fast_store_rare(struct vcpu *vcpu, uint64_t pc, uint64_t address)
{
	uint32_t word = firmware_word(pc);
	unsigned rd = word >> 7 & 31, rs2 = word >> 20 & 31;
	uint64_t old;

	if ((word & 0x707f) != 0x202f || address != vcpu->msip_address || !vcpu->pmp.unbound ||
	    !register_is_saved(rd) || !register_is_saved(rs2))
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);
	if ((vcpu->regs[rs2] & 1) && word >> 27 != 0x0c && !fast_may_set_software(vcpu)) /* an AND never sets msip */
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);
	if (!fast_software_amo(vcpu, word, (uint32_t)vcpu->regs[rs2], &old))
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);
	atomic_thread_fence(memory_order_seq_cst);
	if (rd)
		vcpu->regs[rd] = old;
	return fast_finish_access(vcpu, pc, address, 4, CAUSE_STORE_ACCESS);
}

/* Handles all stores except a store of a doubleword to mtimecmp. */
STEP_OF_FAST_PATH void fast_store_other(struct vcpu *vcpu, uint64_t pc, uint64_t address)
{
	struct instruction store;
	bool done = false;

	if (!fast_access(vcpu, pc, address, &store))
		return fast_store_rare(vcpu, pc, address);

	uint64_t value = fast_register(vcpu, store.rs2);

	if ((address & ~DOUBLEWORD) == vcpu->timecmp_address) {
		uint64_t old = atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);

		if (store.width == 4)
			value = address & 4 ? field_merge(FIELD(32, 32), old, value << 32)
					    : field_merge(FIELD(0, 32), old, value);
		done = fast_set_timecmp(vcpu, value);
	} else if (address == vcpu->msip_address && store.width == 4) {
		done = fast_set_software(vcpu, value);
		if (!done && !fast_software_is_due(vcpu)) /* step_software has to write a trace record then */
			return trap_step_software(vcpu, address, value, pc + store.length);
	} else if (store.width == 4 && address < vcpu->timecmp_address) { /* most likely the msip of another hart */
		return trap_step_software(vcpu, address, value, pc + store.length);
	} else if ((address & ~DOUBLEWORD) == vcpu->mtime_address) {
		done = true; /* nothing to do, because a write of mtime is ignored */
	}
	if (!done)
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);
	return fast_finish_access(vcpu, pc, address, store.length, CAUSE_STORE_ACCESS);
}

void fast_firmware_store(struct vcpu *vcpu)
{
	uint64_t pc = csr_read(CSR_mepc), address = csr_read(CSR_mtval);

	if (vcpu->mprv_armed)
		return fast_firmware_mprv(vcpu, CAUSE_STORE_ACCESS);
	if (!firmware_word_stays(pc))
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);
	if (address != vcpu->timecmp_address || address == machine.clint_base || !vcpu->pmp.unbound)
		return fast_store_other(vcpu, pc, address);

	uint32_t word = firmware_word(pc);
	unsigned source = doubleword_source(word);

	if (source == 32 || !register_is_saved(source))
		return fast_store_other(vcpu, pc, address);
	if (!fast_set_timecmp(vcpu, vcpu->regs[source]))
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);
	return fast_finish_access(vcpu, pc, address, instruction_is_long(word) ? 4 : 2, CAUSE_STORE_ACCESS);
}
