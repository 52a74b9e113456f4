/* Random CSR instructions, in all six forms. The CSR decides which registers and immediates are possible operands. */
#include "payloads/random_programs/instruction.h"
#include "payloads/random_programs/parameters.h"
#include "payloads/runtime/csr.h"

#define OPCODE_SYSTEM 0x73
#define PMP_ENTRIES 11
#define ALL_PMP_ENTRIES 16

enum operation { WRITE = 1, SET, CLEAR };

/* What a CSR holds, which decides about its operands. */
enum content {
	NUMBER,
	STATUS,
	ENABLED,
	PENDING,
	DELEGATED,
	EXCEPTIONS,
	CODE,
	VECTOR,
	SUPERVISOR_VECTOR,
	VALUE,
	PMP_ADDRESS,
	PMP_CONFIG,
	PMP_CONFIG_2,
	ENVIRONMENT,
	COUNTER_ENABLE,
	INHIBIT,
	TRANSLATION,
	DEADLINE,
	COUNTER,
	READ,  /* not written, because it may be writable, and what a write does depends on the machine */
	FIXED, /* a write has no effect, or traps */
};

struct csr {
	uint16_t number;
	uint8_t content;
};

static const struct csr csrs[] = {
	{ 0x300, STATUS },         { 0x300, STATUS },      { 0x300, STATUS },
	{ 0x301, READ },           { 0x302, EXCEPTIONS },  { 0x303, DELEGATED },
	{ 0x304, ENABLED },        { 0x305, VECTOR },      { 0x306, COUNTER_ENABLE },
	{ 0x30a, ENVIRONMENT },    { 0x320, INHIBIT },     { 0x340, NUMBER },
	{ 0x341, CODE },           { 0x341, CODE },        { 0x342, NUMBER },
	{ 0x343, NUMBER },         { 0x344, PENDING },     { 0x344, PENDING },
	{ 0x3a0, PMP_CONFIG },     { 0x3a0, PMP_CONFIG },  { 0x3a2, PMP_CONFIG_2 },
	{ 0x3b0, PMP_ADDRESS },    { 0x3b0, PMP_ADDRESS }, { 0x3b0, PMP_ADDRESS },
	{ 0x100, STATUS },         { 0x104, ENABLED },     { 0x105, SUPERVISOR_VECTOR },
	{ 0x106, COUNTER_ENABLE }, { 0x10a, ENVIRONMENT }, { 0x140, NUMBER },
	{ 0x141, CODE },           { 0x142, NUMBER },      { 0x143, VALUE },
	{ 0x144, PENDING },        { 0x14d, DEADLINE },    { 0x180, TRANSLATION },
	{ 0xb00, COUNTER },        { 0xb02, COUNTER },     { 0xc00, COUNTER },
	{ 0xc01, COUNTER },        { 0xc02, COUNTER },     { 0xf11, FIXED },
	{ 0xf12, FIXED },          { 0xf13, FIXED },       { 0xf14, FIXED },
	{ 0xf15, FIXED },          { 0x003, NUMBER },      { 0x001, NUMBER },
	{ 0x002, NUMBER },         { 0x5c0, FIXED },       { 0x7c0, FIXED },
	{ 0x9c0, FIXED },          { 0xbc0, FIXED },       { 0x3a1, FIXED },
	{ 0xfc0, FIXED },
};

static uint32_t word(unsigned csr, enum operation operation, bool immediate, unsigned rd, unsigned source)
{
	return csr << 20 | source << 15 | (uint32_t)operation << 12 | (immediate ? 1u << 14 : 0) | rd << 7 |
	       OPCODE_SYSTEM;
}

/* Returns the register that holds an operand for the CSR. x0 stands for no possible operand: then a write would write 0,
 * and set and clear only read. */
static unsigned source(enum content content, enum operation operation, const struct program *program,
		       struct random *random)
{
	bool clear = operation == CLEAR;

	switch (content) {
	case NUMBER:
		return random_below(random, 2) ? ROLE_NUMBER : instruction_result(random);
	case STATUS:
		return clear ? ROLE_STATUS_CLEAR : ROLE_STATUS;
	case ENABLED:
		if (may_show(SHOWS_mie_bits) && !program->wake)
			return ROLE_ONES;
		return clear && program->wake ? ROLE_NONE : ROLE_ENABLED;
	case PENDING:
		return program->wake ? (clear ? ROLE_NONE : ROLE_ENABLED) : ROLE_PENDING;
	case DELEGATED:
		return ROLE_PENDING;
	case EXCEPTIONS:
		return ROLE_EXCEPTIONS;
	case CODE:
		return operation != WRITE ? ROLE_CODE_OFFSET : random_below(random, 2) ? ROLE_CODE_1 : ROLE_CODE_2;
	case VECTOR:
		return operation == WRITE ? ROLE_VECTOR : ROLE_NONE;
	case SUPERVISOR_VECTOR:
		return operation == WRITE ? ROLE_SUPERVISOR_VECTOR : ROLE_CODE_OFFSET;
	case VALUE:
		return operation == WRITE ? ROLE_NUMBER : ROLE_NONE;
	case PMP_ADDRESS:
		return operation == WRITE ? ROLE_PMP_ADDRESS : ROLE_PMP_OFFSET;
	case PMP_CONFIG:
		return clear ? ROLE_PMP_CONFIG_CLEAR : ROLE_PMP_CONFIG;
	case PMP_CONFIG_2:
		return clear ? ROLE_PMP_CONFIG_CLEAR : ROLE_PMP_CONFIG_2;
	case ENVIRONMENT:
		return ROLE_ENVIRONMENT;
	case TRANSLATION:
		return operation == WRITE ? ROLE_TRANSLATION : ROLE_NONE;
	case DEADLINE:
	case COUNTER:
		return random_below(random, 2) ? ROLE_ONES : ROLE_NONE;
	default:
		return ROLE_NONE;
	}
}

/* Returns an immediate operand for the CSR, or 0 if there is no other. */
static unsigned immediate(enum content content, enum operation operation, const struct program *program,
			  struct random *random)
{
	unsigned bits = random_below(random, 32);

	switch (content) {
	case NUMBER:
	case COUNTER:
		return bits;
	case STATUS:
		return bits & (unsigned)(MSTATUS_SIE | MSTATUS_MIE);
	case ENABLED:
		return program->wake ? 0 : bits & (unsigned)program->registers[ROLE_ENABLED];
	case PENDING:
		return program->wake && operation != SET ? 0 : bits & (unsigned)IP_ALL;
	case DELEGATED:
		return bits & (unsigned)IP_S;
	case EXCEPTIONS:
		return bits & ~(1u << CAUSE_FETCH_ACCESS) & (may_show(SHOWS_medeleg_bit_0) ? ~0u : ~1u);
	case CODE:
	case SUPERVISOR_VECTOR:
		return bits & ~3u;
	case VECTOR:
		return bits & (may_show(SHOWS_reserved_vector_mode) ? 3 : 1);
	case PMP_CONFIG:
	case PMP_CONFIG_2:
		if (uses_cache_blocks(program) && !may_show(SHOWS_cache_blocks_partly_protected))
			bits &= 7;
		if ((bits & 3) == (operation == CLEAR ? 1 : 2) && !may_show(SHOWS_write_without_read))
			bits |= 3;
		return bits;
	case ENVIRONMENT:
		return may_show(SHOWS_fiom) ? bits & 1 : 0;
	case COUNTER_ENABLE:
		return bits & 7;
	case INHIBIT:
		return bits & (unsigned)(COUNTER_CY | COUNTER_IR);
	default:
		return 0;
	}
}

/* Returns whether the operation may write an immediate to the whole CSR, and leave its other bits 0. */
static bool may_write_immediate(enum content content, const struct program *program)
{
	switch (content) {
	case READ:
	case CODE:
	case VECTOR:
	case SUPERVISOR_VECTOR:
	case PMP_ADDRESS:
		return false;
	case PMP_CONFIG_2:
		return may_show(SHOWS_return_without_pmp);
	case DEADLINE:
		return may_show(SHOWS_late_interrupts);
	case ENABLED:
	case PENDING:
		return !program->wake;
	default:
		return true;
	}
}

/* Returns whether x0 is a possible operand of csrrw. */
static bool may_write_zero(enum content content)
{
	return content == DEADLINE || content == COUNTER || content == FIXED;
}

static unsigned number_of(const struct csr *csr, struct random *random)
{
	return csr->content == PMP_ADDRESS ? csr->number + random_below(random, PMP_ENTRIES) : csr->number;
}

uint32_t instruction_csr(const struct program *program, struct random *random)
{
	const struct csr *csr = &csrs[random_below(random, sizeof(csrs) / sizeof(csrs[0]))];
	unsigned number = number_of(csr, random);
	enum operation operation = (enum operation)(1 + random_below(random, 3));
	bool with_immediate = random_below(random, 3) == 0;
	unsigned rd = random_below(random, 4) ? instruction_result(random) : 0;

	bool is_identity = number >= 0xf11 && number <= 0xf13;

	if ((number == 0x144 && !may_show(SHOWS_timer_in_sip)) || (is_identity && !may_show(SHOWS_identity)) ||
	    (csr->content == COUNTER && !may_show(SHOWS_counter_values)) ||
	    (csr->content == VALUE && !may_show(SHOWS_value_of_returns)))
		rd = 0;
	if (csr->content == PMP_ADDRESS && may_show(SHOWS_last_pmp_entries))
		number = 0x3b0 + PMP_ENTRIES + random_below(random, ALL_PMP_ENTRIES - PMP_ENTRIES);
	if (with_immediate && operation == WRITE && !may_write_immediate(csr->content, program))
		operation = SET;
	if (with_immediate)
		return word(number, operation, true, rd, immediate(csr->content, operation, program, random));
	unsigned rs1 = source(csr->content, operation, program, random);
	bool is_late = csr->content == DEADLINE && !may_show(SHOWS_late_interrupts);
	bool reads_only = random_below(random, 8) == 0 || is_late ||
			  (rs1 == ROLE_NONE && operation == WRITE && !may_write_zero(csr->content));

	return word(number, reads_only ? SET : operation, false, rd, reads_only ? 0 : rs1);
}
