/* What the payload is before and after all attacks: memory, registers and CSRs are as they were, and it makes progress. */
#include "payloads/swapper/registers.h"
#include "payloads/protect/order.h"
#include "payloads/runtime/access.h"

extern const struct test tests_begin[];

#define KEPT_WORDS 8192

/* The values that the payload keeps during all attacks. */
static uint64_t memory[KEPT_WORDS];
static struct kept {
	uint64_t code, memory, stvec, sscratch, senvcfg, scounteren, status;
} before;

static uint64_t checksum(const uint64_t *from, const uint64_t *to)
{
	uint64_t sum = 14695981039346656037u;

	for (; from < to; from++)
		sum = (sum ^ *from) * 1099511628211u;
	return sum;
}

static struct kept look(void)
{
	return (struct kept){
		.code = checksum((const uint64_t *)PAYLOAD_ADDRESS, (const uint64_t *)tests_begin),
		.memory = checksum(memory, memory + KEPT_WORDS),
		.stvec = csr_read(stvec),
		.sscratch = csr_read(sscratch),
		.senvcfg = csr_read(senvcfg),
		.scounteren = csr_read(scounteren),
		.status = csr_read(sstatus) & (MSTATUS_SUM | MSTATUS_MXR | MSTATUS_UXL),
	};
}

static uint64_t float_sum(void)
{
	static struct registers registers;

	have.f = have.d = true;
	registers_read_float(&registers);
	return checksum(registers.f, registers.f + 33);
}

static void fill_float(void)
{
	static struct registers registers;

	have.f = have.d = true;
	registers_pattern(&registers, 3);
	registers_write(&registers);
}

static uint64_t floats;

TEST(p00_the_payload_before_the_attacks)
{
	for (uint64_t i = 0; i < KEPT_WORDS; i++)
		memory[i] = SECRET * (i + 1);
	csr_write(senvcfg, 0x50);
	csr_write(scounteren, 5);
	before = look();
	expect(before.code != before.memory, "it has code and memory");
}

TEST(p79_fp_registers_before_the_last_attacks)
{
	fill_float();
	floats = float_sum();
	order(ATTACK_LOAD_FLOAT, (uint64_t)page, 0, 0);
	row_expects(1);
	expect(float_sum() == floats || !PROTECTED, "the firmware has used them");
}

TEST(p99_the_payload_is_what_it_was)
{
	struct kept after = look();
	uint64_t begin = csr_read(time), count = 0;

	row(0);
	expect_equal(after.code, before.code, "its code");
	expect_equal(after.memory, before.memory, "its memory");
	expect_equal(after.stvec, before.stvec, "stvec");
	expect_equal(after.sscratch, before.sscratch, "sscratch");
	expect_equal(after.senvcfg, before.senvcfg, "senvcfg");
	expect_equal(after.scounteren, before.scounteren, "scounteren");
	expect_equal(after.status, before.status, "sstatus");
	if (PROTECTED)
		expect_equal(float_sum(), floats, "FP registers");
	trap_catch(trap_supervisor());
	while (count < 100000 || csr_read(time) - begin < 1000)
		*(volatile uint64_t *)&count = count + 1;
	__asm__ volatile(".4byte 0xffffffff");
	expect_equal(trap_release(trap_supervisor()).count, 1, "it takes exceptions");
	expect(count >= 100000, "it makes progress");
	expect_equal(ecall(SBI_EID_BASE, SBI_FID_get_spec_version, 0, 0, 0, 0, 0).error == 0, true,
		     "its calls are answered");
}
