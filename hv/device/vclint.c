/* The virtual CLINT. It finds a hart's registers by their addresses, because a machine may have any number of CLINTs.
 * It splits each access into 32-bit words, except an access of 8 bytes to mtimecmp. For every access it first reads the
 * physical device. Such a read has no side effects. It shows whether the device allows the access, and it returns the
 * values of registers that hv does not emulate. */
#include "hv/device/vclint.h"

#include <stddef.h>

#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/device/clint.h"
#include "hv/device/supervisor_timer.h"
#include "hv/device/upcalls.h"
#include "hv/virt/machine.h"

#define NEVER (~0ull)
#define WORD_BYTES 4

bool vclint_contains(uint64_t address)
{
	return address - machine.clint_base < machine.clint_size;
}

/* The next deadline of the hart of @p vcpu: @p firmware, or the deadline of the supervisor's timer if that is earlier. If
 * the latter has passed, sets STIP, and drops this deadline (semantics 8). */
static uint64_t next_deadline(struct vcpu *vcpu, uint64_t firmware)
{
	if (!CONFIG_SUPERVISOR_TIMER)
		return firmware;
	if (clint_time(vcpu) >= vcpu->supervisor_timecmp) {
		vcpu->supervisor_timecmp = SUPERVISOR_TIMER_OFF;
		csr_set(CSR_mip, IP_STI);
	}
	return fast_next_deadline(vcpu, firmware);
}

void vclint_update_timer(struct vcpu *vcpu)
{
	uint64_t deadline = atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);

	vcpu->machine_timer = clint_time(vcpu) >= deadline;
	clint_set_timecmp(vcpu, next_deadline(vcpu, vcpu->machine_timer ? NEVER : deadline));
}

void vclint_reset(struct vcpu *vcpu)
{
	atomic_store_explicit(&vcpu->machine_timecmp, clint_timecmp(vcpu), memory_order_relaxed);
	vcpu->supervisor_timecmp = SUPERVISOR_TIMER_OFF;
	vclint_update_timer(vcpu);
}

/* ---- one 32-bit word ---- */

/* Reads a word. @p found is the value that the physical device returned for this address. */
static uint32_t read_word(uint64_t address, uint32_t found)
{
	struct vcpu *vcpu = vclint_owner(address);

	if (vcpu == NULL)
		return found;
	if (address == vcpu->msip_address)
		return atomic_load_explicit(&vcpu->machine_software, memory_order_relaxed);

	uint64_t deadline = atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);

	return (uint32_t)(address == vcpu->timecmp_address ? deadline : deadline >> 32);
}

void vclint_set_software(struct vcpu *vcpu, uint32_t value)
{
	atomic_store_explicit(&vcpu->machine_software, value & 1, memory_order_release);
	/* A guest's fence may order its store only as device output. hv stores to memory instead, so it needs this
	 * fence. */
	atomic_thread_fence(memory_order_seq_cst);
	if (CONFIG_TRACE && (value & 1))
		vclint_trace_send(vcpu);
}

static void write_half(struct vcpu *vcpu, uint64_t address, uint32_t value)
{
	uint64_t old = atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);
	uint64_t mask = address == vcpu->timecmp_address ? FIELD(0, 32) : FIELD(32, 32);

	atomic_store_explicit(&vcpu->machine_timecmp, field_set(mask, old, value), memory_order_relaxed);
}

static void write_word(uint64_t address, uint32_t value)
{
	struct vcpu *vcpu = vclint_owner(address);

	if (vcpu == NULL)
		return;
	if (address == vcpu->msip_address)
		vclint_set_software(vcpu, value);
	else
		write_half(vcpu, address, value);
	vclint_notify(vcpu);
}

/* ---- an access ---- */

/* If @p access goes to a whole mtimecmp, returns the vcpu to which this register belongs, and otherwise NULL. hv writes
 * the whole register at once, so that the register's hart never sees only half of the new value. */
static struct vcpu *whole_timecmp(const struct access *access)
{
	struct vcpu *vcpu = access->width == 2 * WORD_BYTES ? vclint_owner(access->address) : NULL;

	return vcpu && vcpu->timecmp_address == access->address ? vcpu : NULL;
}

static uint64_t read_value(const struct access *access, uint64_t found)
{
	const struct vcpu *whole = whole_timecmp(access);

	if (whole)
		return atomic_load_explicit(&whole->machine_timecmp, memory_order_relaxed);

	uint64_t value = read_word(access->address, (uint32_t)found);

	if (access->width > WORD_BYTES)
		value |= (uint64_t)read_word(access->address + WORD_BYTES, (uint32_t)(found >> 32)) << 32;
	return value;
}

static void write_value(const struct access *access, uint64_t value)
{
	struct vcpu *whole = whole_timecmp(access);

	if (whole) {
		atomic_store_explicit(&whole->machine_timecmp, value, memory_order_relaxed);
		vclint_notify(whole);
		return;
	}
	write_word(access->address, (uint32_t)value);
	if (access->width > WORD_BYTES)
		write_word(access->address + WORD_BYTES, (uint32_t)(value >> 32));
}

/* AMO.W on msip. It is atomic, because two harts may access the same msip at the same time. */
static uint64_t software_amo(struct vcpu *vcpu, const struct access *access)
{
	uint32_t old = atomic_load_explicit(&vcpu->machine_software, memory_order_relaxed);
	uint32_t result;

	do
		result = (uint32_t)amo_result(access->funct5, WORD_BYTES, old, access->value) & 1;
	while (!atomic_compare_exchange_weak_explicit(&vcpu->machine_software, &old, result, memory_order_acq_rel,
						      memory_order_relaxed));
	if (CONFIG_TRACE && result)
		vclint_trace_send(vcpu);
	vclint_notify(vcpu);
	return old;
}

static uint64_t amo(const struct access *access, uint64_t found)
{
	struct vcpu *vcpu = access->width == WORD_BYTES ? vclint_owner(access->address) : NULL;

	if (vcpu && vcpu->msip_address == access->address)
		return software_amo(vcpu, access);

	uint64_t old = read_value(access, found);

	write_value(access, amo_result(access->funct5, access->width, old, access->value));
	return old;
}

enum error vclint_access(struct access *access)
{
	uint64_t found;

	if (access->width < WORD_BYTES || access->address % WORD_BYTES != 0)
		return ERROR_TRAPPED;
	if (guarded_load(csr_read(CSR_mstatus), access->address, access->width, &found) != ERROR_NONE) {
		access->address = csr_read(CSR_mtval);
		return ERROR_TRAPPED;
	}
	if (access->store)
		write_value(access, access->value);
	else
		access->value = access->amo ? amo(access, found) : read_value(access, found);
	return ERROR_NONE;
}
