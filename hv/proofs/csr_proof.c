/* Proof: each CSR instruction of the firmware, on each of the 4096 numbers, is refused exactly if the CSR does not exist
 * on this machine or the instruction writes a read-only number (2.1). A refused instruction changes nothing. What a read
 * returns is legal (chapters 3 and 4), before and after each write. hv touches no CSR that the machine lacks (hart.h).
 * Bound: all numbers, operations, register numbers and operands; 16 PMP entries, no modules. Each case of the proof is
 * about some of the CSRs: those that use PMP with VIEW as the view that is in effect, or the others with any view.
 * Stubs: csr_physical_read, csr_physical_write (hart.c).
 * Assumptions: state.h; a hart with S-mode has the CSRs of S-mode. */
#include "hv/proofs/spec.h"
#include "hv/proofs/state.h"

struct machine machine;

/* Whether the firmware has CSR @p number. hv hides all others (semantics 27). */
static bool exists(unsigned number)
{
	switch (number) {
	case 0x300:           /* mstatus */
	case 0x301:           /* misa */
	case 0x302:           /* medeleg */
	case 0x303:           /* mideleg */
	case 0x304:           /* mie */
	case 0x305:           /* mtvec */
	case 0x340 ... 0x344: /* mscratch, mepc, mcause, mtval, mip */
	case 0x3a0:           /* pmpcfg0 */
	case 0x3a2:           /* pmpcfg2 */
	case 0x3b0 ... 0x3bf: /* pmpaddr0 to pmpaddr15 */
	case 0xb00:           /* mcycle */
	case 0xb02:           /* minstret */
	case 0x100:           /* sstatus */
	case 0x104:           /* sie */
	case 0x105:           /* stvec */
	case 0x140 ... 0x144: /* sscratch, sepc, scause, stval, sip */
	case 0x180:           /* satp */
	case 0xc00:           /* cycle */
	case 0xc02:           /* instret */
		return true;
	case 0x306:
		return hart_present[CSR_SLOT_mcounteren];
	case 0x30a:
		return hart_present[CSR_SLOT_menvcfg];
	case 0x320:
		return hart_present[CSR_SLOT_mcountinhibit];
	case 0x323 ... 0x33f:
		return hart_present[CSR_SLOT_mhpmevent + number - 0x323];
	case 0xb03 ... 0xb1f:
		return hart_present[CSR_SLOT_mhpmcounter + number - 0xb03];
	case 0xc03 ... 0xc1f:
		return hart_present[CSR_SLOT_hpmcounter + number - 0xc03];
	case 0xc01:
		return hart_present[CSR_SLOT_time];
	case 0x106:
		return hart_present[CSR_SLOT_scounteren];
	case 0x10a:
		return hart_present[CSR_SLOT_senvcfg];
	case 0x14d:
		return hart_present[CSR_SLOT_stimecmp];
	case 0xf11:
		return hart_present[CSR_SLOT_mvendorid];
	case 0xf12:
		return hart_present[CSR_SLOT_marchid];
	case 0xf13:
		return hart_present[CSR_SLOT_mimpid];
	case 0xf14:
		return hart_present[CSR_SLOT_mhartid];
	case 0xf15:
		return hart_present[CSR_SLOT_mconfigptr];
	default:
		return false;
	}
}

/* Whether CSR @p number can hold @p value. */
static bool legal(unsigned number, uint64_t value)
{
	switch (number) {
	case 0x300: /* 3.1.6: MPP is not 2; UXL and SXL are 64 bits */
		return (value >> 11 & 3) != 2 && (value >> 32 & 15) == 10;
	case 0x301: /* 3.1.1; H is hidden */
		return value == (machine.misa & ~SPEC_BIT('H' - 'A'));
	case 0x302: /* 3.1.8: an ecall of M-mode cannot be delegated */
		return !(value & SPEC_BIT(11)) && !(value & ~machine.medeleg_mask);
	case 0x303: /* 3.1.8 */
		return !(value & ~0x222ull);
	case 0x304: /* 3.1.9 */
	case 0x344:
		return !(value & ~0xaaaull);
	case 0x104: /* 4.1.3 */
	case 0x144:
		return !(value & ~0x222ull);
	case 0x305: /* 3.1.7 */
		return (value & 3) <= 1;
	case 0x341: /* 3.1.14 */
		return !(value & 1) && !(value & ~machine.pc_mask);
	case 0x306:
		return !(value & ~machine.mcounteren_mask);
	case 0x320: /* 3.1.12: bit 1 is 0 */
		return !(value & 2);
	case 0x3a0: /* 3.7.1 */
	case 0x3a2:
		for (unsigned i = 0; i < 8; i++)
			if (!spec_pmp_config_legal((uint8_t)(value >> 8 * i), machine.pmp_granule))
				return false;
		return true;
	case 0x3b0 ... 0x3bf:
		return !(value >> 54);
	case 0x180: /* 4.1.11 */
		return proof_hart.satp_modes >> (value >> 60) & 1;
	default:
		return true;
	}
}

/* The parts of the state that the legality of reads depends on, beyond state.h. */
static void choose_legal_values(struct vcpu *vcpu)
{
	for (unsigned i = 0; i < CSR_MEMORY_COUNT; i++)
		assume(!(vcpu->csr.by_index[i] & ~vcpu->csr_mask.by_index[i]));
	assume(vcpu->csr_mask.mepc == machine.pc_mask && !(machine.pc_mask & 1));
	assume(hart_present[CSR_SLOT_mcounteren] || machine.mcounteren_mask == 0);
	assume(!(machine.inhibit_mask & COUNTER_TM));
	assume((proof_hart.satp_modes & 1) && (proof_hart.satp_modes >> field_get(SATP_MODE, vcpu->satp) & 1));
	assume(proof_hart.satp_modes >> field_get(SATP_MODE, proof_hart.value[CSR_SLOT_satp]) & 1 &&
	       ~hart_writable[CSR_SLOT_satp] == 0);
	assume(!hart_present[CSR_SLOT_mcountinhibit] ||
	       !((proof_hart.value[CSR_SLOT_mcountinhibit] | hart_writable[CSR_SLOT_mcountinhibit]) & COUNTER_TM));
	for (unsigned i = 0; i < 2; i++) {
		vcpu->pmp.implemented[i] = i == 0 ? ~0ull : ~0ull >> 8 * PMP_OWN_ENTRIES;
		for (unsigned entry = 0; entry < 8; entry++) {
			uint8_t config = (uint8_t)(vcpu->pmp.virtual_config[i] >> 8 * entry);

			assume(spec_pmp_config_legal(config, machine.pmp_granule));
			if (8 * i + entry >= machine.pmp_virtual)
				assume(config == 0);
		}
	}
	vcpu->pmp.granule = machine.pmp_granule;
	for (unsigned i = 0; i < STATE_ENTRIES; i++)
		assume(!((proof_hart.value[CSR_SLOT_pmpaddr + i] | hart_writable[CSR_SLOT_pmpaddr + i]) >> 54) &&
		       machine.pmp_granule < 1ull << 50);
}

#define ANY_VIEW PMP_VIEWS

static struct vcpu vcpu, old;

/* Whether the virtual CSRs that are not in PMP are as before. */
static bool same_csrs(void)
{
	bool same = state_same_memory(&vcpu, &old);

	same &= vcpu.mstatus == old.mstatus;
	same &= vcpu.mie == old.mie;
	same &= vcpu.mtvec == old.mtvec;
	same &= vcpu.medeleg == old.medeleg;
	same &= vcpu.mcounteren == old.mcounteren;
	same &= vcpu.mcountinhibit == old.mcountinhibit;
	same &= vcpu.satp == old.satp;
	same &= vcpu.senvcfg == old.senvcfg;
	same &= vcpu.cycle.offset == old.cycle.offset;
	same &= vcpu.instret.offset == old.instret.offset;
	return same;
}

/* Proves the properties for one CSR. @p number is a constant in each call, so that CBMC follows only the code of this CSR. */
static void check(unsigned number)
{
	struct csr_instruction instruction = { .number = number,
					       .operation = 1 + nondet_u8() % 3,
					       .rd = nondet_u8() & 31,
					       .rs1 = nondet_u8() & 31,
					       .operand = nondet_u64() };
	bool writes = instruction.operation == CSR_OPERATION_WRITE || instruction.rs1 != 0;
	bool reads = instruction.operation != CSR_OPERATION_WRITE || instruction.rd != 0;
	uint64_t old_value;
	bool refused = csr_execute(&vcpu, &instruction, &old_value) != ERROR_NONE;

	prove(refused == (!exists(number) || (writes && number >> 10 == 3)),
	      "an instruction is refused if the CSR is absent or read-only");
	if (!refused && reads)
		prove(legal(number, old_value), "the value that is read is legal");
	if (refused || !writes) {
		prove(same_csrs(), "an instruction that is refused or does not write changes no virtual CSR");
		for (unsigned word = 0; word < STATE_ENTRIES / 8; word++)
			prove(vcpu.pmp.virtual_config[word] == old.pmp.virtual_config[word],
			      "an instruction that is refused or does not write changes no pmpcfg register");
		prove(proof_hart.stores == 0,
		      "an instruction that is refused or does not write changes no physical CSR");
	}
	if (!refused) {
		uint64_t value;

		prove(csr_virtual_read(&vcpu, number, &value) == ERROR_NONE, "a CSR that was accessed still exists");
		prove(legal(number, value), "the value after a write is legal");
	}
	prove(state_is_legal(&vcpu), "the vcpu is legal again");
}

/* Whether a line of csr.def has @p number and shows it to guests. */
static bool is_listed(unsigned number)
{
	switch (number) {
#define SHOWS_MEMORY true
#define SHOWS_HARDWARE true
#define SHOWS_CONSTANT true
#define SHOWS_CODE true
#define SHOWS_HIDDEN false
#define CSR(number, name, lives)                                                                                       \
	case number:                                                                                                   \
		return SHOWS_##lives;
#define CSR_RANGE(first, name, count, lives)                                                                           \
	case first ...(first) + (count)-1:                                                                             \
		return SHOWS_##lives;
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	}
	return false;
}

/* Whether an access to CSR @p number may change physical PMP. */
static bool uses_pmp(unsigned number)
{
	return number == 0x300 || (number >= 0x3a0 && number <= 0x3ef);
}

int main(void)
{
	unsigned number = nondet_u32() & 4095;

	/* All numbers outside the list have the same index, so csr.c does the same for each of them. */
	prove(csr_index_of(number) != CSR_INDEX_UNKNOWN || !is_listed(number), "each CSR of the list has an index");
	prove(csr_index_of(number) == CSR_INDEX_UNKNOWN || is_listed(number), "no other CSR has an index");
	prove(!exists(number) || is_listed(number), "each CSR that the firmware has is in the list");

	state_choose_hart();
	state_choose_machine();
	state_choose_vcpu(&vcpu, WORLD_FIRMWARE);
	if (VIEW != ANY_VIEW)
		state_assume_view(&vcpu, VIEW);
	choose_legal_values(&vcpu);
	old = vcpu;

	if (SHARD == 0 && VIEW == ANY_VIEW && number == 0x7c0) { /* a number that is not in the list */
		check(0x7c0);
		return 0;
	}
#define CHECK(is, place)                                                                                               \
	if ((place) % SHARDS == SHARD && uses_pmp(is) == (VIEW != ANY_VIEW) && number == (is)) {                       \
		check(is);                                                                                             \
		return 0;                                                                                              \
	}
#define CSR(number, name, lives) CHECK(number, CSR_INDEX_##name)
#define CSR_RANGE(first, name, count, lives)                                                                           \
	for (unsigned i = 0; i < (count); i++)                                                                         \
	CHECK((first) + i, CSR_INDEX_##name + i)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	return 0;
}
