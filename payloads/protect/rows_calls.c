/* The rows of attacks on exceptions, interrupts and SBI calls. */
#include "payloads/protect/order.h"
#include "payloads/runtime/access.h"

#define TEXT_LENGTH 64

/* ---- exceptions ---- */

/* Without the module, sret would lead to an address that the payload's last trap has left in sepc. */
TEST(p17_the_firmware_cannot_use_sret)
{
	if (PROTECTED)
		expect_equal(order(ATTACK_SRET, 0, 0, 0), CAUSE_ILLEGAL, "sret");
}

TEST(p20_exceptions_go_to_the_payload)
{
	uint64_t before = order(ATTACK_TRAPS, 0, 0, 0), address = PROTECTED ? FIRMWARE_ADDRESS : 0;

	trap_catch(trap_supervisor());
	__asm__ volatile(".4byte 0xffffffff"); /* illegal, and not of the opcode SYSTEM */
	expect_trap(trap_release(trap_supervisor()), CAUSE_ILLEGAL, 0xffffffff, "an illegal instruction");
	trap_catch(trap_supervisor());
	load64(address);
	expect_trap(trap_release(trap_supervisor()), CAUSE_LOAD_ACCESS, address,
		    "an access to the firmware's memory, or to no memory");
	expect_equal(order(ATTACK_TRAPS, 0, 0, 0) - before, PROTECTED ? 0 : 2, "exceptions that the firmware has seen");
}

TEST(p20_an_illegal_instruction_comes_back_with_its_true_cause)
{
	row(20);
	trap_catch(trap_supervisor());
	__asm__ volatile("csrr zero, 0x8fe");
	expect_trap(trap_release(trap_supervisor()), CAUSE_ILLEGAL, 0x8fe02073, "the true cause and value");
	order(ATTACK_LIE, CAUSE_LOAD_PAGE, 0, 0);
	trap_catch(trap_supervisor());
	__asm__ volatile("csrr zero, 0x8fe");
	expect_trap(trap_release(trap_supervisor()), PROTECTED ? CAUSE_ILLEGAL : CAUSE_LOAD_PAGE,
		    PROTECTED ? 0x8fe02073 : CAUSE_LOAD_PAGE, "although the firmware gives another one");
	row_expects(2 * ROW_PASSED_ON);
}

/* ---- interrupts ---- */

static struct {
	volatile uint64_t software, timer, external;
} taken;

static bool count_interrupt(struct trap_frame *frame)
{
	switch (frame->cause) {
	case INTERRUPT | IRQ_SSI:
		taken.software++;
		csr_clear(sip, BIT(IRQ_SSI));
		return true;
	case INTERRUPT | IRQ_STI:
		taken.timer++;
		ecall(SBI_EID_TIME, SBI_FID_set_timer, ~UINT64_C(0), 0, 0, 0, 0);
		return true;
	case INTERRUPT | IRQ_SEI:
		taken.external++;
		csr_clear(sie, BIT(IRQ_SEI));
		return true;
	default:
		return false;
	}
}

TEST(p23_the_firmware_interrupts_the_payload_many_times)
{
	uint64_t count = 0, asks = 0;
	bool sstc = has_sstc();

	row(23);
	set_timer(~UINT64_C(0) >> 2);
	trap_set_handler(trap_supervisor(), count_interrupt);
	csr_set(sie, BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI));
	csr_set(sstatus, MSTATUS_SIE);
	order(ATTACK_STORM, STORM, 0, 0);
	do {
		for (unsigned i = 0; i < 10000; i++)
			*(volatile uint64_t *)&count = count + 1;
		asks++;
	} while (order(ATTACK_STORMS, 0, 0, 0));
	csr_clear(sstatus, MSTATUS_SIE);
	csr_clear(sie, BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI));
	trap_set_handler(trap_supervisor(), 0);
	order(ATTACK_WRITE, ATTACK_CSR_mip, 0, ~(BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI)));
	order(ATTACK_REPAIR, 0, 0, 0);
	expect_equal(count, 10000 * asks, "the payload has counted");
	expect(taken.software > 0, "software interrupts have come");
	expect(sstc == (taken.timer == 0), "timer interrupts come only without Sstc, because none is due");
	expect_equal(taken.external > 0, !PROTECTED, "external interrupts");
	if (!sstc)
		ecall(SBI_EID_TIME, SBI_FID_set_timer, ~UINT64_C(0), 0, 0, 0, 0);
}

/* ---- the console ---- */

static struct ecall_result write_text(uint64_t address, uint64_t high, uint64_t length)
{
	return ecall(SBI_EID_DBCN, SBI_FID_debug_console_write, length, address, high, 0, 0);
}

TEST(p24_text_for_the_console_is_copied_once)
{
	char *text = (char *)page;
	unsigned same = 0;

	row(24);
	for (unsigned i = 0; i < TEXT_LENGTH; i++)
		text[i] = (char)('a' + i % 26);
	order(ATTACK_REWRITE, 1, 0, 0);

	struct ecall_result result = write_text((uint64_t)text, 0, TEXT_LENGTH);

	for (unsigned i = 0; i < TEXT_LENGTH; i++)
		same += text[i] == (char)('a' + i % 26);
	expect_equal((uint64_t)result.error, 0, "the call succeeds");
	expect_equal(result.value, TEXT_LENGTH, "all of it is written");
	expect_equal(same, PROTECTED ? TEXT_LENGTH : 0, "the bytes that are as before");
	if (PROTECTED)
		expect_equal(write_text((uint64_t)text, 0, 2 * PAGE_SIZE).value, PAGE_SIZE, "a page at a time");
}

TEST(p24_text_from_the_console_is_copied)
{
	char *text = (char *)page;

	text[0] = text[4] = 'x';

	struct ecall_result result = ecall(SBI_EID_DBCN, SBI_FID_debug_console_read, 4, (uint64_t)text, 0, 0, 0);

	expect_equal((uint64_t)result.error, 0, "the call succeeds");
	expect_equal(result.value, 4, "as much as there is room for");
	expect_equal((uint64_t)text[0], 't', "the text is in memory");
	expect_equal((uint64_t)text[4], 'x', "nothing behind it has changed");
}

TEST(p25_text_that_is_not_the_payloads)
{
	static const struct {
		uint64_t address, high, length;
		const char *what;
	} cases[] = {
		{ RAM_ADDRESS, 0, 8, "hv's memory" },
		{ FIRMWARE_ADDRESS, 0, 8, "the firmware's memory" },
		{ PAYLOAD_ADDRESS - 8, 0, 16, "memory that begins in the firmware's" },
		{ RAM_END - 8, 0, 16, "memory that ends behind RAM" },
		{ UART_ADDRESS, 0, 8, "a device" },
		{ ~UINT64_C(0) - 7, 0, 16, "memory that wraps around" },
		{ PAYLOAD_ADDRESS, 0, UINT64_C(1) << 63, "too much memory" },
		{ PAYLOAD_ADDRESS, 1, 8, "an address of more than 64 bits" },
	};

	row(25);
	for (unsigned i = 0; PROTECTED && i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_equal((uint64_t)write_text(cases[i].address, cases[i].high, cases[i].length).error,
			     (uint64_t)SBI_ERR_INVALID_PARAM, cases[i].what);
	expect_equal((uint64_t)write_text(PAYLOAD_ADDRESS, 0, 0).error, 0, "no text");
}

/* ---- hv's calls ---- */

TEST(p26_the_firmware_passes_pointers_into_the_payload_to_hv)
{
	static const struct {
		enum attack_hv call;
		uint64_t refused, succeeded;
		const char *what;
	} cases[] = {
		{ ATTACK_HV_INFO, (uint64_t)SBI_ERR_INVALID_ADDRESS, 0, "INFO" },
		{ ATTACK_HV_STAT, (uint64_t)SBI_ERR_INVALID_ADDRESS, 0, "STAT" },
		{ ATTACK_HV_LOG, (uint64_t)SBI_ERR_INVALID_ADDRESS, 0, "PEER LOG" },
		{ ATTACK_HV_EMULATE, CAUSE_LOAD_ACCESS, ATTACK_LOAD_INSTRUCTION, "TEST_EMULATE of a load" },
		{ ATTACK_HV_FETCH, (uint64_t)SBI_ERR_INVALID_ADDRESS, ATTACK_LOAD_INSTRUCTION,
		  "TEST_EMULATE of an instruction" },
	};

	row(26);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		page[0] = ATTACK_LOAD_INSTRUCTION;

		uint64_t result = order(ATTACK_CALL, cases[i].call, (uint64_t)page, 0);

		expect_equal(result, PROTECTED ? cases[i].refused : cases[i].succeeded, cases[i].what);
		if (PROTECTED)
			expect_equal(page[0], ATTACK_LOAD_INSTRUCTION, "the memory is as before");
	}
}

TEST(p27_the_firmware_reads_the_trace)
{
	row(27);

	int64_t error = (int64_t)order(ATTACK_CALL, ATTACK_HV_READ, (uint64_t)page, 0);

	expect(error == SBI_ERR_NOT_SUPPORTED || error == SBI_ERR_DENIED, "hv refuses to show the trace");
	error = (int64_t)order(ATTACK_CALL, ATTACK_HV_READ, FIRMWARE_ADDRESS, 0);
	expect(error == SBI_ERR_NOT_SUPPORTED || error == SBI_ERR_DENIED, "also in the firmware's memory");
}

/* The runner checks that the console does not show SECRET. All registers have values that begin like it. */
TEST(p27_the_console_shows_no_register_of_the_payload)
{
	static uint64_t registers[32];

	for (unsigned i = 0; i < 4; i++) {
		for (unsigned n = 1; n < 32; n++)
			registers[n] = SECRET + n;
		registers[17] = 0x09000001 + i;
		registers[16] = 7;
		page[0] = SECRET;
		registers_call(registers);
	}
	expect_equal(registers[10], PROTECTED ? (uint64_t)SBI_ERR_NOT_SUPPORTED : 0, "hv refuses the calls");
}

/* ---- calls that do not pass as they are ---- */

TEST(p32_a_legacy_mask_is_read_by_hv)
{
	row(32);
	page[0] = 1;
	ecall(SBI_EID_LEGACY_SEND_IPI, 0, (uint64_t)page, 0x77, 0, 0, 0);
	expect_equal(order(ATTACK_SEEN, 17, 0, 0), PROTECTED ? SBI_EID_IPI : SBI_EID_LEGACY_SEND_IPI, "the extension");
	expect_equal(order(ATTACK_SEEN, 10, 0, 0), PROTECTED ? 1 : (uint64_t)page, "a0");
	ecall(SBI_EID_LEGACY_REMOTE_SFENCE_VMA, 0, 0, 0x1000, 0x2000, 0, 0);
	if (!PROTECTED)
		return;
	expect_equal(order(ATTACK_SEEN, 17, 0, 0), SBI_EID_RFENCE, "the extension");
	expect_equal(order(ATTACK_SEEN, 16, 0, 0), 1, "the function");
	expect_equal(order(ATTACK_SEEN, 11, 0, 0), ~UINT64_C(0), "every hart");
	expect_equal(order(ATTACK_SEEN, 12, 0, 0), 0x1000, "the start");
	expect_equal(order(ATTACK_SEEN, 13, 0, 0), 0x2000, "the size");
}

TEST(p32_calls_that_are_not_listed_are_refused)
{
	static const struct {
		uint64_t eid, fid;
		const char *what;
	} cases[] = {
		{ SBI_EID_SUSP, 0, "SUSP" },
		{ SBI_EID_NACL, 0, "NACL" },
		{ SBI_EID_STA, 0, "STA" },
		{ SBI_EID_PMU, SBI_FID_pmu_snapshot_set_shmem, "a snapshot of PMU" },
		{ 0x535345, 0, "SSE" },
		{ 0x44425452, 0, "DBTR" },
		{ 0x4d505859, 0, "MPXY" },
		{ 0x46574654, 0, "FWFT" },
		{ 0x09000000, 0, "an extension of a vendor" },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_equal((uint64_t)ecall(cases[i].eid, cases[i].fid, 1, 2, 3, 4, 5).error,
			     PROTECTED ? (uint64_t)SBI_ERR_NOT_SUPPORTED : 0, cases[i].what);
	if (PROTECTED)
		expect_equal(ecall(SBI_EID_BASE, SBI_FID_probe_extension, SBI_EID_SUSP, 0, 0, 0, 0).value, 0,
			     "SUSP does not exist for the payload");
}
