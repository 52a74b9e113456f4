/* What proofs use that let the fast tier and the slow tier handle the same exit, and compare the results.
 * Included by *_proof.c once, because it defines the ends of fast paths, which trap.S has. The proof defines fast_tier and
 * set_constants. */
#ifndef HV_PROOFS_TIERS_H
#define HV_PROOFS_TIERS_H

#include "hv/arch/live.h"
#include "hv/core/core.h"
#include "hv/proofs/hart.h"
#include "hv/proofs/state.h"
#include "hv/virt/fast.h"
#include "hv/virt/transition.h"

struct machine machine;

static struct hart subject;
static uint16_t code[2]; /* the instruction that traps */

static inline void set_instruction(uint32_t word)
{
	code[0] = (uint16_t)word;
	code[1] = (uint16_t)(word >> 16);
}

/** Handles the exit of this case as trap.S does before it saves all registers. */
static void fast_tier(void);

/** Assigns the members that have the same value in all states of this case of the proof. CBMC then knows these values,
 * and follows less code. */
static void set_constants(void);

/* ---- the ends of fast paths ---- */

enum end { END_NONE, END_RETURN, END_SLOW };
static enum end end;

static void end_with(enum end how)
{
	prove(end == END_NONE, "a fast path ends once");
	end = how;
}

void trap_return_fast(struct vcpu *vcpu)
{
	(void)vcpu;
	end_with(END_RETURN);
}

void trap_slow(struct vcpu *vcpu)
{
	(void)vcpu;
	end_with(END_SLOW);
}

/* ---- what observers and the trace get of an exit, if the configuration has them ---- */

static struct {
	unsigned exits;
	uint64_t pc, value, kind;
} seen, seen_after;

static inline void note_exit(uint64_t pc, uint64_t value, uint64_t kind)
{
	seen.exits++;
	seen.pc = pc;
	seen.value = value;
	seen.kind = kind;
}

void record_exit(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu;
	note_exit(pc, value, kind);
}

void fast_observe_firmware(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	note_exit(pc, value, kind);
	return trap_return_fast(vcpu);
}

void fast_observe_payload(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	note_exit(pc, value, kind);
	return trap_return_fast(vcpu);
}

void fast_answer(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	note_exit(pc, value, kind);
	return trap_return_fast(vcpu);
}

/* ---- states ---- */

/* The relations between members of struct vcpu and physical CSRs that hv keeps in between two exits. */
static bool consistent(const struct vcpu *vcpu)
{
	uint64_t apart = vcpu->mcountinhibit & (COUNTER_CY | COUNTER_IR);

	if (vcpu->cycle.offset)
		apart |= COUNTER_CY;
	if (vcpu->instret.offset)
		apart |= COUNTER_IR;
	return vcpu->counters_withheld == (apart != 0) && !vcpu->pmp.address_changed &&
	       !vcpu->pmp.stale[vcpu->pmp.current] &&
	       (vcpu->world == WORLD_PAYLOAD || proof_hart.value[CSR_SLOT_satp] == 0) &&
	       (vcpu->world == WORLD_PAYLOAD || proof_hart.value[CSR_SLOT_mie] == transition_firmware_enables(vcpu)) &&
	       field_get(MSTATUS_MPP, proof_hart.value[CSR_SLOT_mstatus]) != MODE_MACHINE &&
	       (vcpu->world == WORLD_FIRMWARE || !(vcpu->mstatus & MSTATUS_MPRV));
}

/* The functions below have one short statement for each member. CBMC needs much more time for a long expression with &&, and
 * less for whole arrays. */
#define SAME(member) same &= a->member == b->member

static bool same_pmp(const struct pmp *a, const struct pmp *b)
{
	bool same = true;

	SAME(current);
	SAME(address_changed);
	SAME(unbound);
	SAME(locked);
	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++) {
		SAME(virtual_config[word]);
		SAME(installed[word]);
	}
	for (unsigned view = 0; view < PMP_VIEWS; view++) {
		SAME(stale[view]);
		for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
			SAME(view[view][word]);
	}
	return same;
}

/* Whether the guest's state is the same. The members `trap`, `fault`, `pc`, csr_readable and csr_writable are hv's own,
 * and the tiers use them in different ways. */
static bool same_vcpu(const struct vcpu *a, const struct vcpu *b)
{
	bool same = __CPROVER_equal(a->regs, b->regs);

	SAME(mstatus);
	SAME(mie);
	SAME(mtvec);
	SAME(medeleg);
	SAME(mcounteren);
	SAME(mcountinhibit);
	SAME(cycle.offset);
	SAME(cycle.frozen);
	SAME(instret.offset);
	SAME(instret.frozen);
	SAME(satp);
	SAME(senvcfg);
	SAME(payload_status);
	SAME(counters_withheld);
	SAME(world);
	SAME(mode);
	SAME(mprv_armed);
	SAME(started);
	SAME(machine_timer);
	SAME(machine_software);
	SAME(machine_timecmp);
	return same & state_same_memory(a, b) & same_pmp(&a->pmp, &b->pmp);
}
#undef SAME

/* Moves the registers that trap.S does not save for fast paths to the hardware, or back. */
static void registers_to_hardware(void)
{
	for (unsigned i = 1; i < 32; i++)
		if (!register_is_saved(i)) {
			hart_live[i] = subject.vcpu.regs[i];
			subject.vcpu.regs[i] = nondet_u64();
		}
}

static void registers_from_hardware(void)
{
	for (unsigned i = 1; i < 32; i++)
		if (!register_is_saved(i))
			subject.vcpu.regs[i] = hart_live[i];
}

/** Assigns the members that have the same value in each case of each proof.
 * @param view  the view of PMP that is in effect
 * @param cause mcause */
static inline void set_common_constants(enum pmp_view view, uint64_t cause)
{
	struct pmp *pmp = &subject.vcpu.pmp;

	assume(pmp->first_virtual == PMP_OWN_ENTRIES - 1 && pmp->words == STATE_ENTRIES / 8 && pmp->current == view);
	pmp->first_virtual = PMP_OWN_ENTRIES - 1;
	pmp->first_word = (PMP_OWN_ENTRIES - 1) / 8;
	pmp->first_shift = (PMP_OWN_ENTRIES - 1) % 8 * 8;
	pmp->words = STATE_ENTRIES / 8;
	pmp->current = view;
	assume(pmp->implemented[0] == ~0ull && pmp->implemented[1] == ~0ull >> 8 * PMP_OWN_ENTRIES);
	pmp->implemented[0] = ~0ull;
	pmp->implemented[1] = ~0ull >> 8 * PMP_OWN_ENTRIES;
	proof_hart.value[CSR_SLOT_mcause] = cause;
	machine.pmp_used = machine.pmp_machine = STATE_ENTRIES;
}

/** Chooses any state in which the guest in @p world has trapped. */
static inline void choose_state(enum world world)
{
	struct vcpu *vcpu = &subject.vcpu;

	state_choose_hart();
	if (REACH)
		hart_choose_full();
	state_choose_machine();
	state_choose_vcpu(vcpu, world);
	if (world == WORLD_FIRMWARE)
		state_assume_view(vcpu, VIEW);
	assume(consistent(vcpu));
	assume(vcpu_pending_interrupt(vcpu) == 0);
	assume(~hart_writable[CSR_SLOT_mepc] == 1);
	assume(~hart_writable[CSR_SLOT_satp] == 0 && (proof_hart.satp_modes & 1));
	assume((proof_hart.value[CSR_SLOT_mie] & ~(IP_S_BITS | IP_M_BITS)) == 0);
	machine.ram_base = (uint64_t)code;
	machine.word_places = 2;
	for (unsigned event = 0; CONFIG_TRACE && event < TRACE_EVENTS; event++)
		vcpu->tracer->on[event] = false; /* the proofs of the ring are about records; here only exits matter */
}

/* ---- both tiers ---- */

/* What trap_slow and trap_return do, without the registers. */
static void slow_tier(void)
{
	subject.vcpu.pc = csr_read(CSR_mepc);
	exit_handle(&subject);
	csr_write(CSR_mepc, subject.vcpu.pc);
}

/* The state before the exit, and after the fast tier. */
static struct vcpu before, after;
static struct physical_hart hart_before, hart_after;

/** Lets the fast tier handle the exit. Proves that nothing has changed if it does not.
 * @return whether the fast tier has handled the exit */
static bool run_fast_tier(void)
{
	set_constants();
	before = subject.vcpu;
	hart_before = proof_hart;
	end = END_NONE;
	seen.exits = 0;
	registers_to_hardware();
	fast_tier();
	registers_from_hardware();
	prove(end != END_NONE, "each fast path ends");
	after = subject.vcpu;
	hart_after = proof_hart;
	seen_after = seen;
	prove(seen.exits == (CONFIG_OBSERVED && end == END_RETURN), "the observers see each exit that is handled once");
	if (end == END_RETURN) {
		prove(state_is_legal(&after) && consistent(&after), "the fast tier leaves a legal state");
		return true;
	}
	prove(same_vcpu(&after, &before) && hart_same(&hart_after, &hart_before),
	      "a fast path that does not handle the exit changes nothing");
	prove(csr_read(CSR_mcause) == hart_before.value[CSR_SLOT_mcause] &&
		      csr_read(CSR_mtval) == hart_before.value[CSR_SLOT_mtval],
	      "the slow tier still sees the trap");
	return false;
}

/** Lets the slow tier handle the exit that the fast tier has handled, and compares the states. */
static void run_slow_tier(void)
{
	subject.vcpu = before;
	proof_hart = hart_before;
	end = END_RETURN; /* tells CBMC so */
	seen.exits = 0;
	set_constants();
	slow_tier();
	prove(same_vcpu(&subject.vcpu, &after), "the guest's state is the same after both tiers");
	prove(hart_same(&proof_hart, &hart_after), "the hardware is the same after both tiers");
	prove(!CONFIG_OBSERVED || (seen.exits == 1 && seen.pc == seen_after.pc && seen.value == seen_after.value &&
				   seen.kind == seen_after.kind),
	      "the observers see the same exit in both tiers");
}

#endif
