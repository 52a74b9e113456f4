#include "payloads/robust/action.h"

#include "payloads/runtime/abi.h"
#include "payloads/runtime/machine.h"

#define EBREAK 0x9002u
#define EBREAKS UINT64_C(0x9002900290029002)
#define SCRATCH_BYTES 4096
#define AREA_BYTES 8192
#define MIDDLE 4096
#define ACTIONS_PER_REFILL 256

#define A0 10u
#define A1 11u
#define A2 12u
#define A6 16u
#define A7 17u

#define OPCODE_JAL 0x6f
#define OPCODE_SYSTEM 0x73
#define SYSTEM_FUNCT3 0x7000
#define PMP_LOCKS UINT64_C(0x8080808080808080)

/* Privileged and other special instructions. Some of them have operands; for these make_special() fills in rs1 and rs2
 * (bits 15-24). */
static const uint32_t special[] = {
	0x30200073, /* mret */ 0x10200073,        /* sret */ 0x00200073,           /* uret */
	0x70200073, /* mnret */ 0x7b200073,       /* dret */ 0x10500073,           /* wfi */
	0x00d00073, /* wrs.nto */ 0x01d00073,     /* wrs.sto */ 0x00100073,        /* ebreak */
	0x0000100f, /* fence.i */ 0x0ff0000f,     /* fence */ 0x12000073,          /* sfence.vma */
	0x16000073, /* sinval.vma */ 0x18000073,  /* sfence.w.inval */ 0x18100073, /* sfence.inval.ir */
	0x22000073, /* hfence.vvma */ 0x62000073, /* hfence.gvma */ 0x00000000,    /* illegal */
	0xffffffff,                                                                /* illegal */
};

/* Instructions that access the address in a2 and load or store a3 or fa3: integer loads and stores, AMOs, LR and SC,
 * floating-point loads and stores, and cache operations. */
static const uint32_t accesses[] = {
	0x00060683, 0x00061683, 0x00062683, 0x00063683, 0x00064683, 0x00065683, 0x00066683, /* lb ... lwu */
	0x00d60023, 0x00d61023, 0x00d62023, 0x00d63023,                                     /* sb ... sd */
	0x00d626af, 0x00d636af, 0x08d636af, 0x40d626af, 0xe0d636af,                         /* amo */
	0x100626af, 0x100636af, 0x18d626af, 0x18d636af,                                     /* lr, sc */
	0x00062687, 0x00063687, 0x00d62027, 0x00d63027,                                     /* flw fld fsw fsd */
	0x0046200f, 0x0006200f, 0x0016200f, 0x0026200f,                                     /* cbo */
	0x4214,     0x6214,     0xc214,     0xe214,     0x2214,     0xa214,                 /* compressed */
};

static uint16_t areas[MAX_HARTS][AREA_BYTES / 2] __attribute__((aligned(4096)));

uint64_t action_address(unsigned hart)
{
	return (uint64_t)areas[hart] + MIDDLE;
}

/* Returns a random pointer. It points to a sensitive place such as hv or a device, to the scratch memory of the hart,
 * or to any address. */
static uint64_t pointer(struct random *random, uint64_t scratch)
{
	static const uint64_t bases[] = { 0x80000000,
					  0x80000000,
					  0x80008000,
					  CLINT_ADDRESS,
					  CLINT_ADDRESS,
					  0,
					  0x801fe000,
					  0x7ffff000,
					  CLINT_ADDRESS + CLINT_MTIMECMP,
					  CLINT_ADDRESS + 0xb000,
					  UART_ADDRESS + 0x1000,
					  ~UINT64_C(0) - 0xfff,
					  UINT64_C(1) << 38,
					  UINT64_C(1) << 55,
					  FINISHER_ADDRESS + 0x1000 };
	unsigned choice = random_below(random, 24);
	uint64_t offset = random_next(random) & (random_below(random, 2) ? 0xff8 : 0xfff);
	if (choice < sizeof(bases) / sizeof(bases[0]))
		return bases[choice] + offset;
	if (choice < 20)
		return scratch + (offset & 0x7ff);
	return random_next(random);
}

/* Returns a random number in which exactly one bit is set. Never returns the addresses of the reset device and of the
 * console. */
static uint64_t single_bit(struct random *random)
{
	uint64_t bit = UINT64_C(1) << random_below(random, 64);
	return bit == FINISHER_ADDRESS || bit == UART_ADDRESS ? 0 : bit;
}

static uint64_t number(struct random *random, uint64_t scratch)
{
	switch (random_below(random, 6)) {
	case 0:
		return 0;
	case 1:
		return ~UINT64_C(0);
	case 2:
		return single_bit(random);
	case 3:
		return pointer(random, scratch);
	default:
		return random_next(random);
	}
}

static uint32_t csr_instruction(unsigned csr, unsigned form, unsigned rd, unsigned rs1)
{
	return csr << 20 | rs1 << 15 | form << 12 | rd << 7 | OPCODE_SYSTEM;
}

/* Returns a random CSR number. In half of all cases the number belongs to a CSR that probably exists. */
static unsigned csr_number(struct random *random)
{
	static const uint16_t known[] = { 0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0x306, 0x30a, 0x320, 0x323, 0x340,
					  0x341, 0x342, 0x343, 0x344, 0x3a0, 0x3a2, 0x3b0, 0x3b1, 0x3bf, 0xb00, 0xb02,
					  0xb03, 0xc00, 0xc01, 0xc02, 0xf11, 0xf14, 0x100, 0x104, 0x105, 0x106, 0x10a,
					  0x140, 0x141, 0x142, 0x143, 0x144, 0x14d, 0x180, 0x001, 0x003, 0x7a0, 0x600 };
	if (random_below(random, 2))
		return random_below(random, 4096);
	return known[random_below(random, sizeof(known) / sizeof(known[0]))];
}

/* Makes an action that accesses one CSR. The action either only reads the CSR, or writes a0 to the CSR, reads the CSR
 * back, and restores the old value. */
static void make_csr(struct action *action, struct random *random)
{
	unsigned csr = csr_number(random);
	if (csr >= 0x3a0 && csr < 0x3b0)
		action->registers[A0] &= ~PMP_LOCKS;
	if (random_below(random, 4) == 0) {
		action->code[0] = csr_instruction(csr, 2 + random_below(random, 2), random_below(random, 32), 0);
		return;
	}
	action->writes_csr = true;
	action->writes_satp = csr == 0x180;
	action->code[0] = csr_instruction(csr, 1, A2, A0);
	action->code[1] = csr_instruction(csr, 2, A1, 0);
	action->code[2] = csr_instruction(csr, 1, 0, A2);
}

/* Makes an action that executes a random instruction word. The word is never a jal, because a jal might jump into the
 * code of the guest. It is never a CSR instruction, because only the actions of make_csr() restore the CSR. */
static void make_word(struct action *action, struct random *random)
{
	uint32_t word = (uint32_t)random_next(random);
	if ((word & 0x7f) == OPCODE_JAL)
		word ^= 0x40; /* turns jal into an AMO */
	if ((word & 0x7f) == OPCODE_SYSTEM && word & SYSTEM_FUNCT3)
		word &= ~(uint32_t)SYSTEM_FUNCT3;
	action->code[0] = word;
}

static void make_special(struct action *action, struct random *random)
{
	uint32_t word = special[random_below(random, sizeof(special) / sizeof(special[0]))];
	if (word >> 25 == 0x09 || word >> 25 == 0x0b || word >> 25 == 0x11 || word >> 25 == 0x31)
		word |= random_below(random, 32) << 15 | random_below(random, 32) << 20;
	action->code[0] = word;
}

static void make_access(struct action *action, struct random *random, uint64_t scratch)
{
	action->code[0] = accesses[random_below(random, sizeof(accesses) / sizeof(accesses[0]))];
	action->registers[A2] = pointer(random, scratch);
}

static void make_jump(struct action *action, struct random *random, uint64_t scratch)
{
	uint64_t target = pointer(random, scratch);
	action->code[0] = 0x00060067; /* jr a2 */
	action->registers[A2] = target >= scratch && target < scratch + SCRATCH_BYTES ? 0x80000000 : target;
}

/* Returns a random argument for an ecall. It is either a pointer or a small number, which hv might take for a hart, an
 * operation or a length. */
static uint64_t argument(struct random *random, uint64_t scratch)
{
	switch (random_below(random, 8)) {
	case 0:
	case 1:
		return random_below(random, 4);
	case 2:
		return random_below(random, 1024);
	case 3:
		return UINT64_C(1) << random_below(random, 16);
	default:
		return pointer(random, scratch);
	}
}

static void make_ecall(struct action *action, struct random *random, uint64_t scratch)
{
	static const uint64_t eids[] = { ABI_EID,    ABI_PEER_EID, 0,          1,        8,       0x10,
					 0x54494d45, 0x735049,     0x52464e43, 0x48534d, 0x504d55 };
	unsigned choice = random_below(random, 16);
	bool known = choice < sizeof(eids) / sizeof(eids[0]);
	action->registers[A7] = known ? eids[choice] : random_next(random);
	action->registers[A6] = random_below(random, 8) ? random_below(random, 8) : random_next(random);
	for (unsigned i = A0; i < A0 + 3; i++)
		action->registers[i] = argument(random, scratch);
	/* Avoid the FIDs that end a run. In most cases, also avoid the FID that prints a line. */
	bool ends = action->registers[A6] < 2;
	bool prints = action->registers[A6] == HARTSCOPE_PEER_LOG && random_below(random, 200);
	if (action->registers[A7] == ABI_PEER_EID && (ends || prints))
		action->registers[A6] = 77;
	action->code[0] = 0x00000073;
}

/* Stores @p value at @p to, but only if the memory holds a different value. An emulator that translates code discards
 * its translated code of a page at each store to this page, so needless stores would be slow. */
static void keep(volatile uint64_t *to, uint64_t value)
{
	if (*to != value)
		*to = value;
}

void action_clear(uint64_t scratch)
{
	for (unsigned i = 0; i < SCRATCH_BYTES / sizeof(uint64_t); i++)
		keep((uint64_t *)scratch + i, EBREAKS);
}

void action_make(struct action *action, struct random *random, uint64_t scratch)
{
	for (unsigned i = 0; i < ACTION_WORDS; i++)
		action->code[i] = EBREAK | EBREAK << 16;
	for (unsigned i = 1; i < 32; i++)
		action->registers[i] = number(random, scratch);
	action->writes_satp = action->writes_csr = false;
	switch (random_below(random, 8)) {
	case 0:
	case 1:
	case 2:
		make_csr(action, random);
		break;
	case 3:
		make_word(action, random);
		break;
	case 4:
		make_special(action, random);
		break;
	case 5:
		make_jump(action, random, scratch);
		break;
	case 6:
		make_ecall(action, random, scratch);
		break;
	default:
		make_access(action, random, scratch);
	}
}

void action_place(const struct action *action, unsigned hart)
{
	static unsigned placed[MAX_HARTS];
	volatile uint64_t *area = (volatile uint64_t *)areas[hart], *to = area + MIDDLE / sizeof(uint64_t);
	/* At the first action, and regularly after it, the whole area is filled with ebreaks again. An emulator keeps
	 * the code that it has translated from the area, and searches through all of it at each store to the page.
	 * Filling the whole area makes the emulator discard this translated code. */
	if (placed[hart]++ % ACTIONS_PER_REFILL == 0)
		for (unsigned i = 0; i < AREA_BYTES / sizeof(uint64_t); i++)
			area[i] = EBREAKS;
	for (unsigned i = 0; i < ACTION_WORDS; i += 2)
		keep(to + i / 2, action->code[i] | (uint64_t)action->code[i + 1] << 32);
	__asm__ volatile("fence.i" ::: "memory");
}
