/* Proof: a load or store of a guest that hv carries out, aligned or misaligned, happens whole or not at all. It happens
 * if and only if the guest may access each byte. If it does not, neither memory nor a register changes, and the guest
 * gets a fault at the first byte of the access that it may not access.
 * Bound: widths of 1, 2, 4 and 8 bytes, and all addresses, also those where the access wraps around to address 0. The
 * guest's rights differ from one aligned word to the next in any way. Memory is the words that the access touches.
 * Stubs: guarded_load, guarded_store, guarded_amo, and the f registers.
 * Assumptions: if a word may be written, it may be read, and supports AMOs; no other hart changes the rights in between.
 * If the hart itself supports misaligned accesses, then it makes them whole or not at all. */
#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/proofs/proof.h"
#include "hv/virt/emulate.h"

#define WORDS 4 /* an access touches at most three words */
#define FUNCT5_OR 0x08

struct vcpu nondet_vcpu(void);
struct instruction nondet_instruction(void);

/* The memory that the access touches, from an address that is a multiple of 4, and the guest's rights to each word. */
static uint64_t first;
static uint8_t bytes[4 * WORDS];
static bool readable[WORDS], writable[WORDS];
static bool supports_misaligned;
static uint64_t float_registers[32];

/* The position in `bytes` of the byte at @p address. It needs only the low bits, because the access is in `bytes`. */
static unsigned at(uint64_t address)
{
	return (unsigned)(address - first) & 15;
}

/* The number of bytes before the first one that the guest may not access; @p width if it may access all. */
static unsigned allowed_bytes(uint64_t address, unsigned width, const bool *rights)
{
	unsigned allowed = width;

	for (unsigned i = width; i-- > 0;)
		if (!rights[at(address + i) / 4])
			allowed = i;
	return allowed;
}

/* Takes the trap that an access by the hart raises. Returns false if it raises none. */
static bool traps(uint64_t address, unsigned width, const bool *rights, bool is_store)
{
	prove(address - first <= sizeof(bytes) - width, "hv accesses no other words than the access touches");

	unsigned allowed = allowed_bytes(address, width, rights);
	bool misaligned = address % width != 0 && !supports_misaligned;
	uint64_t cause = is_store ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS;

	if (!misaligned && allowed == width)
		return false;
	if (misaligned)
		cause = is_store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED;
	else if (nondet_bool())
		cause = is_store ? CAUSE_STORE_PAGE : CAUSE_LOAD_PAGE;
	proof_hart.value[CSR_SLOT_mcause] = cause;
	proof_hart.value[CSR_SLOT_mtval] = misaligned ? address : address + allowed;
	return true;
}

enum error guarded_load(uint64_t status, uint64_t address, unsigned width, uint64_t *value)
{
	(void)status;
	*value = nondet_u64();
	if (traps(address, width, readable, false))
		return ERROR_TRAPPED;
	*value = 0;
	for (unsigned i = 0; i < width; i++)
		*value |= (uint64_t)bytes[at(address + i)] << 8 * i;
	return ERROR_NONE;
}

enum error guarded_store(uint64_t status, uint64_t address, unsigned width, uint64_t value)
{
	(void)status;
	if (traps(address, width, writable, true))
		return ERROR_TRAPPED;
	for (unsigned i = 0; i < width; i++)
		bytes[at(address + i)] = (uint8_t)(value >> 8 * i);
	return ERROR_NONE;
}

/* hv tries words with this AMO before it stores bytes to them. An AMO is never misaligned here, and leaves the word as it
 * is. */
enum error guarded_amo(uint64_t status, uint64_t address, unsigned width, unsigned funct5, uint64_t operand,
		       uint64_t *old)
{
	(void)status;
	*old = nondet_u64();
	prove(width == 4 && address % 4 == 0 && funct5 == FUNCT5_OR && operand == 0,
	      "hv changes nothing when it tries");
	return traps(address, 4, writable, true) ? ERROR_TRAPPED : ERROR_NONE;
}

uint64_t float_register_read(unsigned index)
{
	return float_registers[index];
}

void float_register_write(unsigned index, uint64_t value)
{
	float_registers[index] = value;
}

/* ---- what must be true ---- */

static struct vcpu vcpu, old_vcpu;
static uint8_t old_bytes[4 * WORDS];
static uint64_t old_floats[32];

/* The value in memory that a load returns, extended as the instruction has it. */
static uint64_t loaded(const struct instruction *instruction, uint64_t address)
{
	uint64_t value = 0, above = instruction->width == 8 ? 0 : ~0ull << 8 * instruction->width;

	for (unsigned i = 0; i < instruction->width; i++)
		value |= (uint64_t)old_bytes[at(address + i)] << 8 * i;
	if (instruction->is_float) /* NaN-boxed */
		return value | above;
	return instruction->is_signed && (value >> (8 * instruction->width - 1) & 1) ? value | above : value;
}

/* The byte of memory at position @p i after a store of @p value. */
static uint8_t stored(uint64_t address, unsigned width, uint64_t value, unsigned i)
{
	unsigned distance = i - (unsigned)(address & 3); /* `first` is address without these bits */

	return distance < width ? (uint8_t)(value >> 8 * distance) : old_bytes[i];
}

static void check_registers(const struct instruction *instruction, bool done, uint64_t address)
{
	bool loads = done && instruction->kind == INSTRUCTION_LOAD;
	uint64_t value = loaded(instruction, address);
	unsigned i = nondet_u8() % 32;
	bool in_x = loads && !instruction->is_float && i == instruction->rd && i != 0;
	bool in_f = loads && instruction->is_float && i == instruction->rd;

	prove(vcpu.regs[i] == (in_x ? value : old_vcpu.regs[i]), "only a load that happens changes a register");
	prove(float_registers[i] == (in_f ? value : old_floats[i]), "only a load that happens changes an f register");
}

static void check_memory(const struct instruction *instruction, bool done, uint64_t address)
{
	bool stores = done && instruction->kind == INSTRUCTION_STORE;
	uint64_t value = instruction->is_float ? old_floats[instruction->rs2] : old_vcpu.regs[instruction->rs2];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		prove(bytes[i] == (stores ? stored(address, instruction->width, value, i) : old_bytes[i]),
		      "a store changes all of its bytes and no others, or nothing");
}

static struct instruction choose_instruction(void)
{
	struct instruction instruction = nondet_instruction();

	instruction.kind = KIND;
	instruction.width = WIDTH;
	instruction.is_signed = nondet_bool();
	instruction.is_float = nondet_bool();
	instruction.csr_immediate = false;
	assume(instruction.rd < 32 && instruction.rs1 < 32 && instruction.rs2 < 32);
	assume(!(instruction.is_float && instruction.is_signed));
	return instruction;
}

int main(void)
{
	struct instruction instruction = choose_instruction();
	const bool *rights = KIND == INSTRUCTION_STORE ? writable : readable;

	hart_choose();
	assume(hart_present[CSR_SLOT_mstatus] && hart_present[CSR_SLOT_mcause] && hart_present[CSR_SLOT_mtval] &&
	       ~hart_writable[CSR_SLOT_mtval] == 0);
	vcpu = nondet_vcpu();
	vcpu.regs[0] = 0;
	supports_misaligned = nondet_bool();
	for (unsigned i = 0; i < WORDS; i++) {
		writable[i] = nondet_bool();
		readable[i] = writable[i] || nondet_bool();
	}
	for (unsigned i = 0; i < sizeof(bytes); i++)
		old_bytes[i] = bytes[i] = nondet_u8();
	for (unsigned i = 0; i < 32; i++)
		old_floats[i] = float_registers[i] = nondet_u64();
	old_vcpu = vcpu;

	uint64_t address = vcpu.regs[instruction.rs1] + (uint64_t)(int64_t)instruction.offset;

	first = address & ~3ull;

	bool float_is_off = instruction.is_float && !(proof_hart.value[CSR_SLOT_mstatus] & MSTATUS_FS);
	enum emulation emulation = emulate_access(&vcpu, &instruction);
	unsigned allowed = allowed_bytes(address, WIDTH, rights);

	if (float_is_off) {
		prove(emulation == EMULATION_ILLEGAL, "an access of an f register is illegal while FS is Off");
	} else {
		prove(emulation == (allowed == WIDTH ? EMULATION_DONE : EMULATION_FAULT),
		      "the access happens if and only if the guest may access each byte");
		prove(emulation != EMULATION_FAULT || vcpu.fault.value == address + allowed,
		      "the fault is at the first byte that the guest may not access");
	}
	check_registers(&instruction, emulation == EMULATION_DONE, address);
	check_memory(&instruction, emulation == EMULATION_DONE, address);
	return 0;
}
