/* Compares fast paths with the slow tier. If a fast path returns to the guest, it must have had the same effect as the
 * slow tier. If it passes the exit on, it must not have changed anything. */
#include "hv/virt/fast.h"

#include <string.h>

#include "hv/arch/live.h"
#include "hv/testing/hart.h"
#include "hv/testing/testing.h"
#include "hv/virt/emulate.h"

#define WORD_MRET 0x30200073
#define WORD_CSRW_MSCRATCH 0x34011073 /* csrw mscratch, sp */

static struct vcpu vcpu;
static uint32_t code[4];

/* The state of a hart before an exit, so that the exit can be run twice. */
struct snapshot {
	struct vcpu vcpu;
	struct host_hart hart;
};

static struct snapshot take(void)
{
	return (struct snapshot){ vcpu, host_hart };
}

static void restore(const struct snapshot *snapshot)
{
	vcpu = snapshot->vcpu;
	host_hart = snapshot->hart;
}

/* When a fast path starts, some of the guest's registers are still in the hardware. This function moves these registers
 * to the hardware (if @p out is true), or back. */
static void move_live_registers(bool out)
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
static struct snapshot comparable(bool slow)
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

static void payload_trap(struct vcpu *of)
{
	fast_payload_trap(of, host_csr_read(CSR_mcause));
}

/* Runs the fast path. Returns whether it handled the exit. */
static bool run_fast(void (*path)(struct vcpu *))
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
static long first_difference(const void *a, const void *b, size_t length)
{
	const uint8_t *left = a, *right = b;

	if (memcmp(a, b, length) == 0)
		return -1;
	for (size_t i = 0; i < length; i++)
		if (left[i] != right[i])
			return (long)i;
	return -1;
}

static void require_same(const struct snapshot *a, const struct snapshot *b, const char *what, uint64_t detail)
{
	long at = first_difference(&a->vcpu, &b->vcpu, sizeof(a->vcpu));

	require(at < 0, "%s %lx: struct vcpu differs at byte %ld", what, detail, at);
	at = first_difference(&a->hart, &b->hart, sizeof(a->hart));
	require(at < 0, "%s %lx: the hardware differs at byte %ld (CSR %lx)", what, detail, at,
		(unsigned long)at / sizeof(struct host_csr));
}

/* Runs @p path and then @p slow from the same state. Returns whether the fast path handled the exit. */
static bool compare(void (*path)(struct vcpu *), void (*slow)(void), const char *what, uint64_t detail)
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

static void set(unsigned number, uint64_t value)
{
	require(csr_virtual_write(&vcpu, number, CSR_OPERATION_WRITE, value) == ERROR_NONE, "CSR %x", number);
}

/* Does the same work as trap_step_csr of trap.S. */
static void step_as_trap_s_does(struct vcpu *of, uint32_t word, uint64_t pc, uint64_t operand)
{
	struct step_answer answer = step_csr(of, word, pc, operand);

	if (answer.step == STEP_FINISH) {
		fast_finish_csr(of, word, host_csr_read(CSR_mepc), answer.value);
		return;
	}
	host_hart.end = answer.step == STEP_REFUSED ? HOST_END_SLOW : HOST_END_RETURN;
	if (answer.step > STEP_DONE)
		host_hart.live[answer.step] = of->regs[answer.step];
}

static void firmware_at_random(uint64_t *seed)
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

static void slow_firmware(void)
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

static bool compare_firmware(uint32_t word)
{
	code[0] = word;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
	return compare(fast_firmware_illegal, slow_firmware, "instruction", word);
}

/* A CSR of csr.def, or now and then any number. Firmwares mostly access the CSRs of the first list. */
static unsigned random_csr(uint64_t *seed)
{
	static const unsigned frequent[] = { CSR_mscratch, CSR_mepc,       CSR_mcause, CSR_mtval,       CSR_mstatus,
					     CSR_pmpcfg,   CSR_pmpcfg + 2, CSR_mie,    CSR_mip,         CSR_stvec,
					     CSR_pmpaddr,  CSR_mhartid,    CSR_cycle,  CSR_mhpmcounter, CSR_mtvec };
	static const struct {
		unsigned first, count;
	} all[] = {
#define CSR(number, name, lives) { number, 1 },
#define CSR_RANGE(first, name, count, lives) { first, count },
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	};
	uint64_t kind = random_next(seed) % 8, i = random_next(seed) % (sizeof(all) / sizeof(all[0]));

	if (kind == 0)
		return random_next(seed) % 4096;
	if (kind < 4)
		return frequent[random_next(seed) % (sizeof(frequent) / sizeof(frequent[0]))];
	return all[i].first + (unsigned)(random_next(seed) % all[i].count);
}

static uint32_t random_csr_word(uint64_t *seed)
{
	return 0x73 | (uint32_t)(random_next(seed) & 0xfff80) | random_csr(seed) << 20;
}

Test(fast, fast_csr_instructions_have_the_same_result_as_the_slow_tier_or_do_nothing)
{
	uint64_t seed = 11;
	unsigned returned = 0;

	for (unsigned round = 0; round < 1500; round++) {
		firmware_at_random(&seed);
		for (unsigned i = 0; i < 10 && vcpu.mode == MODE_MACHINE && vcpu_pending_interrupt(&vcpu) == 0; i++) {
			vcpu.pc = (uint64_t)code;
			returned += compare_firmware(random_csr_word(&seed));
		}
	}
	cr_expect_gt(returned, 1000, "only %u of them ended fast", returned);
}

Test(fast, csrs_in_memory_take_the_fast_path_whatever_the_operands, .timeout = 60)
{
	uint64_t seed = 12;

	firmware_at_random(&seed);
	for (unsigned funct3 = 1; funct3 < 8; funct3++)
		for (unsigned registers = 0; registers < 1024; registers += funct3 == 4 ? 1024 : 1) {
			if (funct3 == 4)
				continue;
			vcpu.pc = (uint64_t)code;
			require(compare_firmware(0x73 | (registers & 31) << 7 | funct3 << 12 | registers >> 5 << 15 |
						 (uint32_t)CSR_mscratch << 20),
				"slow");
		}
}

Test(fast, instructions_without_a_fast_path_take_the_slow_tier)
{
	static const uint32_t words[] = { 0, 0x9002, 0x0005200f, 0x10500073, 0x10200073, 0x12000173 };
	uint64_t seed = 13;

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		firmware_at_random(&seed);
		cr_expect_not(compare_firmware(words[i]));
	}
}

Test(fast, code_outside_ram_takes_the_slow_tier_because_reading_it_may_fault)
{
	uint64_t seed = 15;

	firmware_at_random(&seed);
	code[0] = WORD_CSRW_MSCRATCH;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
	testing_set_ram(0, sizeof(code));
	cr_expect_not(run_fast(fast_firmware_illegal));
	testing_place_code_in_ram(code, sizeof(code));
	cr_expect(run_fast(fast_firmware_illegal));
}

Test(fast, fast_sfence_vma_is_executed_with_the_operands_of_the_instruction)
{
	uint64_t seed = 17;

	for (unsigned rs1 = 0; rs1 < 32; rs1++)
		for (unsigned rs2 = 0; rs2 < 32; rs2++) {
			do
				firmware_at_random(&seed);
			while (vcpu_pending_interrupt(&vcpu) != 0);
			require(compare_firmware(0x12000073 | rs1 << 15 | rs2 << 20), "slow");
		}
}

/* If a hart traps on the last halfword of RAM, hv must not read past the end of RAM. This also holds if another hart
 * has meanwhile stored a different instruction there. */
Test(fast, the_fast_path_does_not_read_a_word_at_the_last_halfword_of_ram)
{
	uint64_t seed = 16;

	firmware_at_random(&seed);
	code[0] = WORD_CSRW_MSCRATCH;
	vcpu.pc = (uint64_t)code;
	testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
	testing_set_ram((uint64_t)code - 8, 8 + 2);
	cr_expect_not(run_fast(fast_firmware_illegal));
	testing_set_ram((uint64_t)code - 8, 8 + 4);
	cr_expect(run_fast(fast_firmware_illegal));
}

Test(fast, fast_mret_has_the_same_result_as_the_slow_tier_or_does_nothing)
{
	uint64_t seed = 14;
	unsigned returned = 0;

	for (unsigned round = 0; round < 4000; round++) {
		firmware_at_random(&seed);
		vcpu.mie = random_next(&seed) % 2 ? vcpu.mie & ~host_hart.wires : vcpu.mie;
		vcpu.started = random_next(&seed) % 8 != 0;
		returned += compare_firmware(WORD_MRET);
	}
	cr_expect_gt(returned, 200, "only %u of them ended fast", returned);
}

static void firmware_trap(struct vcpu *of)
{
	fast_firmware_trap(of, host_csr_read(CSR_mcause));
}

static void slow_firmware_trap(void)
{
	bool is_ecall = host_hart.csr[CSR_mcause].value == CAUSE_ECALL_U;

	vcpu.pc = host_hart.csr[CSR_mepc].value;
	vcpu_take_trap(&vcpu, is_ecall ? CAUSE_ECALL_M : host_hart.csr[CSR_mcause].value,
		       is_ecall ? 0 : host_hart.csr[CSR_mtval].value);
}

Test(fast, fast_traps_of_the_firmware_have_the_same_result_as_the_slow_tier_or_do_nothing)
{
	static const uint64_t causes[] = { CAUSE_FETCH_MISALIGNED, CAUSE_BREAKPOINT, CAUSE_LOAD_MISALIGNED,
					   CAUSE_STORE_MISALIGNED, CAUSE_ECALL_U,    CAUSE_LOAD_PAGE };
	uint64_t seed = 18;
	unsigned returned = 0;

	for (unsigned round = 0; round < 3000; round++) {
		uint64_t cause = causes[random_next(&seed) % (sizeof(causes) / sizeof(causes[0]))];

		firmware_at_random(&seed);
		vcpu.pc = random_next(&seed) & ~1ull;
		testing_trap(&vcpu, cause, random_bits(&seed));
		vcpu.trap = (struct trap){ 0 };
		returned += compare(firmware_trap, slow_firmware_trap, "cause", cause);
	}
	cr_expect_gt(returned, 1000, "only %u of them ended fast", returned);
}

/* ---- the payload ---- */

static void slow_payload(void)
{
	vcpu.pc = host_hart.csr[CSR_mepc].value;
	vcpu.mode = (enum mode)field_get(MSTATUS_MPP, host_csr_read(CSR_mstatus));
	vcpu_deliver_exception(&vcpu, host_hart.csr[CSR_mcause].value, host_hart.csr[CSR_mtval].value);
	require(vcpu_pending_interrupt(&vcpu) == 0, "an interrupt is left waiting");
	testing_switch_world(&vcpu);
}

static void payload_at_random(uint64_t *seed)
{
	firmware_at_random(seed);
	host_hart.wires = 0;
	vcpu_set_mstatus(&vcpu, field_set(MSTATUS_MPP, vcpu_mstatus(&vcpu), random_next(seed) % 2));
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
	if (random_next(seed) % 8)
		pmp_install(&vcpu, PMP_VIEW_FIRMWARE), pmp_install(&vcpu, PMP_VIEW_PAYLOAD);
	host_csr_write(CSR_satp, random_next(seed) >> 4);
	host_csr_write(CSR_senvcfg, random_next(seed));
	host_csr_write(CSR_mie, field_merge(IP_S_BITS, host_csr_read(CSR_mie), random_next(seed)));
	host_csr_set(CSR_mstatus, random_next(seed) & (MSTATUS_MPV | MSTATUS_MPELP | MSTATUS_SIE | MSTATUS_SPP));
}

Test(fast, fast_traps_of_the_payload_have_the_same_result_as_the_slow_tier_or_do_nothing)
{
	uint64_t seed = 15;
	unsigned returned = 0;

	for (unsigned round = 0; round < 4000; round++) {
		uint64_t cause = random_next(&seed) % 2 ? CAUSE_ILLEGAL : CAUSE_ECALL_S;

		payload_at_random(&seed);
		vcpu.pc = random_next(&seed) & ~1ull;
		testing_trap(&vcpu, cause, random_bits(&seed));
		vcpu.trap = (struct trap){ 0 };
		returned += compare(payload_trap, slow_payload, "cause", cause);
	}
	cr_expect_gt(returned, 200, "only %u of them ended fast", returned);
}

Test(fast, hvs_own_ecalls_take_the_slow_tier)
{
	static const uint64_t eids[] = { 0x08485343, 0x08475bcd };
	uint64_t seed = 16;

	for (unsigned i = 0; i < 2; i++) {
		payload_at_random(&seed);
		vcpu.medeleg = 0;
		vcpu_set_reg(&vcpu, 17, eids[i]);
		testing_trap(&vcpu, CAUSE_ECALL_S, 0);
		cr_expect_not(compare(payload_trap, slow_payload, "eid", eids[i]));
	}
}
