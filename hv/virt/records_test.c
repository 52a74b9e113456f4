/* Tests what hv/virt reports in an image with module trace: the records of PMP entries, of interrupts that the firmware
 * takes, and of SBI calls that it receives; and how fast paths and steps describe their exits to observers. */
#include <string.h>

#include "hv/testing/tiers.h"
#include "hv/virt/pmp.h"

/* csrrw x0, NUMBER, t1 */
#define WORD_WRITE(number) (0x00031073u | (uint32_t)(number) << 20)
#define T1 6
#define RECORDS 16

static struct trace_slot slots[CONFIG_TRACE_SLOTS];
static uint64_t mtime;
static uint64_t read_up_to; /* the head of the ring up to which the test has read */

static void start_with(uint64_t mask)
{
	host_step_csr = step_as_trap_s_does;
	testing_boot_usual(&vcpu);
	testing_place_code_in_ram(code, sizeof(code));
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD), pmp_install(&vcpu, PMP_VIEW_MPRV), pmp_install(&vcpu, PMP_VIEW_FIRMWARE);
	trace_wanted.mask = mask;
	trace_wanted.mode = HARTSCOPE_MODE_OVERWRITE;
	trace_start(vcpu.tracer, 0, slots, &mtime, 10000000);
	vcpu.tracer->sync_at = ~0ull;
	vcpu.tracer->limit = TRACE_SEGMENT_BYTES;
	read_up_to = vcpu.tracer->ring.head;
}

static void start(void)
{
	start_with(CONFIG_TRACE_MASK);
}

/* Returns the next record, which must be of @p event, or NULL if there is no more record. */
static const struct trace_slot *next(enum trace_event event)
{
	const struct trace_slot *slot = &slots[read_up_to / TRACE_SLOT_BYTES];

	if (read_up_to == vcpu.tracer->ring.head)
		return NULL;
	cr_assert_eq(trace_slot_event(slot), event);
	read_up_to += (1 + trace_slot_aux(slot)) * TRACE_SLOT_BYTES;
	return slot;
}

/* Reads the records of PMP entries. Returns their number. */
static unsigned pmp_records(struct trace_pmp records[RECORDS])
{
	unsigned count = 0;

	for (const struct trace_slot *slot; (slot = next(TRACE_PMP)) != NULL; count++)
		records[count] = trace_pmp_of(slot, trace_slot_aux(slot));
	return count;
}

/* Writes a CSR on a fast path. Returns whether the path did not leave it to step_csr. */
static bool write_fast(unsigned number, uint64_t value)
{
	unsigned before = steps;

	vcpu.pc = (uint64_t)code;
	vcpu_set_reg(&vcpu, T1, value);
	trap_with(WORD_WRITE(number));
	cr_assert(run_fast(fast_firmware_illegal));
	return steps == before;
}

static void write(bool fast, unsigned number, uint64_t value)
{
	if (fast)
		cr_assert(write_fast(number, value), "CSR %x is left to a step", number);
	else
		set(number, value);
}

Test(records, each_pmp_entry_whose_config_changes_has_a_record)
{
	struct trace_pmp records[RECORDS];

	for (unsigned fast = 0; fast < 2; fast++) {
		start();
		set(CSR_pmpaddr + 2, 0x1234);
		set(CSR_pmpaddr + 8, 0x9abc);
		set(CSR_pmpaddr + 10, 0x5678);
		(void)pmp_records(records);
		write(fast, CSR_pmpcfg, 0x1f0000);
		cr_assert_eq(pmp_records(records), 1);
		cr_expect_eq(records[0].entry, 2);
		cr_expect_eq(records[0].config, 0x1f);
		cr_expect_eq(records[0].module, TRACE_NO_MODULE);
		cr_expect_eq(records[0].address, 0x1234ull << 2);
		write(fast, CSR_pmpcfg, 0x0f001f001b00001d);
		cr_assert_eq(pmp_records(records), 5);
		for (unsigned i = 0; i < 5; i++) {
			static const unsigned entries[] = { 0, 2, 3, 5, 7 };
			static const unsigned configs[] = { 0x1d, 0, 0x1b, 0x1f, 0x0f };

			cr_expect_eq(records[i].entry, entries[i]);
			cr_expect_eq(records[i].config, configs[i]);
		}
		write(fast, CSR_pmpcfg, 0x0f001f001b00001d);
		cr_expect_eq(pmp_records(records), 0, "nothing has changed");
		write(fast, CSR_pmpcfg, 0x0f001f001b00001f);
		cr_assert_eq(pmp_records(records), 1, "one entry has changed");
		cr_expect_eq(records[0].entry, 0);
		cr_expect_eq(records[0].config, 0x1f);
		write(fast, CSR_pmpcfg, 0x0f001f001b00001c);
		cr_assert_eq(pmp_records(records), 1);
		cr_expect_eq(records[0].config, 0x1c);
		write(fast, CSR_pmpcfg, 0x0f001f001b00001d);
		cr_assert_eq(pmp_records(records), 1, "only R has changed");
		cr_expect_eq(records[0].config, 0x1d);
		write(fast, CSR_pmpcfg + 2, 0x1f001d);
		cr_assert_eq(pmp_records(records), 2);
		cr_expect_eq(records[0].entry, 8);
		cr_expect_eq(records[0].config, 0x1d);
		cr_expect_eq(records[0].address, 0x9abcull << 2);
		cr_expect_eq(records[1].entry, 10);
		cr_expect_eq(records[1].config, 0x1f);
		cr_expect_eq(records[1].address, 0x5678ull << 2);
	}
}

Test(records, a_pmp_entry_whose_address_is_written_has_a_record)
{
	struct trace_pmp records[RECORDS];

	for (unsigned fast = 0; fast < 2; fast++) {
		start();
		set(CSR_pmpcfg, 0x1f00);
		pmp_install(&vcpu, PMP_VIEW_PAYLOAD), pmp_install(&vcpu, PMP_VIEW_FIRMWARE);
		(void)pmp_records(records);
		write(fast, CSR_pmpaddr + 1, 0x4321);
		cr_assert_eq(pmp_records(records), 1);
		cr_expect_eq(records[0].entry, 1);
		cr_expect_eq(records[0].config, 0x1f);
		cr_expect_eq(records[0].module, TRACE_NO_MODULE);
		cr_expect_eq(records[0].address, 0x4321ull << 2);
	}
}

Test(records, an_event_that_is_off_has_no_record)
{
	for (unsigned fast = 0; fast < 2; fast++) {
		start_with(0);
		write(fast, CSR_pmpcfg, 0x1f);
		write(fast, CSR_pmpaddr, 0x1234);
		vcpu_note_call(&vcpu, 0x80201000);
		vcpu_take_interrupt(&vcpu, INTERRUPT_MTI);
		cr_expect_eq(vcpu.tracer->ring.head, read_up_to);
		cr_expect_not(vcpu.tracer->call.pending);
	}
}

/* A pmpcfg register has eight entries, and the fast path has to know before the write that all their records fit. */
Test(records, a_fast_path_leaves_a_record_that_does_not_fit_to_a_step, .init = start)
{
	struct trace_pmp records[RECORDS];
	uint64_t record = 2 * TRACE_SLOT_BYTES;

	vcpu.tracer->limit = vcpu.tracer->ring.head + 8 * record;
	cr_expect(write_fast(CSR_pmpcfg, 0x1f));
	cr_expect_eq(pmp_records(records), 1);
	cr_expect_not(write_fast(CSR_pmpcfg, 0x1d), "7 records fit");
	start();
	vcpu.tracer->limit = vcpu.tracer->ring.head + record;
	cr_expect(write_fast(CSR_pmpaddr, 0x1234));
	cr_expect_not(write_fast(CSR_pmpaddr, 0x1235), "no record fits");
}

Test(records, an_interrupt_that_the_firmware_takes_has_a_record_with_its_source, .init = start)
{
	static const struct {
		unsigned interrupt;
		enum trace_source source;
	} cases[] = {
		{ INTERRUPT_MEI, TRACE_SOURCE_EXTERNAL }, { INTERRUPT_SEI, TRACE_SOURCE_EXTERNAL },
		{ INTERRUPT_MTI, TRACE_SOURCE_TIMER },    { INTERRUPT_STI, TRACE_SOURCE_TIMER },
		{ INTERRUPT_MSI, TRACE_SOURCE_SOFTWARE }, { INTERRUPT_SSI, TRACE_SOURCE_SOFTWARE },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vcpu_take_interrupt(&vcpu, cases[i].interrupt);

		const struct trace_slot *slot = next(TRACE_INTERRUPT);

		cr_assert_not_null(slot);

		struct trace_interrupt interrupt = trace_interrupt_of(slot, trace_slot_aux(slot));

		cr_expect_eq(interrupt.cause, TRACE_CAUSE_INTERRUPT | cases[i].interrupt);
		cr_expect_eq(interrupt.source, cases[i].source);
		cr_expect_null(next(TRACE_INTERRUPT));
	}
}

Test(records, a_call_of_the_payload_is_stored_until_the_firmware_answers, .init = start)
{
	uint64_t words[1 + TRACE_ECALL_EXT] = { 0 };

	vcpu_set_reg(&vcpu, 17, 0x1122334410101010);
	vcpu_set_reg(&vcpu, 16, 0x5566778820202020);
	vcpu_set_reg(&vcpu, 10, 0x99aabbccddeeff00);
	vcpu_set_reg(&vcpu, 11, 0x123456789abcdef0);
	vcpu_note_call(&vcpu, 0x80201000);
	cr_expect(vcpu.tracer->call.pending);
	cr_expect_eq(vcpu.tracer->call.pc, 0x80201000);
	memcpy(words, vcpu.tracer->call.words, sizeof(vcpu.tracer->call.words));

	struct trace_ecall ecall = trace_ecall_unpack(words, TRACE_ECALL_EXT);

	cr_expect_eq(ecall.eid, 0x10101010);
	cr_expect_eq(ecall.fid, 0x20202020);
	cr_expect_eq(ecall.a0, 0x99aabbccddeeff00);
	cr_expect_eq(ecall.a1, 0x123456789abcdef0);
}

Test(records, with_all_arguments_a_call_has_a_second_record_and_the_first_is_kept_from_the_fast_path)
{
	start_with(TRACE_BIT(TRACE_ECALL_ARGS));
	for (unsigned i = 0; i < 8; i++)
		vcpu_set_reg(&vcpu, 10 + i, 100 + i);
	vcpu_note_call(&vcpu, 0x80201000);
	cr_expect_eq(vcpu.tracer->call.pending, TRACE_CALL_WITH_ARGUMENTS);
	cr_expect_eq(vcpu.tracer->call.pc, 0x80201000);
	cr_expect_eq(trace_ecall_unpack(vcpu.tracer->call.words, TRACE_ECALL_EXT - 1).a1, 101);

	struct trace_ecall_args arguments = trace_ecall_args_unpack(vcpu.tracer->call.arguments, TRACE_ECALL_ARGS_EXT);

	cr_expect(arguments.a2 == 102 && arguments.a3 == 103 && arguments.a4 == 104 && arguments.a5 == 105);
	cr_expect_not(trace_is_on(vcpu.tracer, TRACE_ECALL), "so fast_answer jumps to the step");
	cr_expect_eq(vcpu.tracer->ring.mask, TRACE_BIT(TRACE_ECALL_ARGS));
	start_with(TRACE_BIT(TRACE_ECALL));
	vcpu_note_call(&vcpu, 0x80201000);
	cr_expect_eq(vcpu.tracer->call.pending, TRACE_CALL_PLAIN);
}

/* ---- what observers get ---- */

#define PC ((uint64_t)code)
#define WORD_MRET 0x30200073

/* Checks the last exit that observers have got. */
static void expect(enum testing_observer observer, uint64_t pc, uint64_t value, uint64_t kind)
{
	cr_expect_eq(testing_observed.observer, observer);
	cr_expect_eq(testing_observed.pc, pc);
	cr_expect_eq(testing_observed.value, value);
	cr_expect_eq(testing_observed.kind, kind, "%lx, not %lx", testing_observed.kind, kind);
}

/* The kind of an exit, from the layout of the record (docs/trace-format.md): cause, module, before, after, outcome. */
static uint64_t kind_of(unsigned cause, enum world before, enum world after, enum trace_outcome outcome)
{
	uint64_t words[1 + TRACE_EXIT_EXT] = { 0 };

	trace_exit_pack((struct trace_exit){ .cause = cause, .before = before, .after = after, .outcome = outcome },
			words);
	return words[0] >> 32;
}

static void run(uint32_t word)
{
	vcpu.pc = PC;
	trap_with(word);
	cr_assert(run_fast(fast_firmware_illegal));
}

Test(records, an_instruction_of_the_firmware_on_a_fast_path_is_described_to_observers, .init = start)
{
	static const uint32_t words[] = {
		0x34031073, /* csrw mscratch, t1 */
		0x34002473, /* csrr s0, mscratch: trap.S has not saved s0 */
		0x12000073, /* sfence.vma */
		0x30531073, /* csrw mtvec, t1 */
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		run(words[i]);
		expect(TESTING_OBSERVER_FIRMWARE, PC, words[i],
		       kind_of(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
	}
	cr_expect_eq(testing_observed.count, 4);
}

Test(records, an_mret_is_described_with_the_world_that_it_returns_to, .init = start)
{
	set(CSR_mstatus, field_set(MSTATUS_MPP, 0, MODE_MACHINE));
	set(CSR_mepc, PC);
	run(WORD_MRET);
	expect(TESTING_OBSERVER_FIRMWARE, PC, WORD_MRET,
	       kind_of(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
	start();
	vcpu.started = true;
	set(CSR_mstatus, field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR));
	run(WORD_MRET);
	expect(TESTING_OBSERVER_FIRMWARE, PC, WORD_MRET,
	       kind_of(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_PAYLOAD, TRACE_EMULATED));
	start();
	vcpu.started = true;
	vcpu.tracer->call.pending = TRACE_CALL_PLAIN;
	set(CSR_mstatus, field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR));
	run(WORD_MRET);
	expect(TESTING_OBSERVER_ANSWER, PC, WORD_MRET,
	       kind_of(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_PAYLOAD, TRACE_EMULATED));
}

Test(records, the_first_outcome_of_an_exit_is_the_one_that_observers_get, .init = start)
{
	static const struct {
		uint64_t cause;
		enum trace_outcome outcome;
	} cases[] = { { CAUSE_BREAKPOINT, TRACE_FORWARDED }, { CAUSE_INTERRUPT | INTERRUPT_MTI, TRACE_INJECTED } };

	for (unsigned i = 0; i < 2; i++) {
		vcpu.trap = (struct trap){ .outcome = TRACE_EMULATED };
		vcpu_take_trap(&vcpu, cases[i].cause, 0);
		cr_expect_eq(vcpu.trap.outcome, cases[i].outcome);
		vcpu_take_trap(&vcpu, cases[1 - i].cause, 0);
		cr_expect_eq(vcpu.trap.outcome, cases[i].outcome);
	}
	vcpu.trap = (struct trap){ .outcome = TRACE_EMULATED };
	vcpu.mode = MODE_USER;
	vcpu_reflect_to_supervisor(&vcpu, CAUSE_BREAKPOINT, 0);
	cr_expect_eq(vcpu.trap.outcome, TRACE_REFLECTED);
	vcpu_note_module(&vcpu, 3);
	cr_expect_eq(vcpu.trap.module, 4);
}

static void firmware_trap(struct vcpu *of)
{
	fast_firmware_trap(of, host_csr_read(CSR_mcause));
}

static void payload_trap(struct vcpu *of)
{
	fast_payload_trap(of, host_csr_read(CSR_mcause));
}

Test(records, a_trap_is_described_with_the_world_that_trapped, .init = start)
{
	vcpu.pc = PC;
	testing_trap(&vcpu, CAUSE_BREAKPOINT, 0x4444);
	cr_assert(run_fast(firmware_trap));
	expect(TESTING_OBSERVER_FIRMWARE, PC, 0x4444,
	       kind_of(CAUSE_BREAKPOINT, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_FORWARDED));
	start();
	set(CSR_mstatus, field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR));
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
	vcpu.pc = PC;
	testing_trap(&vcpu, CAUSE_ECALL_S, 0);
	cr_assert(run_fast(payload_trap));
	expect(TESTING_OBSERVER_PAYLOAD, PC, 0, kind_of(CAUSE_ECALL_S, WORLD_PAYLOAD, WORLD_FIRMWARE, TRACE_FORWARDED));
	cr_expect(vcpu.tracer->call.pending, "the call is stored for the trace");
	cr_expect_eq(vcpu.tracer->call.pc, PC);
}

/* Observers get the instruction. If mtval lacks it, only the slow tier can read it. */
Test(records, an_illegal_instruction_of_the_payload_without_mtval_takes_the_slow_tier, .init = start)
{
	set(CSR_mstatus, field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR));
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);

	struct snapshot payload = take();

	for (unsigned i = 0; i < 2; i++) {
		restore(&payload);
		testing_trap(&vcpu, CAUSE_ILLEGAL, i ? 0xffffffff : 0);
		cr_expect_eq(run_fast(payload_trap), i != 0);
		restore(&payload);
		testing_trap(&vcpu, CAUSE_BREAKPOINT, i);
		cr_expect(run_fast(payload_trap));
		cr_expect_not(vcpu.tracer->call.pending, "only an ecall is a call");
	}
}

Test(records, the_end_of_a_step_is_described_as_an_emulated_exit, .init = start)
{
	vcpu.pc = PC;
	testing_trap(&vcpu, CAUSE_STORE_ACCESS, 0x2000000);
	vcpu.pc = PC + 4;
	fast_finish_step(&vcpu, 0);
	expect(TESTING_OBSERVER_FIRMWARE, PC, 0x2000000,
	       kind_of(CAUSE_STORE_ACCESS, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}

Test(records, a_step_that_ends_in_a_trap_is_described_as_forwarded_or_injected, .init = start)
{
	uint32_t word = WORD_WRITE(CSR_mhartid) | 8 << 7; /* csrrw s0, mhartid, t1 */
	struct step_answer answer = step_csr(&vcpu, word, PC, 0);

	cr_expect_eq(answer.step, STEP_DONE);
	cr_expect_eq(answer.value, 0);
	expect(TESTING_OBSERVER_STEP, PC, word,
	       kind_of(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_FORWARDED));
	start();
	vcpu.machine_timer = true;
	set(CSR_mie, IP_MTI);
	word = WORD_WRITE(CSR_mstatus) | 8 << 7; /* csrrw s0, mstatus, t1 */
	answer = step_csr(&vcpu, word, PC, MSTATUS_MIE);
	cr_expect_eq(answer.step, 8, "trap.S has to load s0");
	cr_expect_eq(answer.value, 0);
	cr_expect_eq(vcpu.csr.mcause, CAUSE_INTERRUPT | INTERRUPT_MTI);
	expect(TESTING_OBSERVER_STEP, PC, word, kind_of(CAUSE_ILLEGAL, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_INJECTED));
}

Test(records, a_step_clears_mdt_and_leaves_the_rest_to_trap_s, .init = start)
{
	host_hart.csr[CSR_mstatus].writable |= MSTATUS_MDT;
	host_csr_set(CSR_mstatus, MSTATUS_MDT);

	struct step_answer answer = step_csr(&vcpu, 0x105022f3 /* csrr t0, stvec */, PC, 0);

	cr_expect_eq(answer.step, STEP_FINISH);
	cr_expect_not(host_csr_read(CSR_mstatus) & MSTATUS_MDT);
	cr_expect_eq(testing_observed.count, 0);
}
