/* Random loads and stores: integer and floating-point ones, compressed ones, atomics, and operations on cache blocks. */
#include "payloads/random_programs/instruction.h"
#include "payloads/random_programs/parameters.h"
#include "payloads/runtime/csr.h"

#define LOAD 0x03
#define LOAD_FLOAT 0x07
#define STORE 0x23
#define STORE_FLOAT 0x27
#define ATOMIC 0x2f
#define CACHE_BLOCK 0x0000200f
#define COMPRESSED_NOP 0x00010000
#define LOAD_RESERVED 0x02

static unsigned address_register(struct random *random)
{
	return ROLE_ARENA_1 + random_below(random, 4); /* the arena or the window */
}

static unsigned data_register(struct random *random)
{
	return random_below(random, 4) ? instruction_result(random) : ROLE_NUMBER;
}

static uint32_t load(unsigned opcode, unsigned width, unsigned rd, unsigned rs1, unsigned offset)
{
	return (offset & 0xfff) << 20 | rs1 << 15 | width << 12 | rd << 7 | opcode;
}

static uint32_t store(unsigned opcode, unsigned width, unsigned rs2, unsigned rs1, unsigned offset)
{
	return (offset >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | width << 12 | (offset & 0x1f) << 7 | opcode;
}

static unsigned offset(struct random *random)
{
	switch (random_below(random, 4)) {
	case 0:
		return random_below(random, 4096);
	case 1:
		return random_below(random, 16);
	default:
		return random_below(random, 512) * 8;
	}
}

/* The devices have registers of 4 and 8 bytes, which are accessed as a whole. The register of a device holds the address
 * of either, so a load or store of 4 bytes suits both. */
static uint32_t device(struct random *random)
{
	if (random_below(random, 2) || !may_show(SHOWS_late_interrupts))
		return load(LOAD, 2, instruction_result(random), ROLE_DEVICE, 0);
	return store(STORE, 2, random_below(random, 2) ? ROLE_NONE : ROLE_ONES, ROLE_DEVICE, 0);
}

/* A store, or a load if the store would have to be aligned and is not. */
static uint32_t store_to_memory(const struct program *program, struct random *random, unsigned opcode, unsigned width,
				unsigned rs2)
{
	unsigned rs1 = address_register(random), at = offset(random);

	if ((program->registers[rs1] + at) % 8 && !may_show(SHOWS_partial_stores))
		return load(LOAD, 2, 0, rs1, at);
	return store(opcode, width, rs2, rs1, at);
}

static uint32_t atomic(const struct program *program, struct random *random)
{
	static const uint8_t functions[] = { 0x00, 0x01, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c };
	unsigned function = functions[random_below(random, sizeof(functions))];
	unsigned rs2 = data_register(random), rs1 = address_register(random);

	if (program->registers[rs1] % 8 && !may_show(SHOWS_misaligned_atomics))
		return load(LOAD, 2, 0, rs1, 0);

	if (may_show(SHOWS_load_reserved)) {
		function = LOAD_RESERVED;
		rs2 = 0;
	}
	return function << 27 | rs2 << 20 | rs1 << 15 | (2 + random_below(random, 2)) << 12 |
	       instruction_result(random) << 7 | ATOMIC;
}

static uint32_t cache_block(struct random *random)
{
	static const uint8_t operations[] = { 0, 1, 2, 4 };

	unsigned rs1 = may_show(SHOWS_cache_blocks_without_memory) ? address_register(random) : ROLE_ARENA_1;

	return (uint32_t)operations[random_below(random, sizeof(operations))] << 20 | rs1 << 15 | CACHE_BLOCK;
}

/* c.lw, c.ld, c.fld, c.sw, c.sd or c.fsd; the offset is one that the short form can hold */
static uint32_t compressed(struct random *random)
{
	static const uint8_t functions[] = { 2, 3, 1, 6, 7, 5 };
	unsigned stores = may_show(SHOWS_partial_stores) ? sizeof(functions) : 3;
	uint32_t function = functions[random_below(random, stores)];
	uint32_t data = ROLE_RESULT_3 - 8, address = address_register(random) - 8;

	return function << 13 | random_below(random, 8) << 10 | address << 7 | random_below(random, 4) << 5 |
	       data << 2 | COMPRESSED_NOP;
}

uint32_t instruction_memory(const struct program *program, struct random *random)
{
	switch (random_below(random, 18)) {
	case 0:
	case 16:
	case 17:
		return device(random);
	case 1:
	case 2:
		return atomic(program, random);
	case 3:
		return uses_cache_blocks(program) ? cache_block(random) : device(random);
	case 4:
	case 5:
		return compressed(random);
	case 6:
		return load(LOAD_FLOAT, 2 + random_below(random, 2), random_below(random, 32), address_register(random),
			    offset(random));
	case 7:
		return store_to_memory(program, random, STORE_FLOAT, 2 + random_below(random, 2),
				       random_below(random, 32));
	case 8:
	case 9:
	case 10:
	case 11:
		return store_to_memory(program, random, STORE, random_below(random, 4), data_register(random));
	default:
		return load(LOAD, random_below(random, 7), random_below(random, 8) ? instruction_result(random) : 0,
			    address_register(random), offset(random));
	}
}
