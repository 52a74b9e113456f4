/* Tests which records hv/virt writes to the trace, in an image with module trace: changes of PMP entries, interrupts
 * that the firmware takes, and SBI calls that it receives. Both tiers must write the same records. */
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
		set(CSR_pmpaddr + 8, 0x5678);
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
		write(fast, CSR_pmpcfg + 2, 0x1f);
		cr_assert_eq(pmp_records(records), 1);
		cr_expect_eq(records[0].entry, 8);
		cr_expect_eq(records[0].config, 0x1f);
		cr_expect_eq(records[0].address, 0x5678ull << 2);
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
