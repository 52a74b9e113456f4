/* A firmware that attacks its payload. It enters the payload on hart 0, and then carries out what the payload orders
 * (attack.h). Each trap of the payload ends in serve_payload, which is ordinary M-mode code, so that attacks may trap.
 * On machines that do not protect the payload, all attacks succeed. The compiler gets ENTRY_OFFSET, where the firmware enters the
 * payload, and STORING, whether hart 1 attacks before the payload begins. */
#include "payloads/protect/hostile.h"

#include "payloads/robust/action.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/start.h"

#define EVERYTHING (~UINT64_C(0) >> 10)
#define SUSPEND_NON_RETENTIVE BIT(31)
#define TEXT "typed text"

void mode_resume(void);
void action_enter_machine(const uint64_t *registers);

struct hostile hostile;

/* The payload's registers and pc at its last trap, as the firmware sees them. */
static struct trap_frame guests[MAX_HARTS];
static uint64_t prepared;

/* The calls of HSM: where a hart has to enter the payload. `wanted` is set with release when the other members are written. */
static struct {
	uint64_t pc, opaque, wanted;
} starts[MAX_HARTS];

/* An attack that a hart has ordered from another one. `hart` is set with release when the arguments are written, and set to 0 with
 * release when the results are. */
static struct {
	uint64_t a[4], result, value, hart;
} order;

unsigned hostile_id(void)
{
	return (unsigned)hart_self()->id;
}

/* ---- other harts ---- */

void hostile_start(uint64_t id, uint64_t pc, uint64_t opaque)
{
	starts[id].pc = pc;
	starts[id].opaque = opaque;
	__atomic_store_n(&starts[id].wanted, 1, __ATOMIC_RELEASE);
	clint_set_msip((unsigned)id, 1);
}

bool hostile_is_starting(uint64_t id)
{
	return __atomic_load_n(&starts[id].wanted, __ATOMIC_ACQUIRE);
}

static uint64_t order_is_for(void)
{
	return __atomic_load_n(&order.hart, __ATOMIC_ACQUIRE);
}

uint64_t hostile_order(uint64_t id, const uint64_t *a, uint64_t *value)
{
	while (order_is_for())
		;
	for (unsigned i = 0; i < 4; i++)
		order.a[i] = a[i];
	__atomic_store_n(&order.hart, id, __ATOMIC_RELEASE);
	while (order_is_for())
		;
	*value = order.value;
	return order.result;
}

void hostile_serve_order(void)
{
	if (order_is_for() != hostile_id())
		return;
	order.result = hostile_attack(0, order.a, &order.value);
	__atomic_store_n(&order.hart, 0, __ATOMIC_RELEASE);
}

/* ---- calls of the payload ---- */

static void write_text(uint64_t text)
{
	uint64_t a[4] = { ATTACK_SCRIBBLE, text }, value;

	if (hostile.rewriter)
		hostile_order(hostile.rewriter, a, &value);
	hostile.rewriter = 0;
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
	uint64_t *x = guest->x, ignored;

	switch (x[A6]) {
	case SBI_FID_hart_start:
		hostile_start(x[A0], x[A1], x[A2]);
		x[A0] = 0;
		break;
	case SBI_FID_hart_stop:
		wait_for_start();
		return;
	case SBI_FID_hart_suspend:
		if (x[A0] & SUSPEND_NON_RETENTIVE) {
			guest->pc = x[A1] + (hostile.resume_with == 1 ? 4 : 0);
			x[A1] = x[A2] + (hostile.resume_with == 2);
			x[A0] = hostile_id();
			return;
		}
		x[A0] = 0;
		x[A1] = hostile_attack(guest, (uint64_t[]){ ATTACK_STORE_WORD, ATTACK_PLIC_ENABLES, 0, 0 }, &ignored);
		return;
	default:
		x[A0] = (uint64_t)SBI_ERR_NOT_SUPPORTED;
	}
	x[A1] = 0;
}

static void answer_timer(uint64_t deadline)
{
	if (!hostile.storms) /* otherwise, the storm has a deadline */
		*clint_mtimecmp(hostile_id()) = deadline;
	csr_clear(mip, BIT(IRQ_STI));
	csr_set(mie, BIT(IRQ_MTI));
}

static void answer_call(struct trap_frame *guest)
{
	uint64_t *x = guest->x, eid = x[A7], fid = x[A6];

	if (eid == SBI_EID_HSM) {
		answer_hsm(guest);
		return;
	}
	if (eid == SBI_EID_DBCN && fid == SBI_FID_debug_console_write) {
		write_text(x[A1]);
		x[A1] = x[A0];
	} else if (eid == SBI_EID_DBCN && fid == SBI_FID_debug_console_read) {
		x[A1] = read_text((char *)x[A1], x[A0]);
	} else {
		if (eid == SBI_EID_TIME)
			answer_timer(x[A0]);
		x[A1] = 0;
	}
	x[A0] = 0;
}

/* ---- the payload's traps ---- */

static bool is_order(const struct trap_frame *guest)
{
	return guest->cause == CAUSE_ECALL_S && guest->x[A7] == ATTACK_EID && guest->x[A6] == ATTACK_FID;
}

static void obey(struct trap_frame *guest)
{
	uint64_t a[5], value;

	for (unsigned i = 0; i < 5; i++)
		a[i] = guest->x[A0 + i];

	uint64_t result = a[4] ? hostile_order(a[4], a, &value) : hostile_attack(guest, a, &value);

	guest->x[A0] = value;
	guest->x[A1] = result;
}

static void pass_on(struct trap_frame *guest)
{
	uint64_t status = guest->status, previous = (status & MSTATUS_SIE) ? MSTATUS_SPIE : 0;
	uint64_t mode = (status & MSTATUS_MPP) ? MSTATUS_SPP : 0;

	csr_write(sepc, guest->pc);
	csr_write(scause, hostile.lie ? hostile.lie : guest->cause);
	csr_write(stval, hostile.lie ? hostile.lie : guest->value);
	hostile.lie = 0;
	guest->pc = csr_read(stvec);
	status &= ~(MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_MPP);
	guest->status = status | MSTATUS_MPP_S | previous | mode;
}

static void answer_exception(struct trap_frame *guest)
{
	hostile.traps++;
	if (guest->cause & INTERRUPT)
		csr_clear(mie, BIT(guest->cause & 63)); /* an interrupt of S-mode that is not delegated */
	else if (guest->cause == CAUSE_ILLEGAL && hostile_repair(guest))
		return;
	pass_on(guest);
}

static void answer_interrupt(struct trap_frame *guest)
{
	if (guest->cause == (INTERRUPT | IRQ_MSI)) {
		clint_set_msip(hostile_id(), 0);
	} else {
		*clint_mtimecmp(hostile_id()) = ~UINT64_C(0);
		csr_set(mip, BIT(IRQ_STI));
	}
	if (hostile.waiting)
		hostile_interrupt_waiting(guest, guest->cause & 63);
	hostile_stormed(guest->cause & 63);
}

static void answer_trap(struct trap_frame *guest)
{
	bool looks = hostile.looks;
	uint64_t operand = guest->x[A2];

	if (is_order(guest) && !looks) {
		guest->pc += 4;
		obey(guest);
		return;
	}
	hostile.seen = *guest;
	if (guest->cause == (INTERRUPT | IRQ_MTI) || guest->cause == (INTERRUPT | IRQ_MSI)) {
		answer_interrupt(guest);
	} else if (guest->cause == CAUSE_ECALL_S) {
		guest->pc += 4;
		hostile.looks = false;
		if (looks)
			hostile_change(guest);
		else
			answer_call(guest);
	} else if (guest->cause == CAUSE_ILLEGAL && guest->value == ATTACK_EMULATED) {
		hostile_change(guest);
		guest->x[A1] = operand + 1;
		guest->pc += 4;
	} else {
		answer_exception(guest);
	}
}

/* Ends each trap of the payload in M-mode, in the function that has entered the payload. */
static bool leave_payload(struct trap_frame *frame)
{
	if ((frame->status & MSTATUS_MPP) == MSTATUS_MPP)
		return false;
	guests[hostile_id()] = *frame;
	frame->pc = (uint64_t)mode_resume;
	frame->status = (frame->status & ~(MSTATUS_MPIE | MSTATUS_MPRV)) | MSTATUS_MPP | MSTATUS_FS;
	frame->x[TP] = (uint64_t)hart_self();
	return true;
}

/* ---- harts ---- */

static void enter_payload(uint64_t pc, uint64_t opaque)
{
	struct trap_frame *guest = &guests[hostile_id()];

	*guest = (struct trap_frame){ .pc = pc, .status = MSTATUS_MPP_S };
	guest->x[A0] = hostile_id();
	guest->x[A1] = opaque;
}

static void wait_for_start(void)
{
	unsigned id = hostile_id();

	while (!__atomic_load_n(&starts[id].wanted, __ATOMIC_ACQUIRE)) {
		hostile_serve_order();
		if (id == 1)
			hostile_send();
		if (__atomic_load_n(&hostile.loops, __ATOMIC_RELAXED))
			hostile_attack_at_random();
	}
	clint_set_msip(id, 0);
	enter_payload(starts[id].pc + (hostile.start_with == 1 ? 4 : 0), starts[id].opaque + (hostile.start_with == 2));
	if (hostile.start_with == 3)
		csr_write(satp, SATP_SV39 | 1);
	__atomic_store_n(&starts[id].wanted, 0, __ATOMIC_RELEASE);
}

static void serve_payload(void) __attribute__((noreturn));

static void serve_payload(void)
{
	struct trap_frame *guest = &guests[hostile_id()];

	for (;;) {
		csr_write(mepc, guest->pc);
		csr_write(mstatus, guest->status);
		action_enter_machine((const uint64_t *)guest); /* its first word is not loaded */
		answer_trap(guest);
	}
}

/* Turns on what S-mode may have, as far as the hart has it. */
static void turn_on_extensions(void)
{
	csr_write(mcounteren, 7);
	csr_set(menvcfg, MENVCFG_STCE | MENVCFG_ADUE | 0xf0);
}

static void prepare(void)
{
	quiet();
	csr_write(pmpaddr1, EVERYTHING);
	csr_write(pmpcfg0, 0x1f00); /* opens all memory to the payload */
	csr_write(mideleg, 0x222);
	csr_write(medeleg, 0xb109);
	csr_set(mstatus, MSTATUS_FS);
	turn_on_extensions();
	hostile_use_memory();
	trap_set_handler(trap_machine(), leave_payload);
	csr_set(mie, BIT(IRQ_MSI) | BIT(IRQ_MTI));
}

static void start_other(void *unused)
{
	(void)unused;
	prepare();
	__atomic_add_fetch(&prepared, 1, __ATOMIC_RELEASE);
	if (STORING && hostile_id() == 1)
		hostile_store_until_refused();
	wait_for_start();
	serve_payload();
}

void start_main(void)
{
	hostile_prepare_tables();
	for (unsigned id = 1; id < hart_count(); id++)
		hart_start(id, start_other, 0);
	prepare();
	hostile_remember();
	while (__atomic_load_n(&prepared, __ATOMIC_ACQUIRE) < hart_count() - 1)
		; /* when the payload runs, hv refuses the accesses that quiet() makes */
	while (STORING && !hostile_has_stored())
		;
	enter_payload(PAYLOAD_ADDRESS + ENTRY_OFFSET, harts[0].entry.a1);
	serve_payload();
}
