/* Proof: if a fast path, with the steps that it continues with, handles an exit, then the guest's registers, pc, mode and
 * CSRs, physical CSRs, virtual PMP and counters are the same as after exit_handle, the slow tier. If it does not handle
 * the exit, it has changed nothing. Both tiers leave a legal state.
 * Bound: one exit; 16 PMP entries, no modules. A CSR instruction is one of the table `instructions`, and the registers of
 * sfence.vma are those of the case; the values of all registers and CSRs are free.
 * Stubs: the ends of fast paths, which trap.S has; devices and hv's own ecalls, which these exits do not reach.
 * Assumptions: state.h, and consistent() of tiers.h and pmp_is_consistent(), which are proved again after each exit; no
 * interrupt of the firmware is due when the exit begins, because the hart would have taken it before. */
#include "hv/proofs/tiers.h"
#include "hv/virt/fast_csr.h"
#include "hv/virt/instruction.h"

/* What the exit of a case is about: HANDLED is one of these. */
enum handled { MRET, SFENCE, FIRMWARE_TRAP, PAYLOAD_TRAP, CSR_INSTRUCTION };

#ifndef CAUSE /* of the trap; a constant */
#define CAUSE CAUSE_ILLEGAL
#endif

#ifndef RS1 /* the registers of sfence.vma */
#define RS1 0
#define RS2 0
#endif

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
	if (CONFIG_OBSERVED)
		record_exit(vcpu, pc, value, kind);
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

static void set_constants(void)
{
	set_common_constants(VIEW, CAUSE);
	if (HANDLED != FIRMWARE_TRAP && HANDLED != PAYLOAD_TRAP)
		proof_hart.value[CSR_SLOT_mepc] = (uint64_t)code;
}

static void fast_tier(void)
{
	struct vcpu *vcpu = &subject.vcpu;

	if (HANDLED == FIRMWARE_TRAP)
		return fast_firmware_trap(vcpu, CAUSE);
	if (HANDLED == PAYLOAD_TRAP)
		return fast_payload_trap(vcpu, CAUSE);
	return fast_firmware_illegal(vcpu);
}

/* Lets both tiers handle the same exit, and compares the results. */
static void check(void)
{
	if (!run_fast_tier())
		return;

	struct hart_statement fence = hart_statement;

	run_slow_tier();
	if (HANDLED == SFENCE)
		prove(proof_hart.statements == 1 && hart_after.statements == 1 && hart_statement.text == fence.text &&
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

static bool is_pmp(unsigned number)
{
	return number >= CSR_pmpcfg && number <= CSR_pmpaddr_last;
}

/* Whether virtual PMP is as hv leaves it behind: each virtual entry has only bits that are defined, `locked` has the L bit
 * of each entry, and the view in effect is what hv computes from the entries. Only instructions on CSRs of PMP depend on
 * this, or change it. */
static bool pmp_is_consistent(const struct pmp *pmp)
{
	struct pmp placed = *pmp;
	bool consistent = ((pmp->virtual_config[0] | pmp->virtual_config[1]) & PMP_BYTES(PMPCFG_L) & ~pmp->locked) == 0;

	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++) {
		consistent &= (pmp->virtual_config[word] & ~(PMP_CONFIG_DEFINED & pmp->implemented[word])) == 0;
		pmp_place(&placed, VIEW, word);
	}
	for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
		consistent &= placed.view[VIEW][word] == pmp->view[VIEW][word];
	return consistent;
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
			if (is_pmp(number)) {
				set_constants();
				assume(pmp_is_consistent(&subject.vcpu.pmp));
			}
			check();
			prove(!is_pmp(number) || pmp_is_consistent(&after.pmp),
			      "the fast tier leaves virtual PMP consistent");
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

/* The case of the proof is about the CSR whose number is ONLY, or about the part SHARD of all CSRs without those of PMP. */
#ifdef ONLY
#define IS_IN_CASE(number, place) ((number) == ONLY)
#elif defined(SHARDS)
#define IS_IN_CASE(number, place) ((place) % SHARDS == SHARD && !is_pmp(number))
#else
#define IS_IN_CASE(number, place) false
#endif

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
	choose_state(HANDLED == PAYLOAD_TRAP ? WORLD_PAYLOAD : WORLD_FIRMWARE);
	if (CAUSE == CAUSE_ILLEGAL)
		assume(proof_hart.value[CSR_SLOT_mtval] >> 32 == 0); /* 3.1.16: it has the instruction, or 0 */
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
