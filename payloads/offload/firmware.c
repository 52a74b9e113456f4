/* The SBI calls, as simply as possible: a hart that wants something from another hart sets a bit in that hart's word and
 * raises its MSI. Fences wait until every other hart has executed them. */
#include "payloads/offload/firmware.h"

#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/hart.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

enum { A0 = 9, A1, A2, A3, A4, A5, A6, A7 };
enum { WANTS_IPI = 1, WANTS_FENCE = 2 };

#define EVERY_HART (~UINT64_C(0))
#define RAM_BYTES (UINT64_C(64) << 20) /* the part of RAM in which the guest is */
#define RDTIME_MASK 0xffffa07fu
#define RDTIME 0xc0102073u

uint64_t firmware_reached[MAX_HARTS], firmware_refuses;

static uint64_t wanted[MAX_HARTS];  /* what other harts want from a hart; atomic */
static uint64_t unfinished;         /* how many harts have not executed the present fence; atomic */
static uint64_t running[MAX_HARTS]; /* 1 while the payload runs on a hart; atomic */
static uint64_t fencing;            /* 1 while a hart's fence is being executed; atomic */

static unsigned own_id(void)
{
	return (unsigned)hart_self()->id;
}

/* ---- other harts ---- */

static void take_requests(void)
{
	clint_set_msip(own_id(), 0);

	uint64_t wants = __atomic_exchange_n(&wanted[own_id()], 0, __ATOMIC_ACQ_REL);

	if (wants & WANTS_IPI)
		csr_set(mip, BIT(IRQ_SSI));
	if (wants & WANTS_FENCE) {
		__asm__ volatile("sfence.vma\nfence.i" ::: "memory");
		__atomic_sub_fetch(&unfinished, 1, __ATOMIC_ACQ_REL);
	}
}

static void ask(unsigned id, uint64_t want)
{
	__atomic_or_fetch(&wanted[id], want, __ATOMIC_ACQ_REL);
	clint_set_msip(id, 1);
}

/* The harts that the call names: a mask of ids. @return false if it names a hart that does not exist */
static bool harts_of(uint64_t mask, uint64_t base, uint64_t *ids)
{
	uint64_t every = (UINT64_C(1) << hart_count()) - 1;

	*ids = every;
	if (base == EVERY_HART)
		return true;
	if (mask == 0) {
		*ids = 0;
		return true;
	}
	if (base >= hart_count())
		return false;
	*ids = mask << base;
	return *ids >> base == mask && !(*ids & ~every);
}

static void send_ipi(uint64_t ids)
{
	for (unsigned id = 0; id < hart_count(); id++)
		if ((ids >> id & 1) && __atomic_load_n(&running[id], __ATOMIC_ACQUIRE))
			ask(id, WANTS_IPI);
	take_requests();
}

/* Several harts may want a fence at the same time; one after the other gets it. */
static void remote_fence(uint64_t ids)
{
	while (__atomic_exchange_n(&fencing, 1, __ATOMIC_ACQUIRE))
		take_requests();
	__atomic_store_n(&unfinished, 0, __ATOMIC_RELEASE);
	for (unsigned id = 0; id < hart_count(); id++)
		if ((ids >> id & 1) && id != own_id() && __atomic_load_n(&running[id], __ATOMIC_ACQUIRE)) {
			__atomic_add_fetch(&unfinished, 1, __ATOMIC_ACQ_REL);
			ask(id, WANTS_FENCE);
		}
	__asm__ volatile("sfence.vma\nfence.i" ::: "memory");
	while (__atomic_load_n(&unfinished, __ATOMIC_ACQUIRE))
		take_requests();
	__atomic_store_n(&fencing, 0, __ATOMIC_RELEASE);
}

/* ---- calls ---- */

static void set_timer(uint64_t ticks)
{
	*clint_mtimecmp(own_id()) = ticks;
	csr_clear(mip, BIT(IRQ_STI));
	csr_set(mie, BIT(IRQ_MTI));
}

static bool is_range(uint64_t eid, uint64_t fid)
{
	return eid == SBI_EID_RFENCE ? fid != 0 : eid > SBI_EID_LEGACY_REMOTE_FENCE_I;
}

static uint64_t fence(uint64_t eid, uint64_t fid, uint64_t ids, uint64_t start, uint64_t size)
{
	if (is_range(eid, fid) && size && size != ~UINT64_C(0) && start + size - 1 < start)
		return (uint64_t)SBI_ERR_INVALID_ADDRESS;
	remote_fence(ids);
	return 0;
}

/* Passes an exception to the payload's trap vector. */
static void pass_on(struct trap_frame *frame, uint64_t cause, uint64_t value)
{
	uint64_t status = frame->status, previous = (status & MSTATUS_SIE) ? MSTATUS_SPIE : 0;
	uint64_t mode = (status & MSTATUS_MPP) ? MSTATUS_SPP : 0;

	csr_write(sepc, frame->pc);
	csr_write(scause, cause);
	csr_write(stval, value);
	frame->pc = csr_read(stvec);
	status &= ~(MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_MPP);
	frame->status = status | MSTATUS_MPP_S | previous | mode;
}

static void answer_legacy(struct trap_frame *frame)
{
	uint64_t *x = frame->x, eid = x[A7], mask = 0, ids;

	if (eid == SBI_EID_LEGACY_SET_TIMER) {
		set_timer(x[A0]);
		x[A0] = 0;
		frame->pc += 4;
		return;
	}
	if (x[A0] && x[A0] - RAM_ADDRESS >= RAM_BYTES) { /* the payload itself could not read the mask either */
		pass_on(frame, 5, x[A0]);
		return;
	}
	if (x[A0])
		mask = *(const uint64_t *)x[A0];
	frame->pc += 4;
	if (!harts_of(mask, x[A0] ? 0 : EVERY_HART, &ids))
		x[A0] = (uint64_t)SBI_ERR_INVALID_PARAM;
	else if (eid == SBI_EID_LEGACY_SEND_IPI) {
		send_ipi(ids);
		x[A0] = 0;
	} else
		x[A0] = fence(eid, 0, ids, x[A1], x[A2]);
}

static void answer(struct trap_frame *frame)
{
	uint64_t *x = frame->x, eid = x[A7], fid = x[A6], ids;

	frame->pc += 4;
	if (eid == SBI_EID_TIME && fid == 0) {
		set_timer(x[A0]);
		x[A0] = 0;
	} else if ((eid == SBI_EID_IPI && fid == 0) || (eid == SBI_EID_RFENCE && fid <= 2)) {
		if (!harts_of(x[A0], x[A1], &ids)) {
			x[A0] = (uint64_t)SBI_ERR_INVALID_PARAM;
		} else if (eid == SBI_EID_IPI) {
			send_ipi(ids);
			x[A0] = 0;
		} else {
			x[A0] = fence(eid, fid, ids, x[A2], x[A3]);
		}
	} else if (eid == SBI_EID_HSM && fid == SBI_FID_hart_stop && !firmware_refuses) {
		mode_return(frame); /* a hart that has stopped does not return to the payload */
	} else {
		x[A0] = (uint64_t)SBI_ERR_NOT_SUPPORTED;
	}
	x[A1] = 0;
}

static bool is_legacy(uint64_t eid)
{
	return eid == SBI_EID_LEGACY_SET_TIMER ||
	       (eid >= SBI_EID_LEGACY_SEND_IPI && eid <= SBI_EID_LEGACY_REMOTE_SFENCE_VMA_ASID);
}

/* ---- traps ---- */

/* Emulates a read of `time` on a machine without that CSR, if mcounteren and scounteren allow the read. */
static bool read_time(struct trap_frame *frame)
{
	uint32_t word = (uint32_t)frame->value;
	uint64_t allowed = csr_read(mcounteren);

	if (!(frame->status & MSTATUS_MPP))
		allowed &= csr_read(scounteren);
	if ((word & RDTIME_MASK) != RDTIME || !(allowed & COUNTER_TM))
		return false;
	if (word >> 7 & 31)
		frame->x[(word >> 7 & 31) - 1] = *clint_mtime();
	frame->pc += 4;
	return true;
}

static bool serve(struct trap_frame *frame)
{
	if (frame->cause == (INTERRUPT | IRQ_MTI)) {
		csr_clear(mie, BIT(IRQ_MTI));
		csr_set(mip, BIT(IRQ_STI));
		return true;
	}
	if (frame->cause == (INTERRUPT | IRQ_MSI)) {
		take_requests();
		return true;
	}
	if (frame->cause & INTERRUPT || (frame->status & MSTATUS_MPP) == MSTATUS_MPP)
		return false;
	if (frame->cause == 9 && frame->x[A7] == ECALL_RETURN)
		return false;
	firmware_reached[own_id()]++;
	if (frame->cause == 9 && is_legacy(frame->x[A7]))
		answer_legacy(frame);
	else if (frame->cause == 9)
		answer(frame);
	else if (frame->cause != 2 || !read_time(frame))
		pass_on(frame, frame->cause, frame->value);
	return true;
}

uint64_t firmware_run(mode_function function, uint64_t argument)
{
	quiet();
	mode_open_memory();
	csr_write(mideleg, 0x222);
	csr_write(medeleg, 0xb109);
	csr_write(mcounteren, 7);
	csr_write(scounteren, 7);
	trap_set_handler(trap_machine(), serve);
	csr_set(mie, BIT(IRQ_MSI));
	__atomic_store_n(&running[own_id()], 1, __ATOMIC_RELEASE);

	uint64_t result = run_in(MODE_S, function, argument);

	__atomic_store_n(&running[own_id()], 0, __ATOMIC_RELEASE);
	take_requests();
	trap_set_handler(trap_machine(), 0);
	quiet();
	return result;
}
