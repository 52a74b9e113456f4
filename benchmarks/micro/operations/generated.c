/* Measures an operation. Writes a loop with the operation into memory, executes the loop, and subtracts the cost of the
 * same loop without the operation. The loop itself needs four registers. These are the first registers from s2 to s11
 * that are not operands. generated_call() saves all registers that C code needs. */
#include "benchmarks/micro/operations/generated.h"

#include "benchmarks/micro/operations/operations.h"

#define OPCODE_SYSTEM 0x73u
#define OPCODE_LUI 0x37u
#define OPCODE_LOAD 0x03u
#define OPCODE_STORE 0x23u
#define FUNCT3_DOUBLE 3u

#define RA 1u
#define A0 10u
#define S2 18u
#define S11 27u

#define SUB_A0(end, begin) (0x40000033u | (begin) << 20 | (end) << 15 | A0 << 7)
#define MOVE(rd, rs1) (0x00000013u | (rs1) << 15 | (rd) << 7)
#define DECREMENT(rd) (0xfff00013u | (rd) << 15 | (rd) << 7)
#define JUMP(rs1) (0x00000067u | (rs1) << 15)
#define BACK_BY_4_UNLESS_ZERO(rs1) (0xfe001ee3u | (rs1) << 15)
#define BACK_BY_8_UNLESS_ZERO(rs1) (0xfe001ce3u | (rs1) << 15)

#define LONGEST_LOOP 13
#define GENERATED_ROUNDS 3

/** Calls @p code with a0 = @p count. @p code may clobber every register. It must return to the address that is in ra
 * when it starts.
 * @return the value of a0 when it returns */
uint64_t generated_call(const uint32_t *code, uint64_t count);

static uint32_t code[LONGEST_LOOP];

uint32_t encode_csr(enum csr_form form, uint32_t csr, unsigned rd, unsigned rs1)
{
	return csr << 20 | rs1 << 15 | (uint32_t)form << 12 | rd << 7 | OPCODE_SYSTEM;
}

uint32_t encode_li(unsigned rd, int value)
{
	return (uint32_t)value << 20 | MOVE(rd, 0u);
}

uint32_t encode_lui(unsigned rd, uint32_t value)
{
	return (value & 0xfffff000u) | rd << 7 | OPCODE_LUI;
}

uint32_t encode_ld(unsigned rd, unsigned rs1, int offset)
{
	return (uint32_t)offset << 20 | rs1 << 15 | FUNCT3_DOUBLE << 12 | rd << 7 | OPCODE_LOAD;
}

uint32_t encode_sd(unsigned rs2, unsigned rs1, unsigned offset)
{
	return offset >> 5 << 25 | rs2 << 20 | rs1 << 15 | FUNCT3_DOUBLE << 12 | (offset & 31u) << 7 | OPCODE_STORE;
}

/* Returns the first register from the number @p first on that is not an operand of the operation. */
static unsigned free_register(const struct generated *operation, unsigned first)
{
	while (first == operation->rd || first == operation->rs1 || first == operation->rs2)
		first++;
	return first;
}

static void write_loop(const struct generated *operation)
{
	unsigned back = free_register(operation, S2);
	unsigned left = free_register(operation, back + 1);
	unsigned begin = free_register(operation, left + 1);
	unsigned end = free_register(operation, begin + 1);
	uint32_t *next = code;

	_Static_assert(S2 + 4 + 3 <= S11 + 1,
		       "s2 to s11 has four free registers, even if all three operands are among them");
	*next++ = MOVE(back, RA);
	*next++ = MOVE(left, A0);
	for (int i = 0; i < 2; i++)
		if (operation->setup[i])
			*next++ = operation->setup[i];
	*next++ = encode_csr(CSRRS, operation->counter, begin, 0);
	if (operation->instruction)
		*next++ = operation->instruction;
	*next++ = DECREMENT(left);
	*next++ = operation->instruction ? BACK_BY_8_UNLESS_ZERO(left) : BACK_BY_4_UNLESS_ZERO(left);
	*next++ = encode_csr(CSRRS, operation->counter, end, 0);
	*next++ = SUB_A0(end, begin);
	*next = JUMP(back);
	__asm__ volatile("fence.i" ::: "memory");
}

static uint64_t run(const struct generated *operation, uint64_t count)
{
	write_loop(operation);
	return generated_call(code, count);
}

bool generated_exists(const struct generated *operation)
{
	expect_no_trap();
	(void)run(operation, 1);
	return !has_trapped();
}

uint64_t generated_cost(const struct generated *operation)
{
	struct generated empty = *operation;

	empty.instruction = 0;
	uint64_t least = run(operation, GENERATED_REPETITIONS); /* first round, see measure.h */
	for (int round = 0; round < GENERATED_ROUNDS; round++) {
		uint64_t whole = run(operation, GENERATED_REPETITIONS);
		least = whole < least ? whole : least;
	}
	return least - run(&empty, GENERATED_REPETITIONS);
}
