/* The rows of attacks on the payload's registers. */
#include "payloads/swapper/registers.h"
#include "payloads/protect/order.h"

#define A0 10
#define A1 11
#define A2 12
#define A6 16
#define A7 17
#define T0 5
#define ALL_REGISTERS (BIT(32) - 2)
#define ANY 0xff

enum kind { PLAIN, TIMER, PROBE, LEGACY_MASK, START, STOP, SUSPEND, WRITE, READ };

/* The calls that pass, and the registers that pass in each. */
static const struct call {
	uint64_t eid, fid, in, out;
	enum kind kind;
	const char *what;
} calls[] = {
#define PROTECT_ANY ANY
#define PROTECT_CALL(EID, fid, in, out, kind)                                                                          \
	{ SBI_EID_##EID, fid, in, out, kind, "the registers that change in " #EID },
#include "modules/protect_payload/calls.def"
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

static uint64_t given[32], found[32];

static void fill(void)
{
	for (unsigned i = 1; i < 32; i++)
		given[i] = SECRET + i;
}

static void copy_given(void)
{
	for (unsigned i = 1; i < 32; i++)
		found[i] = given[i];
}

/* The registers that are not 0: a bit for each. */
static uint64_t nonzero(const uint64_t *registers)
{
	uint64_t bits = 0;

	for (unsigned i = 1; i < 32; i++)
		bits |= registers[i] ? BIT(i) : 0;
	return bits;
}

static uint64_t changed(void)
{
	uint64_t bits = 0;

	for (unsigned i = 1; i < 32; i++)
		bits |= found[i] != given[i] ? BIT(i) : 0;
	return bits;
}

/* Gives the registers values with which the call reaches the firmware. @return the argument registers that pass */
static uint64_t arguments(const struct call *call)
{
	fill();
	given[A7] = call->eid;
	if (call->fid != ANY)
		given[A6] = call->fid;
	switch (call->kind) {
	case PROBE:
		given[A0] = SBI_EID_TIME;
		break;
	case LEGACY_MASK:
		page[0] = 1;
		given[A0] = (uint64_t)page;
		return 0x1f;
	case WRITE:
	case READ:
		given[A0] = 16;
		given[A1] = (uint64_t)page;
		given[A2] = 0;
		return 3;
	case SUSPEND:
		given[A0] = 1; /* retentive */
		break;
	default:
		break;
	}
	return call->in;
}

static void make(const struct call *call)
{
	uint64_t passes = arguments(call) << A0 | BIT(A7) | BIT(A6);
	uint64_t results = BIT(A0) | (call->out & 2 ? BIT(A1) : 0);

	copy_given();
	if (PROTECTED && call->kind == TIMER && has_sstc()) { /* hv answers, and the firmware sees nothing */
		registers_call(found);
		expect_equal(changed(), results, call->what);
		expect_equal(csr_read(stimecmp), given[A0], "the timer");
		return;
	}
	order(ATTACK_LOOK, 0, 0, 0);
	registers_call(found);

	uint64_t seen = order(ATTACK_SEEN_ALL, 0, 0, 0);

	if (!PROTECTED) {
		expect_equal(seen, nonzero(given), "the registers that the firmware sees");
		expect_equal(changed(), ALL_REGISTERS, call->what);
		return;
	}
	expect_equal(seen & ~passes, 0, "the firmware sees no register that does not pass");
	if (call->kind != LEGACY_MASK)
		expect_equal(seen, passes & nonzero(given) & ~(call->fid == ANY ? BIT(A6) : 0),
			     "it sees those that pass");
	expect_equal(changed(), results, call->what);
}

TEST(p12_the_firmware_sees_and_changes_only_what_each_call_passes)
{
	row(12);
	for (unsigned i = 0; i < CALLS; i++)
		make(&calls[i]);
}

TEST(p13_the_firmware_emulates_an_instruction)
{
	fill();
	copy_given();
	registers_emulate(found);
	expect_equal(found[A1], SECRET + A2 + 1, "its result");
	expect_equal(changed(), PROTECTED ? BIT(A1) : ALL_REGISTERS, "the registers that change");
	expect_equal(order(ATTACK_SEEN_ALL, 0, 0, 0), PROTECTED ? BIT(A2) : ALL_REGISTERS,
		     "those that the firmware sees");
	expect_equal(order(ATTACK_SEEN, A2, 0, 0), SECRET + A2, "the operand");
}

TEST(p13_a_number_in_an_instruction_is_no_register)
{
	row(13);
	trap_catch(trap_supervisor());
	__asm__ volatile("mv t4, %0\ncsrrwi zero, 0x8fe, 29" ::"r"(SECRET) : "t4"); /* t4 is x29 */
	trap_release(trap_supervisor());
	row_expects(ROW_PASSED_ON);
	expect_equal(order(ATTACK_SEEN, 29, 0, 0), PROTECTED ? 0 : SECRET, "what the firmware has seen of t4");
}

/* Waits for an interrupt of the firmware with known values in all registers. It comes while the payload waits. */
static void wait_for(enum attack attack)
{
	fill();
	copy_given();
	order(attack, (uint64_t)registers_waiting, 0, 0);
	registers_wait(found);
	csr_clear(sip, BIT(IRQ_SSI));
}

/* registers_wait() changes t0 itself. */
static void expect_hidden_and_kept(void)
{
	uint64_t all = ALL_REGISTERS & ~BIT(T0);

	expect_equal(order(ATTACK_SEEN_ALL, 0, 0, 0) & ~BIT(T0), PROTECTED ? 0 : all,
		     "the registers that the firmware sees");
	if (PROTECTED)
		expect_equal(order(ATTACK_SEEN, T0, 0, 0), 0, "t0, as the firmware sees it");
	expect_equal(changed() & ~BIT(T0), PROTECTED ? 0 : all, "the registers that change");
	expect_equal(order(ATTACK_SEEN_CSRS, 0, 0, 0) == 0, PROTECTED, "the payload's CSRs are 0 for the firmware");
}

TEST(p13_a_timer_of_the_firmware_interrupts_the_payload)
{
	wait_for(ATTACK_TIMER);
	expect_hidden_and_kept();
	if (!has_sstc())
		ecall(SBI_EID_TIME, SBI_FID_set_timer, ~UINT64_C(0), 0, 0, 0, 0);
}

TEST(p13_another_hart_of_the_firmware_interrupts_the_payload)
{
	wait_for(ATTACK_SOFTWARE);
	expect_hidden_and_kept();
}

/* ---- FP and vector registers ---- */

static void find_registers(void)
{
	uint64_t vlenb = 0;

	have.f = have.d = true;
	trap_catch(trap_supervisor());
	csr_set(sstatus, MSTATUS_VS);
	__asm__ volatile("csrr %0, 0xc22" : "+r"(vlenb));
	have.vlenb = trap_release(trap_supervisor()).count ? 0 : vlenb;
	row_expects(have.vlenb ? 0 : ROW_PASSED_ON);
}

static uint64_t bytes_of(const struct registers *registers)
{
	uint64_t bytes = 0;

	for (uint64_t i = 0; i < sizeof(*registers); i++)
		bytes += ((const uint8_t *)registers)[i] != 0;
	return bytes;
}

/* The firmware looks at the registers, and changes them, in an interrupt of the payload. */
static void expect_in_interrupt(enum attack attack)
{
	static struct registers mine, seen;

	registers_pattern(&mine, 6);
	registers_write(&mine);
	wait_for(attack);
	registers_read(&seen);
	expect_equal(registers_equal(&mine, &seen), PROTECTED, "the registers are as before the interrupt");
	mine.vtype = 0;
	expect_equal(order(ATTACK_SEEN_EXTENSION, 0, 0, 0), PROTECTED ? 0 : bytes_of(&mine),
		     "the bytes that are not 0 for the firmware in the interrupt");
}

TEST(p14_the_firmware_sees_and_changes_fp_and_vector_registers)
{
	static struct registers mine, seen;

	row(14);
	find_registers();
	registers_pattern(&mine, 5);
	for (unsigned round = 0; round < 3; round++) {
		registers_write(&mine);

		uint64_t bytes = order(ATTACK_DUMP_EXTENSION, 0, 0, 0);

		mine.vtype = 0;
		expect_equal(bytes, PROTECTED ? 0 : bytes_of(&mine), "the bytes that are not 0 for the firmware");
		mine.vtype = have.vlenb ? E16_M2 : 0;
		registers_read(&seen);
		expect_equal(registers_equal(&mine, &seen), PROTECTED, "the registers are as before");
	}
	expect_in_interrupt(ATTACK_TIMER);
	expect_in_interrupt(ATTACK_SOFTWARE);
	if (!has_sstc())
		ecall(SBI_EID_TIME, SBI_FID_set_timer, ~UINT64_C(0), 0, 0, 0, 0);
}
