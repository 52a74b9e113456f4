/* Runs an exit on a fast path and then, from the same state, on the slow tier, and requires the same effect.
 * Included by the tests of fast paths, each of which has one hart, `vcpu`. Must not depend on what an exit is for. */
#ifndef HV_TESTING_TIERS_H
#define HV_TESTING_TIERS_H

#include <string.h>

#include "hv/arch/live.h"
#include "hv/testing/hart.h"
#include "hv/testing/testing.h"
#include "hv/virt/emulate.h"
#include "hv/virt/fast.h"

static struct vcpu vcpu;
static uint32_t code[4]; /* the instruction that traps is the first of these */
static unsigned steps;   /* how often a fast path has left a CSR instruction to step_csr */

/* The state of a hart before an exit, so that the exit can be run twice. */
struct snapshot {
	struct vcpu vcpu;
	struct host_hart hart;
};

static inline struct snapshot take(void)
{
	return (struct snapshot){ vcpu, host_hart };
}

static inline void restore(const struct snapshot *snapshot)
{
	vcpu = snapshot->vcpu;
	host_hart = snapshot->hart;
}

/* When a fast path starts, some of the guest's registers are still in the hardware. This function moves these registers
 * to the hardware (if @p out is true), or back. */
static inline void move_live_registers(bool out)
{
	for (unsigned i = 1; i < 32; i++) {
		if (register_is_saved(i))
			continue;
		if (out) {
			host_hart.live[i] = vcpu.regs[i];
			vcpu.regs[i] = 0x0bad0bad0bad0bad;
		} else {
			vcpu.regs[i] = host_hart.live[i];
			host_hart.live[i] = 0;
		}
	}
}

/* Takes a snapshot without the parts in which the tiers may differ. These are the place where pc is stored, the values
 * that only the slow tier stores, and counters that have advanced. */
static inline struct snapshot comparable(bool slow)
{
	static const unsigned differing[] = { CSR_mcycle, CSR_minstret, CSR_time, CSR_mepc };
	struct snapshot state = take();

	if (!slow)
		state.vcpu.pc = host_hart.csr[CSR_mepc].value;
	for (unsigned i = 0; i < sizeof(differing) / sizeof(differing[0]); i++)
		state.hart.csr[differing[i]].value = 0;
	state.hart.end = HOST_END_NONE;
	state.hart.access_status = 0; /* only the slow tier reads the instruction under a guard */
	memset(&state.vcpu.trap, 0, sizeof(state.vcpu.trap));
	memset(state.vcpu.csr_readable, 0, sizeof(state.vcpu.csr_readable)); /* only guarded accesses set these */
	memset(state.vcpu.csr_writable, 0, sizeof(state.vcpu.csr_writable));
	memset(&state.vcpu.fault, 0, sizeof(state.vcpu.fault));
	return state;
}

/* Runs the fast path. Returns whether it handled the exit. */
static inline bool run_fast(void (*path)(struct vcpu *))
{
	uint64_t pc = vcpu.pc;

	host_hart.end = HOST_END_NONE;
	move_live_registers(true);
	vcpu.pc = 0x0bad; /* a fast path must read pc from mepc, so this wrong value shows if it does not */
	path(&vcpu);
	move_live_registers(false);
	cr_assert_neq(host_hart.end, HOST_END_NONE);
	if (host_hart.end == HOST_END_SLOW)
		vcpu.pc = pc;
	return host_hart.end == HOST_END_RETURN;
}

/* The position of the first byte that differs, for the message, or -1 if all bytes are equal. */
static inline long first_difference(const void *a, const void *b, size_t length)
{
	const uint8_t *left = a, *right = b;

	if (memcmp(a, b, length) == 0)
		return -1;
	for (size_t i = 0; i < length; i++)
		if (left[i] != right[i])
			return (long)i;
	return -1;
}

static inline void require_same(const struct snapshot *a, const struct snapshot *b, const char *what, uint64_t detail)
{
	long at = first_difference(&a->vcpu, &b->vcpu, sizeof(a->vcpu));

	require(at < 0, "%s %lx: struct vcpu differs at byte %ld", what, detail, at);
	at = first_difference(&a->hart, &b->hart, sizeof(a->hart));
	require(at < 0, "%s %lx: the hardware differs at byte %ld (CSR %lx)", what, detail, at,
		(unsigned long)at / sizeof(struct host_csr));
}

/* Runs @p path and then @p slow from the same state. Returns whether the fast path handled the exit. */
static inline bool compare(void (*path)(struct vcpu *), void (*slow)(void), const char *what, uint64_t detail)
{
	struct snapshot before = take();
	bool returned = run_fast(path);
	struct snapshot fast = comparable(!returned);

	restore(&before);
	if (returned)
		slow();

	struct snapshot reference = comparable(true);

	if (returned)
		require_same(&fast, &reference, what, detail);
	else
		require(first_difference(&fast, &reference, sizeof(fast)) < 0, "%s %lx: not handled, but changed", what,
			detail);
	return returned;
}

/* ---- states ---- */

static inline void set(unsigned number, uint64_t value)
{
	testing_set_csr(&vcpu, number, value);
}

/* Does the same work as trap_step_csr of trap.S. */
static inline void step_as_trap_s_does(struct vcpu *of, uint32_t word, uint64_t pc, uint64_t operand)
{
	struct step_answer answer = step_csr(of, word, pc, operand);

	steps++;
	if (answer.step == STEP_FINISH) {
		fast_finish_csr(of, word, host_csr_read(CSR_mepc), answer.value);
		return;
	}
	host_hart.end = answer.step == STEP_REFUSED ? HOST_END_SLOW : HOST_END_RETURN;
	if (answer.step > STEP_DONE)
		host_hart.live[answer.step] = of->regs[answer.step];
}

static inline void firmware_at_random(uint64_t *seed)
{
	host_step_csr = step_as_trap_s_does;
	host_hart_reset();
	host_hart.csr[CSR_mstatus].writable |= random_next(seed) & MSTATUS_MPELP;
	testing_boot(&vcpu);
	testing_place_code_in_ram(code, sizeof(code));
	vcpu.started = true;
	for (unsigned i = 1; i < 32; i++)
		vcpu_set_reg(&vcpu, i, random_bits(seed));
	set(CSR_mscratch, random_bits(seed));
	set(CSR_mepc, random_bits(seed));
	set(CSR_mtvec, random_bits(seed));
	set(CSR_medeleg, random_bits(seed));
	set(CSR_mideleg, random_bits(seed));
	set(CSR_mie, random_bits(seed));
	set(CSR_pmpaddr, random_bits(seed));
	set(CSR_pmpcfg, random_bits(seed));
	if (random_next(seed) % 4 == 0)
		set(CSR_mcountinhibit, random_next(seed));
	set(CSR_mstatus, random_next(seed) % 4 ? random_bits(seed) & ~MSTATUS_MPRV : random_bits(seed));
	if (random_next(seed) % 2)
		host_hart.wires = random_bits(seed) & (IP_S_BITS | IP_MEI);
	if (random_next(seed) % 2) /* the state in which a world switch would have left it */
		pmp_install(&vcpu, PMP_VIEW_PAYLOAD),
			pmp_install(&vcpu, vcpu.mprv_armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE);
	vcpu.payload_status = field_set(MSTATUS_UXL, 0, XLEN_64) | (random_next(seed) & MSTATUS_MPV);
	vcpu.satp = random_next(seed) >> 4;
	vcpu.pc = (uint64_t)code;
}

/* ---- the firmware ---- */

static inline void slow_firmware(void)
{
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
	IGNORE_ERROR(vcpu_fault_instruction(&vcpu));
	switch (emulate_privileged(&vcpu)) {
	case EMULATION_DONE:
		break;
	case EMULATION_ILLEGAL:
		vcpu_take_trap(&vcpu, CAUSE_ILLEGAL, code[0]);
		break;
	default:
		require(false, "the fast path took what the slow one does not: %x", code[0]);
	}

	unsigned interrupt = vcpu_pending_interrupt(&vcpu);

	if (interrupt)
		vcpu_take_interrupt(&vcpu, interrupt);
	testing_switch_world(&vcpu);
}

/* Simulates that the firmware traps on the instruction @p word. */
static inline void trap_with(uint32_t word)
{
	code[0] = word;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
}

static inline bool compare_firmware(uint32_t word)
{
	trap_with(word);
	return compare(fast_firmware_illegal, slow_firmware, "instruction", word);
}

#endif
