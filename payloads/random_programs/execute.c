/* Prepares the hart for a program, and decides after each trap where the program continues. The log of a program is a
 * list of named values: all CSRs and registers at each trap, and the memory at the end. Usually only its hash is
 * printed. */
#include "payloads/random_programs/execute.h"

#include "payloads/random_programs/pages.h"
#include "payloads/random_programs/parameters.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/print.h"

#define GP 3
#define TP 4
#define BUDGET 200     /* the number of slots that a program may run through */
#define MOST_TRAPS 100 /* a program that has trapped so often ends */
#define NOP 0x13
#define ECALL 0x73
#define MRET 0x30200073
#define SRET 0x10200073
#define NAPOT_RWX 0x1f
#define CACHE_BLOCK 0x0000200f
#define CACHE_BLOCK_MASK 0x00007fff /* opcode, rd and funct3 */

static const struct program *running;
static unsigned traps;
static uint64_t hash;
static uint64_t present; /* one bit for each CSR of state.def that exists */
static volatile bool probing, probe_trapped;

/* ---- the log ---- */

static void log_value(const char *name, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x100000001b3);
	hash ^= hash >> 29;
	if (parameters.log)
		print(" %s=%lx", name, value);
}

static void log_line(const char *name)
{
	if (parameters.log)
		print("%s", name);
}

static void log_registers(const uint64_t registers[32])
{
	static const char names[30][4] = { "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",
					   "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19",
					   "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29" };

	for (unsigned i = 1; i < 30; i++)
		log_value(names[i], registers[i]);
}

/* Returns the part of the CSR that is compared. MPRV is clear in mstatus while the handler runs, so its value at the trap
 * comes from the area. */
static uint64_t comparable_csr(enum state_csr csr, uint64_t value)
{
	if (csr == STATE_mstatus)
		return area.mstatus;
	if (csr == STATE_sip && !may_show(SHOWS_timer_in_sip))
		return value & ~BIT(IRQ_STI);
	return value;
}

static void log_csrs(void)
{
#define STATE_CSR(number, name)                                                                                        \
	if (present >> STATE_##name & 1)                                                                               \
		log_value(#name, comparable_csr(STATE_##name, csr_read(number)));
#include "payloads/random_programs/state.def"
#undef STATE_CSR
	csr_set(mstatus, MSTATUS_FS); /* fcsr traps while FS is Off; the vector restores mstatus */
	log_value("fcsr", csr_read(fcsr));
}

static void log_trap(void)
{
	log_line("trap");
	log_csrs();
	log_registers(area.registers);
	log_line("\n");
}

/* ---- traps ---- */

static bool is_in_program(uint64_t pc)
{
	return pc - (uint64_t)slots < (uint64_t)SLOTS * SLOT_BYTES;
}

static uint64_t slot_of(uint64_t pc)
{
	return (pc - (uint64_t)slots) / SLOT_BYTES;
}

static bool is_fetch_fault(uint64_t cause)
{
	return cause == CAUSE_FETCH_MISALIGNED || cause == CAUSE_FETCH_ACCESS || cause == CAUSE_FETCH_PAGE;
}

static bool is_ecall(uint64_t cause)
{
	return cause == CAUSE_ECALL_U || cause == CAUSE_ECALL_S || cause == CAUSE_ECALL_M;
}

/* The slot in which the program continues. If the trap occurred outside the program, for example because an mret has
 * led to a wrong address, that is the slot after the last one that began. */
static uint64_t next_slot(uint64_t pc, uint64_t cause)
{
	if (!is_in_program(pc))
		return area.registers[TP] + 1;
	if (is_fetch_fault(cause))
		return slot_of(pc);
	if (cause & INTERRUPT)
		return slot_of(pc + SLOT_BYTES - 1);
	return slot_of(pc) + 1;
}

/* Lowers the interrupt @p cause, unless it must stay pending so that wfi does not sleep. */
static void lower(uint64_t cause)
{
	uint64_t bit = BIT(cause & 63);

	if (bit == running->wake)
		return;
	switch (cause & 63) {
	case IRQ_MSI:
		*(volatile uint32_t *)CLINT_ADDRESS = 0;
		break;
	case IRQ_MTI:
		*(volatile uint64_t *)(CLINT_ADDRESS + CLINT_MTIMECMP) = ~UINT64_C(0);
		break;
	case IRQ_STI:
		if (present >> STATE_stimecmp & 1)
			csr_write(stimecmp, ~UINT64_C(0));
		break;
	}
	csr_clear(mip, bit);
}

/* A device raises its interrupt in bounded time, so a model may take it after some of the instructions that complete a
 * slot. Makes all of them have been executed. @return the pc after that */
static uint64_t complete_slot(uint64_t pc)
{
	if (!is_in_program(pc) || (pc - (uint64_t)slots) % SLOT_BYTES == 0)
		return pc;
	uint64_t slot = slot_of(pc) + 1;
	area.registers[TP] = slot;
	return (uint64_t)slots[slot];
}

static uint32_t instruction_at(uint64_t pc)
{
	if (pc == (uint64_t)supervisor_return)
		return SRET;
	return is_in_program(pc) ? slots[slot_of(pc)][0] : 0;
}

/* Returns @p value, which an exception with @p cause at @p pc has left in mtval or stval, without the part in which
 * machines differ. */
static uint64_t comparable_value(uint64_t value, uint64_t cause, uint64_t pc)
{
	uint32_t word = instruction_at(pc);

	if (cause == CAUSE_ILLEGAL && (word == MRET || word == SRET) && !may_show(SHOWS_value_of_returns))
		return 0;
	if (cause == CAUSE_ILLEGAL && (word & CACHE_BLOCK_MASK) == CACHE_BLOCK &&
	    !may_show(SHOWS_value_of_cache_blocks))
		return 0;
	return value;
}

static void make_values_comparable(void)
{
	csr_write(mtval, comparable_value(csr_read(mtval), csr_read(mcause), csr_read(mepc)));
	csr_write(stval, comparable_value(csr_read(stval), csr_read(scause), csr_read(sepc)));
}

static bool is_in_supervisor_vector(uint64_t pc)
{
	return pc - (uint64_t)supervisor_vector < SUPERVISOR_BYTES;
}

static uint64_t choice(void)
{
	uint64_t mixed = (running->seed + traps) * UINT64_C(0x9e3779b97f4a7c15);

	return (mixed ^ mixed >> 32) * UINT64_C(0xbf58476d1ce4e5b9) >> 56;
}

/* Selects the mode in which the program continues at @p target: M-mode, or the mode that it was in. */
static void continue_at(uint64_t target, bool in_machine, bool from_supervisor)
{
	if (in_machine) {
		area.mstatus |= MSTATUS_MPP;
	} else if (from_supervisor) {
		csr_write(sepc, target);
		target = (uint64_t)supervisor_return;
	}
	csr_write(mepc, target);
}

void handle_trap(void)
{
	uint64_t pc = csr_read(mepc), cause = csr_read(mcause);

	if (probing) {
		probe_trapped = true;
		csr_write(mepc, pc + 4);
		return;
	}
	bool from_supervisor = cause == CAUSE_ECALL_S && is_in_supervisor_vector(pc);

	if (cause & INTERRUPT)
		csr_write(mepc, pc = complete_slot(pc));
	if (from_supervisor) {
		pc = csr_read(sepc);
		cause = csr_read(scause);
		if (cause & INTERRUPT)
			csr_write(sepc, pc = complete_slot(pc));
	}
	make_values_comparable();
	traps++;
	log_trap();
	bool at_end = is_in_program(pc) && slot_of(pc) >= PROGRAM_INSTRUCTIONS && is_ecall(cause);

	if (at_end || traps >= MOST_TRAPS)
		leave_program();
	bool in_machine = is_fetch_fault(cause) || choice() & 1;

	if (cause & INTERRUPT) {
		lower(cause);
		if (running->wake) {
			area.mstatus &= ~(MSTATUS_MPIE | MSTATUS_SPIE);
			in_machine = true;
		}
	}
	uint64_t slot = next_slot(pc, cause);

	area.registers[TP] = slot;
	area.registers[GP]--;
	continue_at((uint64_t)slots[slot < SLOTS ? slot : SLOTS - 1], in_machine, from_supervisor);
}

/* ---- the initial state ---- */

void execute_probe(void)
{
	csr_write(mtvec, (uint64_t)vector_a);
	probing = true;
#define STATE_CSR(number, name)                                                                                        \
	probe_trapped = false;                                                                                         \
	__asm__ volatile("csrr t0, " CSR_TEXT(number)::: "memory", "t0", "t5", "t6");                                  \
	present |= probe_trapped ? 0 : BIT(STATE_##name);
#include "payloads/random_programs/state.def"
#undef STATE_CSR
	probing = false;
	log_line("csrs");
	if (parameters.log)
		print(" %lx\n", present);
}

/* Lets M-mode access the whole arena, even if entries of PMP are locked: entry 0 comes before them. */
static void open_arena(void)
{
	csr_write(pmpcfg2, 0);
	csr_write(pmpcfg0, NAPOT_RWX);
	csr_write(pmpaddr0, (uint64_t)arena >> 2 | (ARENA_BYTES / 8 - 1));
	__asm__ volatile("sfence.vma" ::: "memory");
}

/* Stores only what differs, because an emulator may do more for a store than for a load. */
static void fill_arena(void)
{
	for (unsigned i = 0; i < ARENA_BYTES / sizeof(uint64_t); i++) {
		uint64_t value = i * UINT64_C(0x9e3779b97f4a7c15);
		if (arena[i] != value)
			arena[i] = value;
	}
}

static uint32_t branch_to_end(unsigned slot)
{
	/* bltz gp, the slot after the last instruction; the immediate is scattered over the word */
	uint32_t offset = (PROGRAM_INSTRUCTIONS - slot) * SLOT_BYTES - 4;

	return (offset >> 5 & 0x3f) << 25 | (uint32_t)GP << 15 | 4 << 12 | (offset >> 1 & 0xf) << 8 |
	       (offset >> 11 & 1) << 7 | 0x63;
}

/* Stores all words of the slots, although most of them do not change. QEMU keeps its translation of the code in a page, and
 * searches that translation at each store to the page. Once the stores have covered all of the code, QEMU has discarded
 * the translation, and further stores are fast. */
static void place_code(const struct program *program)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		volatile uint32_t *slot = slots[i];
		bool is_instruction = i < PROGRAM_INSTRUCTIONS;

		slot[0] = is_instruction ? program->code[i] : ECALL;
		slot[1] = is_instruction ? branch_to_end(i) : NOP;
		slot[2] = (i + 1) << 20 | TP << 7 | NOP;
		slot[3] = 0xfffu << 20 | GP << 15 | GP << 7 | NOP;
	}
	__asm__ volatile("fence.i" ::: "memory");
}

static void set_devices(const struct program *program)
{
	*(volatile uint32_t *)CLINT_ADDRESS = 0;
	*(volatile uint64_t *)(CLINT_ADDRESS + CLINT_MTIMECMP) = program->mtimecmp;
}

/* mstatus is written last, when the program starts; sstatus, sie and sip are views of other CSRs. */
static bool is_set_at_start(enum state_csr csr)
{
	return present >> csr & 1 && csr != STATE_mstatus && csr != STATE_sstatus && csr != STATE_sie &&
	       csr != STATE_sip;
}

static void set_csrs(const struct program *program)
{
#define STATE_CSR(number, name)                                                                                        \
	if (is_set_at_start(STATE_##name))                                                                             \
		csr_write(number, program->csr[STATE_##name]);
#include "payloads/random_programs/state.def"
#undef STATE_CSR
}

static void prepare(const struct program *program)
{
	csr_write(mtvec, (uint64_t)vector_a);
	csr_write(mstatus, MSTATUS_FS);
	csr_write(fcsr, 0);
	csr_write(mie, 0);
	csr_write(satp, 0);
	open_arena();
	fill_arena();
	place_code(program);
	pages_set(program);
	set_devices(program);
	set_csrs(program);
	__asm__ volatile("sfence.vma" ::: "memory");
	for (unsigned i = 0; i < 32; i++)
		area.registers[i] = program->registers[i];
	area.registers[GP] = BUDGET;
	area.registers[TP] = 0;
	area.mstatus = program->csr[STATE_mstatus];
	area.pc = (uint64_t)slots;
}

static void log_memory(void)
{
	csr_write(mie, 0);
	open_arena();
	log_line("end");
	for (unsigned i = 0; i < PROGRAM_PAGES; i++)
		log_value("pte", pages_entry(i));
	uint64_t before = hash;

	for (unsigned i = 0; i < ARENA_BYTES / sizeof(uint64_t); i++) {
		hash = (hash ^ arena[i]) * UINT64_C(0x100000001b3);
		if (parameters.log && arena[i] != i * UINT64_C(0x9e3779b97f4a7c15))
			print(" [%lx]=%lx", (uint64_t)i * 8, arena[i]);
	}
	hash ^= before;
	log_line("\n");
}

uint64_t execute(const struct program *program)
{
	running = program;
	traps = 0;
	hash = 0;
	prepare(program);
	run_program();
	log_memory();
	return hash;
}
