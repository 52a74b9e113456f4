/* Proof: if a fast path, with the steps that it continues with, handles an exit, then the guest's registers, pc, mode and
 * CSRs, physical CSRs, virtual PMP and counters are the same as after exit_handle, the slow tier. If it does not handle
 * the exit, it has changed nothing. Both tiers leave a legal state.
 * Bound: one exit; 16 PMP entries, no modules. A CSR instruction is one of the table `instructions`, and the registers of
 * sfence.vma are those of the case; the values of all registers and CSRs are free.
 * Stubs: the ends of fast paths, which trap.S has; devices and hv's own ecalls, which these exits do not reach.
 * Assumptions: state.h, and consistent() below, which is proved again after each exit; no interrupt of the firmware is due
 * when the exit begins, because the hart would have taken it before. */
#include "hv/core/core.h"
#include "hv/proofs/hart.h"
#include "hv/proofs/state.h"
#include "hv/virt/fast.h"
#include "hv/virt/fast_csr.h"
#include "hv/virt/instruction.h"
#include "hv/virt/transition.h"

/* What the exit of a case is about: HANDLED is one of these. */
enum handled { MRET, SFENCE, FIRMWARE_TRAP, PAYLOAD_TRAP, CSR_INSTRUCTION };

struct machine machine;

#ifndef CAUSE /* of the trap; a constant */
#define CAUSE CAUSE_ILLEGAL
#endif

#ifndef RS1 /* the registers of sfence.vma */
#define RS1 0
#define RS2 0
#endif

static struct hart subject;
static uint16_t code[2]; /* the instruction that traps */

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

void trap_step_csr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	vcpu->regs[2] = hart_live[2];

	struct step_answer answer = step_csr(vcpu, word, pc, operand);

	if (answer.step == STEP_FINISH)
		return fast_finish_csr(vcpu, word, csr_read(CSR_mepc), answer.value);
	if (answer.step == STEP_DONE)
		return trap_return_fast(vcpu);
	prove(answer.step > STEP_DONE && answer.step < STEP_RESTORE, "step_csr ends in a way that trap_step_csr knows");
	return fast_live_restore(vcpu, answer.step);
}

/* ---- functions of hv/core ---- */

void step_observe(struct vcpu *vcpu, uint64_t pc, uint64_t value, uint64_t kind)
{
	(void)vcpu, (void)pc, (void)value, (void)kind;
}

void record_answer(struct vcpu *vcpu)
{
	(void)vcpu;
}

bool ecall_handle(struct hart *hart)
{
	prove(hart->vcpu.regs[17] != HARTSCOPE_EID && hart->vcpu.regs[17] != HARTSCOPE_PEER_EID,
	      "hv's own calls are left to the slow tier");
	return false;
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
	return vcpu->counters_withheld == (apart != 0) &&
	       (vcpu->world == WORLD_PAYLOAD || hart.value[CSR_SLOT_satp] == 0) &&
	       (vcpu->world == WORLD_PAYLOAD || hart.value[CSR_SLOT_mie] == transition_firmware_enables(vcpu)) &&
	       field_get(MSTATUS_MPP, hart.value[CSR_SLOT_mstatus]) != MODE_MACHINE &&
	       (vcpu->world == WORLD_FIRMWARE || !(vcpu->mstatus & MSTATUS_MPRV));
}

static bool same_pmp(const struct pmp *a, const struct pmp *b)
{
	bool same = a->current == b->current && a->address_changed == b->address_changed && a->unbound == b->unbound &&
		    a->locked == b->locked;

	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
		same &= a->virtual_config[word] == b->virtual_config[word] && a->installed[word] == b->installed[word];
	for (unsigned view = 0; view < PMP_VIEWS; view++) {
		same &= a->stale[view] == b->stale[view];
		for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
			same &= a->view[view][word] == b->view[view][word];
	}
	return same;
}

/* Whether the guest's state is the same. The members `trap`, `fault`, `pc`, csr_readable and csr_writable are hv's own,
 * and the tiers use them in different ways. */
static bool same_vcpu(const struct vcpu *a, const struct vcpu *b)
{
	bool same = true;

	for (unsigned i = 0; i < 32; i++)
		same &= a->regs[i] == b->regs[i];
	return same && same_pmp(&a->pmp, &b->pmp) && state_same_memory(a, b) && a->mstatus == b->mstatus &&
	       a->mie == b->mie && a->mtvec == b->mtvec && a->medeleg == b->medeleg && a->mcounteren == b->mcounteren &&
	       a->mcountinhibit == b->mcountinhibit && a->cycle.offset == b->cycle.offset &&
	       a->cycle.frozen == b->cycle.frozen && a->instret.offset == b->instret.offset &&
	       a->instret.frozen == b->instret.frozen && a->satp == b->satp && a->senvcfg == b->senvcfg &&
	       a->payload_status == b->payload_status && a->counters_withheld == b->counters_withheld &&
	       a->world == b->world && a->mode == b->mode && a->mprv_armed == b->mprv_armed &&
	       a->started == b->started && a->machine_timer == b->machine_timer &&
	       a->machine_software == b->machine_software && a->machine_timecmp == b->machine_timecmp;
}

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

/* Assigns the members that have the same value in all states of this case of the proof. CBMC then knows these values,
 * and follows less code. */
static void set_constants(void)
{
	struct pmp *pmp = &subject.vcpu.pmp;

	assume(pmp->first_virtual == PMP_OWN_ENTRIES - 1 && pmp->words == STATE_ENTRIES / 8 && pmp->current == VIEW);
	pmp->first_virtual = PMP_OWN_ENTRIES - 1;
	pmp->first_word = (PMP_OWN_ENTRIES - 1) / 8;
	pmp->first_shift = (PMP_OWN_ENTRIES - 1) % 8 * 8;
	pmp->words = STATE_ENTRIES / 8;
	pmp->current = VIEW;
	hart.value[CSR_SLOT_mcause] = CAUSE;
	if (HANDLED != FIRMWARE_TRAP && HANDLED != PAYLOAD_TRAP)
		hart.value[CSR_SLOT_mepc] = (uint64_t)code;
	machine.pmp_used = machine.pmp_machine = STATE_ENTRIES;
}

/* ---- both tiers ---- */

static void fast(void)
{
	struct vcpu *vcpu = &subject.vcpu;

	if (HANDLED == FIRMWARE_TRAP)
		return fast_firmware_trap(vcpu, csr_read(CSR_mcause));
	if (HANDLED == PAYLOAD_TRAP)
		return fast_payload_trap(vcpu, csr_read(CSR_mcause));
	return fast_firmware_illegal(vcpu);
}

/* What trap_slow and trap_return do, without the registers. */
static void slow(void)
{
	subject.vcpu.pc = csr_read(CSR_mepc);
	exit_handle(&subject);
	csr_write(CSR_mepc, subject.vcpu.pc);
}

/* Lets both tiers handle the same exit, and compares the results. */
static void check(void)
{
	set_constants();

	struct vcpu before = subject.vcpu;
	struct physical_hart hart_before = hart;

	end = END_NONE;
	registers_to_hardware();
	fast();
	registers_from_hardware();
	prove(end != END_NONE, "each fast path ends");
	if (end == END_SLOW) {
		prove(same_vcpu(&subject.vcpu, &before) && hart_same(&hart, &hart_before),
		      "a fast path that does not handle the exit changes nothing");
		prove(csr_read(CSR_mcause) == hart_before.value[CSR_SLOT_mcause] &&
			      csr_read(CSR_mtval) == hart_before.value[CSR_SLOT_mtval],
		      "the slow tier still sees the trap");
		return;
	}

	struct vcpu after = subject.vcpu;
	struct physical_hart hart_after = hart;
	struct hart_statement fence = hart_statement;

	prove(state_is_legal(&after) && consistent(&after), "the fast tier leaves a legal state");
	subject.vcpu = before;
	hart = hart_before;
	set_constants();
	slow();
	prove(same_vcpu(&subject.vcpu, &after), "the guest's state is the same after both tiers");
	prove(hart_same(&hart, &hart_after), "the hardware is the same after both tiers");
	if (HANDLED == SFENCE)
		prove(hart.statements == 1 && hart_after.statements == 1 && hart_statement.text == fence.text &&
			      hart_statement.operands[0] == fence.operands[0] &&
			      hart_statement.operands[1] == fence.operands[1],
		      "both tiers execute the same fence");
}

/* ---- CSR instructions ---- */

#define IMMEDIATE 4 /* in the operation: rs1 is the operand itself */

/* The instructions that the proof is about on each CSR. Together they have each operation; rd and rs1 are registers that
 * trap.S saves (5, 6), registers that it leaves in the hardware (8, 9), x0, or an immediate. */
static const struct {
	uint8_t operation, rd, rs1;
} instructions[] = {
	{ CSR_OPERATION_WRITE, 5, 9 }, { CSR_OPERATION_WRITE, 0, 6 }, { CSR_OPERATION_SET, 8, 5 },
	{ CSR_OPERATION_SET, 6, 0 },   { CSR_OPERATION_CLEAR, 5, 5 }, { CSR_OPERATION_SET | IMMEDIATE, 9, 21 },
};
#define INSTRUCTIONS (sizeof(instructions) / sizeof(instructions[0]))
#ifndef INSTRUCTION /* the case of the proof is about one of them, or about all */
#define INSTRUCTION INSTRUCTIONS
#endif
#define SFENCE_VMA 0x12000073u

static void set_instruction(uint32_t word)
{
	code[0] = (uint16_t)word;
	code[1] = (uint16_t)(word >> 16);
}

/* Checks the instructions on CSR @p number, which is a constant in each call. */
static void check_csr(unsigned number)
{
	unsigned choice = nondet_u8(), slot = hart_slot(number);
	uint64_t *readable = &subject.vcpu.csr_readable[slot / 64], *writable = &subject.vcpu.csr_writable[slot / 64];

	assume(hart_has(number) || !((*readable | *writable) >> slot % 64 & 1));
	assume(number >> 10 != 3 || !(*writable >> slot % 64 & 1));
	for (unsigned i = 0; i < INSTRUCTIONS; i++)
		if ((INSTRUCTION == INSTRUCTIONS || INSTRUCTION == i) && choice == i) {
			set_instruction(number << 20 | (uint32_t)instructions[i].rs1 << 15 |
					(uint32_t)instructions[i].operation << 12 | (uint32_t)instructions[i].rd << 7 |
					0x73);
			check();
			return;
		}
}

/* Whether the proof is about element @p i of a range of CSRs. All elements of a range have the same code, which treats
 * those at the borders of the firmware's PMP in a different way. */
static bool is_chosen(unsigned first, unsigned i)
{
	if (first == CSR_pmpcfg)
		return i <= 2 || i == 4;
	if (first == CSR_pmpaddr)
		return i == 0 || i == 10 || i == 11 || i == 15 || i == 16;
	return i == 0 || i == 28;
}

/* The case of the proof is about the CSR whose number is ONLY, or about the part SHARD of all CSRs. */
#ifdef ONLY
#define IS_IN_CASE(number, place) ((number) == ONLY)
#elif defined(SHARDS)
#define IS_IN_CASE(number, place) ((place) % SHARDS == SHARD && (VIEW == PMP_VIEW_FIRMWARE || uses_view(number)))
#else
#define IS_IN_CASE(number, place) false
#endif

/* Whether an access to CSR @p number depends on the view of PMP that is in effect. For the others, hv does the same in
 * both views of the firmware. */
static inline bool uses_view(unsigned number)
{
	return number == CSR_mstatus || number == CSR_sstatus || (number >= CSR_pmpcfg && number <= CSR_pmpaddr_last);
}

static void check_csrs(void)
{
	unsigned number = nondet_u32() & 4095;

#define CHECK(is, place)                                                                                               \
	if (IS_IN_CASE(is, place) && number == (is)) {                                                                 \
		check_csr(is);                                                                                         \
		return;                                                                                                \
	}
#define CSR(number_, name, lives) CHECK(number_, CSR_INDEX_##name)
#define CSR_RANGE(first, name, count, lives)                                                                           \
	for (unsigned i = 0; i < (count); i++)                                                                         \
		if (is_chosen(first, i))                                                                               \
	CHECK((first) + i, CSR_INDEX_##name + i)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
}

int main(void)
{
	struct vcpu *vcpu = &subject.vcpu;

	state_choose_hart();
	state_choose_machine();
	state_choose_vcpu(vcpu, HANDLED == PAYLOAD_TRAP ? WORLD_PAYLOAD : WORLD_FIRMWARE);
	if (HANDLED != PAYLOAD_TRAP)
		state_assume_view(vcpu, VIEW);
	assume(consistent(vcpu));
	assume(vcpu_pending_interrupt(vcpu) == 0);
	assume(~hart_writable[CSR_SLOT_mepc] == 1);
	assume(~hart_writable[CSR_SLOT_satp] == 0 && (hart.satp_modes & 1));
	assume((hart.value[CSR_SLOT_mie] & ~(IP_S_BITS | IP_M_BITS)) == 0);
	machine.ram_base = (uint64_t)code;
	machine.word_places = 2;
	if (HANDLED == CSR_INSTRUCTION) {
		check_csrs();
		return 0;
	}
	if (HANDLED == MRET)
		set_instruction(INSTRUCTION_WORD_MRET);
	if (HANDLED == SFENCE)
		set_instruction(SFENCE_VMA | RS1 << 15 | RS2 << 20);
	check();
	return 0;
}
