/* The attacks of the hostile firmware. Each is ordinary M-mode code, and most of them may trap. */
#include "payloads/protect/hostile.h"

#include "abi/hartscope.h"
#include "payloads/swapper/registers.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"

#define JUNK UINT64_C(0x6a756e6b6a756e6b)
#define GIGABYTE UINT64_C(0x40000000)
#define MENVCFG_CBO UINT64_C(0xf0)

/* ---- accesses ---- */

#define FLOAT(instruction, address, value)                                                                             \
	__asm__ volatile(".option push\n.option arch, +f, +d\nfmv.d.x fa0, %1\n" instruction " fa0, (%0)\n"            \
			 ".option pop" ::"r"(address),                                                                 \
			 "r"(value)                                                                                    \
			 : "memory")
/* The cache-block instructions: cbo.inval is 0, clean 1, flush 2, zero 4. */
#define BLOCK(number, address) __asm__ volatile(".insn i 0x0f, 2, x0, %0, " #number ::"r"(address) : "memory")

static void reserve(uint64_t address)
{
	uint64_t value;

	__asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(address) : "memory");
}

static void access_as_payload(uint64_t address, uint64_t satp, bool stores)
{
	uint64_t value = 0, old = csr_swap(satp, satp);

	guarded_as(MODE_S, 0);
	if (stores)
		GUARDED("sd a0, (a1)", value, address);
	else
		GUARDED("ld a0, (a1)", value, address);
	csr_write(satp, old);
}

static void set_pmp(uint64_t address, uint64_t config)
{
	csr_write(pmpaddr0, address);
	csr_write(pmpcfg0, (csr_read(pmpcfg0) & ~UINT64_C(0xff)) | config);
}

/* Carries out an attack that is a load, a store or a jump. */
static void attack_memory(const uint64_t *a)
{
	switch (a[0]) {
	case ATTACK_LOAD:
		load64(a[1]);
		break;
	case ATTACK_STORE:
		store64(a[1], a[2]);
		break;
	case ATTACK_LOAD_WORD:
		load32(a[1]);
		break;
	case ATTACK_STORE_WORD:
		store32(a[1], a[2]);
		break;
	case ATTACK_AMO:
		__asm__ volatile("amoadd.d zero, %1, (%0)" ::"r"(a[1]), "r"(a[2]) : "memory");
		break;
	case ATTACK_RESERVE:
		reserve(a[1]);
		break;
	case ATTACK_LOAD_FLOAT:
		FLOAT("fld", a[1], a[2]);
		break;
	case ATTACK_STORE_FLOAT:
		FLOAT("fsd", a[1], a[2]);
		break;
	case ATTACK_ZERO:
		BLOCK(4, a[1]);
		break;
	case ATTACK_CLEAN:
		BLOCK(1, a[1]);
		break;
	case ATTACK_FLUSH:
		BLOCK(2, a[1]);
		break;
	case ATTACK_INVALIDATE:
		BLOCK(0, a[1]);
		break;
	case ATTACK_JUMP:
		jump_to(a[1]);
		break;
	default:
		break;
	}
}

/* ---- page tables and PMP ---- */

static uint64_t tables[512] __attribute__((aligned(PAGE_SIZE)));

static uint64_t satp_of_tables(void)
{
	return SATP_SV39 | (uint64_t)tables >> 12;
}

void hostile_prepare_tables(void)
{
	tables[2] = (2 * GIGABYTE) >> 2 | PTE_RW;
}

void hostile_use_memory(void)
{
	load64(ATTACK_USED_ADDRESS);
	access_as_payload(ATTACK_USED_ADDRESS, satp_of_tables(), false);
}

static void attack_rights(const uint64_t *a)
{
	uint64_t satp;

	switch (a[0]) {
	case ATTACK_MPRV_LOAD:
	case ATTACK_MPRV_STORE:
		access_as_payload(a[1], a[2], a[0] == ATTACK_MPRV_STORE);
		break;
	case ATTACK_MPRV_OWN_TABLES:
		satp = page_identity(PTE_RW);
		access_as_payload(page_set(0, a[1], PTE_RW), satp, false);
		break;
	case ATTACK_USED:
		load64(ATTACK_USED_ADDRESS);
		break;
	case ATTACK_MPRV_USED:
		access_as_payload(ATTACK_USED_ADDRESS, satp_of_tables(), false);
		break;
	case ATTACK_PMP:
		set_pmp(a[1], a[2]);
		load64(a[3]);
		break;
	case ATTACK_CLOSE:
		set_pmp(a[1], a[2]);
		break;
	case ATTACK_SRET:
		__asm__ volatile("sret");
		break;
	default:
		attack_memory(a);
	}
}

static uint64_t attack_guarded(const uint64_t *a, uint64_t *value)
{
	trap_catch(trap_machine());
	attack_rights(a);

	struct trap trap = trap_release(trap_machine());

	*value = trap.value;
	return trap.count ? trap.cause : 0;
}

/* ---- registers ---- */

void hostile_change(struct trap_frame *guest)
{
	for (unsigned i = 0; i < 31; i++)
		guest->x[i] = JUNK + i;
}

static uint64_t shown(const struct trap_frame *guest)
{
	uint64_t registers = 0;

	for (unsigned i = 0; i < 31; i++)
		if (guest->x[i])
			registers |= BIT(i + 1);
	return registers;
}

/* vtype does not count, because its value says that there is no vector type. */
static uint64_t dump_extension(void)
{
	static struct registers registers;
	uint64_t bytes = 0;

	registers_find();
	registers_read(&registers);
	registers.vtype = 0;
	for (uint64_t i = 0; i < sizeof(registers); i++)
		bytes += ((const uint8_t *)&registers)[i] != 0;
	registers_pattern(&registers, 9);
	registers_write(&registers);
	return bytes;
}

/* ---- CSRs ---- */

static uint64_t read_csr(uint64_t csr)
{
	switch (csr) {
#define ATTACK_CSR(name)                                                                                               \
	case ATTACK_CSR_##name:                                                                                        \
		return csr_read(name);
#include "payloads/protect/attack_csr.def"
	default:
		return ~UINT64_C(0);
	}
}

static void write_csr(uint64_t csr, uint64_t value)
{
	switch (csr) {
#define ATTACK_CSR(name)                                                                                               \
	case ATTACK_CSR_##name:                                                                                        \
		csr_write(name, value);                                                                                \
		break;
#include "payloads/protect/attack_csr.def"
	default:
		break;
	}
}

/* The CSRs that decide about the payload, and their values at the beginning. */
static const uint8_t decisive[] = { ATTACK_CSR_medeleg, ATTACK_CSR_mideleg, ATTACK_CSR_menvcfg, ATTACK_CSR_mcounteren };
#define DECISIVE (sizeof(decisive) / sizeof(decisive[0]))
static uint64_t remembered[DECISIVE];
#define STATUS_OF_PAYLOAD                                                                                              \
	(MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | MSTATUS_SUM | MSTATUS_MXR | MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP)

void hostile_remember(void)
{
	for (unsigned i = 0; i < DECISIVE; i++)
		remembered[i] = read_csr(decisive[i]);
}

bool hostile_repair(struct trap_frame *guest)
{
	bool repairs = hostile.weakens;

	hostile.weakens = false;
	for (unsigned i = 0; repairs && i < DECISIVE; i++)
		if (read_csr(decisive[i]) != remembered[i])
			write_csr(decisive[i], remembered[i]);
	if (repairs)
		guest->status &= ~(MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR);
	return repairs;
}

/* mret gives mstatus the fields of guest->status, so that a change of them has to be there too. */
static uint64_t write_and_read(struct trap_frame *guest, const uint64_t *a)
{
	write_csr(a[1], (read_csr(a[1]) & a[3]) | a[2]);
	hostile.weakens = true;
	guest->status = (guest->status & ~STATUS_OF_PAYLOAD) | (csr_read(mstatus) & STATUS_OF_PAYLOAD);
	return read_csr(a[1]);
}

static void redirect(struct trap_frame *guest, uint64_t cause)
{
	csr_write(sepc, guest->pc);
	csr_write(scause, cause);
	csr_write(stval, JUNK);
	guest->pc = csr_read(stvec);
}

/* ---- hv's calls ---- */

/* Lets hv emulate a load from @p pointer. If the load faults, its exception is one of the instruction, and the trap handler
 * continues behind it. */
static int64_t emulate_load(uint64_t pointer)
{
	register uint64_t a0 __asm__("a0");
	register uint64_t a1 __asm__("a1") = pointer;
	register uint64_t a6 __asm__("a6") = HARTSCOPE_TEST_EMULATE;
	register uint64_t a7 __asm__("a7") = HARTSCOPE_EID;

	__asm__ volatile(".option push\n.option norvc\nla a0, 1f\necall\nj 2f\n1: ld a0, (a1)\n2:\n.option pop"
			 : "=r"(a0), "+r"(a1)
			 : "r"(a6), "r"(a7)
			 : "memory");
	return (int64_t)a0;
}

static int64_t call_hv(uint64_t which, uint64_t pointer)
{
	static const uint64_t load = ATTACK_LOAD_INSTRUCTION;

	switch (which) {
	case ATTACK_HV_INFO:
		return ecall(HARTSCOPE_EID, HARTSCOPE_INFO, pointer, 64, 0, 0, 0).error;
	case ATTACK_HV_STAT:
		return ecall(HARTSCOPE_EID, HARTSCOPE_STAT, 0, pointer, 64, 0, 0).error;
	case ATTACK_HV_READ:
		return ecall(HARTSCOPE_EID, HARTSCOPE_READ, 0, 0, pointer, 64, 0).error;
	case ATTACK_HV_LOG:
		return ecall(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_LOG, 1, pointer, 64, 0, 0).error;
	case ATTACK_HV_EMULATE:
		return emulate_load(pointer);
	default:
		return ecall(HARTSCOPE_EID, HARTSCOPE_TEST_EMULATE, pointer, (uint64_t)&load, 0, 0, 0).error;
	}
}

/* An emulated access that faults is an exception of the firmware. */
static uint64_t call_hv_guarded(const uint64_t *a, uint64_t *value)
{
	trap_catch(trap_machine());

	int64_t error = call_hv(a[1], a[2]);
	struct trap trap = trap_release(trap_machine());

	*value = trap.value;
	return trap.count ? trap.cause : (uint64_t)error;
}

/* ---- interrupts ---- */

#define STORM_TICKS 100
#define WAITING_TICKS 1000
#define WAITING_ROUNDS 100000
#define WAITING_BYTES 16 /* of the loop in registers_wait() */

static void continue_storm(void)
{
	*clint_mtimecmp(hostile_id()) = *clint_mtime() + STORM_TICKS;
}

/* An MTI, then an MSI, and after both a new deadline. Each also sets the three interrupts of S-mode. */
void hostile_stormed(uint64_t irq)
{
	if (!hostile.storms)
		return;
	csr_set(mip, BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI));
	if (irq == IRQ_MTI)
		clint_set_msip(hostile_id(), 1);
	else if (--hostile.storms)
		continue_storm();
}

/* Asks for interrupt @p irq, which comes a while after the payload continues. */
static void ask_for(uint64_t irq)
{
	if (irq == IRQ_MTI)
		*clint_mtimecmp(hostile_id()) = *clint_mtime() + WAITING_TICKS;
	else
		__atomic_store_n(&hostile.sends, 1, __ATOMIC_RELEASE);
}

void hostile_send(void)
{
	if (!__atomic_load_n(&hostile.sends, __ATOMIC_ACQUIRE))
		return;
	for (volatile unsigned round = 0; round < WAITING_ROUNDS;)
		round = round + 1;
	__atomic_store_n(&hostile.sends, 0, __ATOMIC_RELEASE);
	clint_set_msip(0, 1);
}

void hostile_interrupt_waiting(struct trap_frame *guest, uint64_t irq)
{
	if (guest->pc - hostile.waiting >= WAITING_BYTES) { /* the payload is not there yet */
		ask_for(irq);
		return;
	}
	hostile.waiting = 0;
	hostile.csrs = csr_read(sscratch) | csr_read(stvec) | csr_read(satp);
	hostile.extension = dump_extension();
	hostile_change(guest);
	csr_set(mip, BIT(IRQ_SSI));
}

static void scribble(volatile char *text)
{
	for (unsigned round = 0; round < 1000; round++)
		for (unsigned i = 0; i < 64; i++)
			text[i] = '#';
}

/* ---- stores from before the payload begins on ---- */

static uint64_t stored;
static struct trap refused;

void hostile_store_until_refused(void)
{
	trap_catch(trap_machine());
	for (uint64_t i = 1; trap_machine()->caught.count == 0; i++) {
		store64(ATTACK_STORED_ADDRESS, i);
		if (__atomic_load_n(&trap_machine()->caught.count, __ATOMIC_RELAXED) == 0)
			__atomic_store_n(&stored, i, __ATOMIC_RELEASE);
	}
	refused = trap_release(trap_machine());
}

bool hostile_has_stored(void)
{
	return __atomic_load_n(&stored, __ATOMIC_ACQUIRE) != 0;
}

/* ---- all attacks ---- */

static uint64_t attack_state(const uint64_t *a, uint64_t *value)
{
	switch (a[0]) {
	case ATTACK_START_WITH:
		hostile.start_with = a[1];
		return 0;
	case ATTACK_RESUME_WITH:
		hostile.resume_with = a[1];
		return 0;
	case ATTACK_REWRITE:
		hostile.rewriter = a[1];
		return 0;
	case ATTACK_LIE:
		hostile.lie = a[1];
		return 0;
	case ATTACK_LOOK:
		hostile.looks = true;
		return 0;
	case ATTACK_SEEN:
		return hostile.seen.x[a[1] - 1];
	case ATTACK_SEEN_ALL:
		return shown(&hostile.seen);
	case ATTACK_SEEN_CSRS:
		return hostile.csrs;
	case ATTACK_SEEN_EXTENSION:
		return hostile.extension;
	case ATTACK_TRAPS:
		return hostile.traps;
	case ATTACK_STORMS:
		return hostile.storms;
	case ATTACK_LOOP:
		__atomic_store_n(&hostile.loops, a[1], __ATOMIC_RELAXED);
		return 0;
	case ATTACK_ROUNDS:
		return hostile_rounds(a[1]);
	case ATTACK_WINS:
		return hostile_wins(a[1]);
	case ATTACK_STORED:
		return __atomic_load_n(&stored, __ATOMIC_ACQUIRE);
	case ATTACK_REFUSED:
		*value = refused.value;
		return refused.count ? refused.cause : 0;
	default:
		return attack_guarded(a, value);
	}
}

uint64_t hostile_attack(struct trap_frame *guest, const uint64_t *a, uint64_t *value)
{
	*value = 0;
	switch (a[0]) {
	case ATTACK_DUMP_EXTENSION:
		return dump_extension();
	case ATTACK_READ:
		return read_csr(a[1]);
	case ATTACK_WRITE:
		return write_and_read(guest, a);
	case ATTACK_REPAIR:
		hostile_repair(guest);
		return 0;
	case ATTACK_RETURN_ELSEWHERE:
		guest->pc = a[1];
		return 0;
	case ATTACK_RETURN_IN_MODE:
		guest->status = (guest->status & ~MSTATUS_MPP) | a[1] << 11;
		return 0;
	case ATTACK_REDIRECT:
		redirect(guest, a[1]);
		return 0;
	case ATTACK_START:
		hostile_start(a[1], a[2], 0);
		while (hostile_is_starting(a[1]))
			;
		return 0;
	case ATTACK_TIMER:
	case ATTACK_SOFTWARE:
		hostile.waiting = a[1];
		ask_for(a[0] == ATTACK_TIMER ? IRQ_MTI : IRQ_MSI);
		return 0;
	case ATTACK_STORM:
		hostile.storms = a[1];
		continue_storm();
		return 0;
	case ATTACK_SCRIBBLE:
		scribble((volatile char *)a[1]);
		return 0;
	case ATTACK_CALL:
		return call_hv_guarded(a, value);
	default:
		return attack_state(a, value);
	}
}
