/* A firmware that attacks its payload. It enters the payload on hart 0, and then carries out what the payload orders
 * (attack.h). Each trap of the payload ends in firmware_loop, which is ordinary M-mode code, so that attacks may trap.
 * On machines that do not protect the payload, all attacks succeed. */
#include "payloads/protect/attack.h"
#include "payloads/robust/action.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/guarded.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/start.h"
#include "payloads/runtime/test.h"

enum { RA = 0, SP, GP, TP, A0 = 9, A1, A2, A3, A4, A5, A6, A7 };

#define EVERYTHING (~UINT64_C(0) >> 10)
#define JUNK UINT64_C(0x6a756e6b6a756e6b)
#define SUSPEND_NON_RETENTIVE BIT(31)
#define TEXT "typed text"

void mode_resume(void);
void action_enter_machine(const uint64_t *registers);

/* The payload's registers and pc at its last trap, as the firmware sees them. */
static struct trap_frame guests[MAX_HARTS];
static struct trap_frame seen; /* the last call that was no order */
static uint64_t traps, start_with, resume_with, rewriter, prepared;

/* The calls of HSM: where a hart has to enter the payload. `wanted` is set with release when the other members are written. */
static struct {
	uint64_t pc, opaque, wanted;
} starts[MAX_HARTS];

/* ---- accesses ---- */

static void reserve(uint64_t address)
{
	uint64_t value;

	__asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(address) : "memory");
}

static void add(uint64_t address, uint64_t value)
{
	__asm__ volatile("amoadd.d zero, %1, (%0)" ::"r"(address), "r"(value) : "memory");
}

static void load_float(uint64_t address)
{
	__asm__ volatile(".option push\n.option arch, +f, +d\nfld fa0, (%0)\n.option pop" ::"r"(address) : "memory");
}

static void store_float(uint64_t address)
{
	__asm__ volatile(".option push\n.option arch, +f, +d\nfsd fa0, (%0)\n.option pop" ::"r"(address) : "memory");
}

static void zero_block(uint64_t address)
{
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 4" ::"r"(address) : "memory");
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

/* ---- other harts ---- */

static unsigned own_id(void)
{
	return (unsigned)hart_self()->id;
}

static void ask_to_start(uint64_t id, uint64_t pc, uint64_t opaque)
{
	starts[id].pc = pc;
	starts[id].opaque = opaque;
	__atomic_store_n(&starts[id].wanted, 1, __ATOMIC_RELEASE);
	clint_set_msip((unsigned)id, 1);
}

/* ---- attacks ---- */

/* Carries out an attack that is an access. */
static void attack_memory(const uint64_t *a)
{
	uint64_t satp;

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
		add(a[1], a[2]);
		break;
	case ATTACK_RESERVE:
		reserve(a[1]);
		break;
	case ATTACK_LOAD_FLOAT:
		load_float(a[1]);
		break;
	case ATTACK_STORE_FLOAT:
		store_float(a[1]);
		break;
	case ATTACK_ZERO:
		zero_block(a[1]);
		break;
	case ATTACK_JUMP:
		jump_to(a[1]);
		break;
	case ATTACK_MPRV_LOAD:
		access_as_payload(a[1], a[2], false);
		break;
	case ATTACK_MPRV_STORE:
		access_as_payload(a[1], a[2], true);
		break;
	case ATTACK_MPRV_OWN_TABLES:
		satp = page_identity(PTE_RW);
		access_as_payload(page_set(0, a[1], PTE_RW), satp, false);
		break;
	case ATTACK_PMP:
		set_pmp(a[1], a[2]);
		load64(a[3]);
		break;
	case ATTACK_SRET:
		__asm__ volatile("sret");
		break;
	default:
		break;
	}
}

static uint64_t dump(const struct trap_frame *guest)
{
	uint64_t shown = 0;

	for (unsigned i = 0; i < 31; i++)
		if (guest->x[i])
			shown |= BIT(i + 1);
	return shown;
}

static void change(struct trap_frame *guest)
{
	for (unsigned i = 0; i < 31; i++)
		guest->x[i] = JUNK + i;
}

static void redirect(struct trap_frame *guest, uint64_t cause)
{
	csr_write(sepc, guest->pc);
	csr_write(scause, cause);
	csr_write(stval, JUNK);
	guest->pc = csr_read(stvec);
}

static uint64_t attack(struct trap_frame *guest, const uint64_t *a)
{
	switch (a[0]) {
	case ATTACK_CLOSE:
		set_pmp(a[1], 0x18);
		break;
	case ATTACK_DUMP:
		return dump(guest);
	case ATTACK_CHANGE:
		change(guest);
		break;
	case ATTACK_READ:
		return read_csr(a[1]);
	case ATTACK_WRITE:
		write_csr(a[1], a[2]);
		return read_csr(a[1]);
	case ATTACK_RETURN_ELSEWHERE:
		guest->pc = a[1];
		break;
	case ATTACK_RETURN_IN_MODE:
		guest->status = (guest->status & ~MSTATUS_MPP) | a[1] << 11;
		break;
	case ATTACK_REDIRECT:
		redirect(guest, a[1]);
		break;
	case ATTACK_START_WITH:
		start_with = a[1];
		break;
	case ATTACK_RESUME_WITH:
		resume_with = a[1];
		break;
	case ATTACK_INTERRUPT:
		csr_set(mip, BIT(a[1]));
		break;
	case ATTACK_REWRITE:
		rewriter = a[1];
		break;
	case ATTACK_CALL:
		return (uint64_t)ecall(HARTSCOPE_EID, a[1], a[2], 64, 0, 0, 0).error;
	case ATTACK_TRAPS:
		return traps;
	case ATTACK_SEEN:
		return seen.x[a[1] - 1];
	case ATTACK_START:
		ask_to_start(a[1], a[2], 0);
		while (__atomic_load_n(&starts[a[1]].wanted, __ATOMIC_ACQUIRE))
			;
		break;
	default: {
		trap_catch(trap_machine());
		attack_memory(a);

		struct trap trap = trap_release(trap_machine());

		return trap.count ? trap.cause : 0;
	}
	}
	return 0;
}

/* ---- calls of the payload ---- */

static void rewrite(void *text)
{
	for (unsigned i = 0; i < 64; i++)
		((volatile char *)text)[i] = '#';
}

static void write_text(const char *text, uint64_t length)
{
	if (rewriter)
		rewrite((void *)(uint64_t)text);
	(void)length;
	rewriter = 0;
}

static uint64_t read_text(char *text, uint64_t length)
{
	uint64_t count = 0;

	for (const char *from = TEXT; *from && count < length; from++)
		text[count++] = *from;
	return count;
}

static void wait_for_start(void);

static void answer_hsm(struct trap_frame *guest)
{
	uint64_t *x = guest->x;

	switch (x[A6]) {
	case SBI_FID_hart_start:
		ask_to_start(x[A0], x[A1], x[A2]);
		x[A0] = 0;
		break;
	case SBI_FID_hart_stop:
		wait_for_start();
		break;
	case SBI_FID_hart_suspend:
		if (x[A0] & SUSPEND_NON_RETENTIVE) {
			guest->pc = x[A1] + (resume_with == 1 ? 4 : 0);
			x[A1] = x[A2] + (resume_with == 2);
			x[A0] = own_id();
			return;
		}
		x[A0] = 0;
		break;
	default:
		x[A0] = (uint64_t)SBI_ERR_NOT_SUPPORTED;
	}
	x[A1] = 0;
}

static void answer_call(struct trap_frame *guest)
{
	uint64_t *x = guest->x, eid = x[A7], fid = x[A6];

	guest->pc += 4;
	if (eid == ATTACK_EID && fid == ATTACK_FID) {
		uint64_t result = attack(guest, x + A0);

		x[A0] = 0;
		x[A1] = result;
		return;
	}
	seen = *guest;
	if (eid == SBI_EID_HSM) {
		answer_hsm(guest);
	} else if (eid == SBI_EID_DBCN && fid == SBI_FID_debug_console_write) {
		write_text((const char *)x[A1], x[A0]);
		x[A1] = x[A0];
		x[A0] = 0;
	} else if (eid == SBI_EID_DBCN && fid == SBI_FID_debug_console_read) {
		x[A1] = read_text((char *)x[A1], x[A0]);
		x[A0] = 0;
	} else {
		x[A0] = 0;
		x[A1] = 0;
	}
}

/* ---- the payload's traps ---- */

static void pass_on(struct trap_frame *guest)
{
	uint64_t status = guest->status, previous = (status & MSTATUS_SIE) ? MSTATUS_SPIE : 0;
	uint64_t mode = (status & MSTATUS_MPP) ? MSTATUS_SPP : 0;

	csr_write(sepc, guest->pc);
	csr_write(scause, guest->cause);
	csr_write(stval, guest->value);
	guest->pc = csr_read(stvec);
	status &= ~(MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_MPP);
	guest->status = status | MSTATUS_MPP_S | previous | mode;
}

static void answer_trap(struct trap_frame *guest)
{
	if (guest->cause == (INTERRUPT | IRQ_MTI)) {
		csr_clear(mie, BIT(IRQ_MTI));
		csr_set(mip, BIT(IRQ_STI));
		change(guest);
	} else if (guest->cause == (INTERRUPT | IRQ_MSI)) {
		clint_set_msip(own_id(), 0);
		csr_set(mip, BIT(IRQ_SSI));
		change(guest);
	} else if (guest->cause == CAUSE_ECALL_S) {
		answer_call(guest);
	} else if (guest->cause == CAUSE_ILLEGAL && guest->value == ATTACK_EMULATED) {
		uint64_t operand = guest->x[A2];

		seen = *guest;
		change(guest);
		guest->x[A1] = operand + 1;
		guest->pc += 4;
	} else {
		traps++;
		seen = *guest;
		pass_on(guest);
	}
}

/* Ends each trap of the payload in M-mode, in the function that has entered the payload. */
static bool leave_payload(struct trap_frame *frame)
{
	if ((frame->status & MSTATUS_MPP) == MSTATUS_MPP)
		return false;
	guests[own_id()] = *frame;
	frame->pc = (uint64_t)mode_resume;
	frame->status = MSTATUS_MPP | MSTATUS_FS;
	frame->x[TP] = (uint64_t)hart_self();
	return true;
}

/* ---- harts ---- */

static void enter_payload(uint64_t pc, uint64_t opaque)
{
	struct trap_frame *guest = &guests[own_id()];

	*guest = (struct trap_frame){ .pc = pc, .status = MSTATUS_MPP_S };
	guest->x[A0] = own_id();
	guest->x[A1] = opaque;
}

static void wait_for_start(void)
{
	unsigned id = own_id();

	while (!__atomic_load_n(&starts[id].wanted, __ATOMIC_ACQUIRE))
		__asm__ volatile("wfi");
	clint_set_msip(id, 0);
	enter_payload(starts[id].pc + (start_with == 1 ? 4 : 0), starts[id].opaque + (start_with == 2));
	if (start_with == 3)
		csr_write(satp, SATP_SV39 | 1);
	__atomic_store_n(&starts[id].wanted, 0, __ATOMIC_RELEASE);
}

static void serve_payload(void) __attribute__((noreturn));

static void serve_payload(void)
{
	struct trap_frame *guest = &guests[own_id()];

	for (;;) {
		csr_write(mepc, guest->pc);
		csr_write(mstatus, guest->status);
		action_enter_machine((const uint64_t *)guest); /* its first word is not loaded */
		answer_trap(guest);
	}
}

static void prepare(void)
{
	quiet();
	csr_write(pmpaddr1, EVERYTHING);
	csr_write(pmpcfg0, 0x1f00); /* opens all memory to the payload */
	csr_write(mideleg, 0x222);
	csr_write(medeleg, 0xb109);
	csr_write(mcounteren, 7);
	trap_set_handler(trap_machine(), leave_payload);
	csr_set(mie, BIT(IRQ_MSI));
}

static void start_other(void *unused)
{
	(void)unused;
	prepare();
	__atomic_add_fetch(&prepared, 1, __ATOMIC_RELEASE);
	wait_for_start();
	serve_payload();
}

void start_main(void)
{
	for (unsigned id = 1; id < hart_count(); id++)
		hart_start(id, start_other, 0);
	prepare();
	while (__atomic_load_n(&prepared, __ATOMIC_ACQUIRE) < hart_count() - 1)
		; /* when the payload runs, hv refuses the accesses that quiet() makes */
	enter_payload(PAYLOAD_ADDRESS + ENTRY_OFFSET, harts[0].entry.a1);
	serve_payload();
}
