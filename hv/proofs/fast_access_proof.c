/* Proof: if a fast path handles a load, store or AMO of the firmware, then the guest's registers, pc, mode and CSRs,
 * physical CSRs, virtual PMP, the virtual CLINT and the physical timer are the same as after exit_handle, the slow tier, and
 * both tiers make the same access to memory. If it does not handle the exit, it has changed nothing; the step that
 * continues then is the subject of steps_proof.c.
 * Bound: one exit; 16 PMP entries, no modules, one other hart. The instruction is the word of the case; the address and the
 * values of all registers and CSRs are free.
 * Stubs: the ends of fast paths, which trap.S has; the registers of the physical CLINT; guarded accesses.
 * Assumptions: those of fast_proof.c; the registers of the CLINTs do not overlap; the physical CLINT allows aligned reads;
 * mtval has the first byte of an access that PMP stops. */
#include "hv/arch/access.h"
#include "hv/device/clint.h"
#include "hv/device/reset.h"
#include "hv/device/upcalls.h"
#include "hv/device/vclint.h"
#include "hv/proofs/tiers.h"
#include "hv/virt/instruction.h"

/* The case: WORD is the instruction, and VIEW is PMP_VIEW_MPRV if MPRV redirects the access. */
#define IS_MPRV (VIEW == PMP_VIEW_MPRV)
#define IS_LOAD (CAUSE == CAUSE_LOAD_ACCESS)

/* ---- the rest of the machine: what both tiers must leave in the same state ---- */

struct outside {
	uint64_t timer;                         /* physical mtimecmp of this hart */
	uint64_t other_timecmp, other_software; /* virtual registers of the other hart */
	unsigned notified;                      /* how often the other hart has been told to look at them */
	unsigned accesses; /* the number of accesses with the payload's rights, and the last one: */
	uint64_t address, value, status, satp, config[STATE_ENTRIES / 8];
	unsigned width;
	bool is_store;
	const struct vcpu *sent; /* whose msip the trace has an event for */
	unsigned events;         /* how many of them */
};
static struct outside outside;
static struct vcpu other;  /* of the other hart */
static uint64_t now;       /* mtime */
static uint64_t remaining; /* the registers of the physical CLINT that hv does not emulate */
static bool access_faults; /* whether the access with the payload's rights faults */
static uint64_t loaded;    /* what it loads */

static bool same_outside(const struct outside *a, const struct outside *b)
{
	bool same = a->timer == b->timer && a->other_timecmp == b->other_timecmp &&
		    a->other_software == b->other_software && a->notified == b->notified && a->sent == b->sent &&
		    a->events == b->events;

	if (!IS_MPRV)
		return same;
	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
		same &= a->config[word] == b->config[word];
	return same && a->accesses == b->accesses && a->address == b->address && a->status == b->status &&
	       a->satp == b->satp && a->width == b->width && a->is_store == b->is_store &&
	       (!a->is_store || (a->value ^ b->value) << (64 - 8 * a->width) == 0);
}

uint64_t mmio_read64(uint64_t address)
{
	prove(address == subject.vcpu.mtime_address, "hv reads mtime of this hart's CLINT");
	return now;
}

void mmio_write64(uint64_t address, uint64_t value)
{
	prove(address == subject.vcpu.timecmp_address, "hv writes mtimecmp of this hart");
	outside.timer = value;
}

/* Makes an access with the payload's rights. Each tier sees the same memory, and the same fault. */
static enum error access_as_payload(uint64_t status, uint64_t address, unsigned width, bool is_store, uint64_t *value)
{
	outside.accesses++;
	outside.address = address;
	outside.status = status;
	outside.width = width;
	outside.is_store = is_store;
	outside.satp = csr_read(CSR_satp);
	outside.value = is_store ? *value : 0;
	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
		outside.config[word] = proof_hart.value[CSR_SLOT_pmpcfg + 2 * word];
	if (access_faults) { /* the trap changes these CSRs */
		proof_hart.value[CSR_SLOT_mepc] = nondet_u64() & ~1ull;
		proof_hart.value[CSR_SLOT_mcause] = nondet_u64();
		proof_hart.value[CSR_SLOT_mtval] = nondet_u64();
		return ERROR_TRAPPED;
	}
	if (!is_store)
		*value = width == 8 ? loaded : loaded & ((1ull << 8 * width) - 1);
	return ERROR_NONE;
}

/* A load from the physical CLINT. */
static uint64_t device_value(uint64_t address, unsigned width)
{
	uint64_t value = (address & ~7ull) == subject.vcpu.mtime_address ? now : remaining;

	return width == 8 ? value : (uint32_t)(value >> 8 * (address & 4));
}

enum error guarded_load(uint64_t status, uint64_t address, unsigned width, uint64_t *value)
{
	if (IS_MPRV)
		return access_as_payload(status, address, width, false, value);
	*value = device_value(address, width);
	return ERROR_NONE;
}

enum error guarded_store(uint64_t status, uint64_t address, unsigned width, uint64_t value)
{
	return access_as_payload(status, address, width, true, &value);
}

/* These elements have the width in bytes, and 1 for stores (hv/proofs/hart/guard_inline.h). */
const struct thunk load_thunks[] = { { { 1, 0 } }, { { 2, 0 } }, { { 4, 0 } }, { { 8, 0 } } };
const struct thunk store_thunks[] = { { { 1, 1 } }, { { 2, 1 } }, { { 4, 1 } }, { { 8, 1 } } };

/* ---- functions of hv/core ---- */

/* Whether @p address is in msip or mtimecmp of @p vcpu. */
static bool owns(const struct vcpu *vcpu, uint64_t address)
{
	return address == vcpu->msip_address || (address & ~7ull) == vcpu->timecmp_address;
}

struct vcpu *vclint_owner(uint64_t address)
{
	if (owns(&subject.vcpu, address))
		return &subject.vcpu;
	return owns(&other, address) ? &other : NULL;
}

void vclint_notify(struct vcpu *vcpu)
{
	if (vcpu == &other)
		outside.notified++;
	else
		vclint_update_timer(vcpu);
}

void vclint_trace_send(struct vcpu *vcpu)
{
	outside.sent = vcpu;
	outside.events++;
}

/* ---- ends of fast paths ---- */

void trap_step_software(struct vcpu *vcpu, uint64_t address, uint64_t value, uint64_t next)
{
	struct step_answer answer;

	vcpu->regs[2] = hart_live[2];
	answer = step_software(vcpu, address, value, next);
	if (answer.step == STEP_REFUSED)
		return trap_slow(vcpu);
	prove(answer.step == STEP_FINISH, "step_software ends in a way that trap_step_software knows");
	return fast_finish_step(vcpu, answer.value);
}

void trap_step_access(struct vcpu *vcpu, uint64_t cause)
{
	prove(cause == CAUSE, "the step handles the same trap");
	end_with(END_SLOW);
	(void)vcpu;
}

/* ---- states ---- */

static void set_constants(void)
{
	set_common_constants(VIEW, CAUSE);
	proof_hart.value[CSR_SLOT_mepc] = (uint64_t)code;
	subject.vcpu.mprv_armed = IS_MPRV;
	if (IS_MPRV && end == END_RETURN) {
		prove(!access_faults, "a fast path handles no access that faults");
		access_faults = false;
	} else if (end == END_RETURN) {
		prove(subject.vcpu.pmp.unbound, "a fast path handles only accesses that virtual PMP allows");
		subject.vcpu.pmp.unbound = true;
	}
	other.machine_timecmp = outside.other_timecmp;
	other.machine_software = (uint32_t)outside.other_software;
}

static void fast_tier(void)
{
	if (IS_LOAD)
		fast_firmware_load(&subject.vcpu);
	else
		fast_firmware_store(&subject.vcpu);
}

static bool is_in_clint(uint64_t address, unsigned width)
{
	return address % width == 0 && address - machine.clint_base <= machine.clint_size - width;
}

/* The registers of a hart: where they are, and that they are registers of their own. */
static void assume_registers(const struct vcpu *vcpu)
{
	assume(is_in_clint(vcpu->msip_address, 4) && is_in_clint(vcpu->timecmp_address, 8) &&
	       is_in_clint(vcpu->mtime_address, 8));
	assume((vcpu->msip_address & ~7ull) != vcpu->timecmp_address &&
	       (vcpu->msip_address & ~7ull) != vcpu->mtime_address && vcpu->timecmp_address != vcpu->mtime_address);
}

static void choose_clint(void)
{
	struct vcpu *vcpu = &subject.vcpu;

	other = nondet_vcpu();
	if (REACH) { /* one layout: that of harts 0 and 1 (SiFive CLINT) */
		machine.clint_base = 0x2000000;
		machine.clint_size = 0x10000;
		vcpu->msip_address = machine.clint_base;
		other.msip_address = machine.clint_base + 4;
		vcpu->timecmp_address = machine.clint_base + 0x4000;
		other.timecmp_address = machine.clint_base + 0x4008;
		vcpu->mtime_address = other.mtime_address = machine.clint_base + 0xbff8;
	}
	assume(machine.clint_base % 8 == 0 && machine.clint_size >= 16 &&
	       machine.clint_base <= ~0ull - machine.clint_size);
	assume_registers(vcpu);
	assume_registers(&other);
	assume(other.msip_address != vcpu->msip_address && !owns(vcpu, other.timecmp_address) &&
	       !owns(&other, vcpu->timecmp_address) && !owns(&other, vcpu->timecmp_address + 4) &&
	       !owns(vcpu, other.timecmp_address + 4) && !owns(&other, vcpu->mtime_address) &&
	       !owns(&other, vcpu->mtime_address + 4) && !owns(vcpu, other.mtime_address));
	assume(other.machine_software <= 1);
}

/* What the trap reports: the first byte of the access that PMP stops. Its own entry stops all bytes of the CLINT. */
static void choose_address(void)
{
	struct instruction instruction = instruction_decode(WORD);
	uint64_t address = subject.vcpu.regs[instruction.rs1] + (uint64_t)(int64_t)instruction.offset;
	uint64_t reported = proof_hart.value[CSR_SLOT_mtval];

	assume(reported == address || (reported == machine.clint_base && reported - address < instruction.width &&
				       instruction.kind != INSTRUCTION_AMO));
	assume(instruction.kind != INSTRUCTION_AMO || address % instruction.width == 0);
}

int main(void)
{
	choose_state(WORLD_FIRMWARE);
	assume(~hart_writable[CSR_SLOT_mtval] == 0 && ~hart_writable[CSR_SLOT_mcause] == 0);
	/* without Smdbltrp, MDT is 0 */
	assume((hart_writable[CSR_SLOT_mstatus] & MSTATUS_MDT) || !(proof_hart.value[CSR_SLOT_mstatus] & MSTATUS_MDT));
	choose_clint();
	choose_address();
	set_instruction(WORD);
	now = nondet_u64();
	remaining = nondet_u64();
	loaded = nondet_u64();
	access_faults = nondet_bool();
	/* otherwise the hart would have taken the timer interrupt before */
	assume(subject.vcpu.machine_timer == (now >= subject.vcpu.machine_timecmp));
	outside.timer = subject.vcpu.machine_timer ? ~0ull : subject.vcpu.machine_timecmp;
	outside.other_timecmp = other.machine_timecmp;
	outside.other_software = other.machine_software;

	struct outside outside_before = outside;
	bool handled = run_fast_tier();

	outside.other_timecmp = other.machine_timecmp;
	outside.other_software = other.machine_software;

	struct outside outside_after = outside;

	if (!handled) {
		outside.accesses = 0;
		prove(IS_MPRV || same_outside(&outside_after, &outside_before),
		      "a fast path that does not handle the access has changed no device");
		return 0;
	}
	outside = outside_before;
	run_slow_tier();
	outside.other_timecmp = other.machine_timecmp;
	outside.other_software = other.machine_software;
	prove(same_outside(&outside, &outside_after), "both tiers do the same to devices and memory");
	return 0;
}
