/* Virtual CLINT. A word of it is read and written as 32 bits at a time; 8-byte accesses are two. */
#include "hv/device/vclint.h"

#include <stddef.h>

#include "hv/arch/csr.h"
#include "hv/device/clint.h"
#include "hv/virt/fast_register.h"
#include "hv/virt/firmware_word.h"

#define NEVER (~0ull)

bool vclint_contains(uint64_t address)
{
	return address - platform.clint_base < platform.clint_size;
}

void vclint_update_timer(struct vcpu *vcpu, uint64_t id)
{
	uint64_t deadline = atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);

	vcpu->machine_timer = clint_time() >= deadline;
	clint_set_timecmp(id, vcpu->machine_timer ? NEVER : deadline);
}

void vclint_reset(struct vcpu *vcpu, uint64_t id)
{
	atomic_store_explicit(&vcpu->machine_timecmp, clint_timecmp(id), memory_order_relaxed);
	vclint_update_timer(vcpu, id);
}

/* ---- one 32-bit word at `offset` ---- */

static bool is_software(uint64_t offset)
{
	return offset < CLINT_MTIMECMP;
}

static bool is_timecmp(uint64_t offset)
{
	return offset >= CLINT_MTIMECMP && offset < CLINT_MTIME;
}

static uint64_t hart_of(uint64_t offset)
{
	return is_software(offset) ? offset / 4 : (offset - CLINT_MTIMECMP) / 8;
}

static uint32_t half(uint64_t value, uint64_t offset)
{
	return (uint32_t)(offset & 4 ? value >> 32 : value);
}

static uint32_t read_word(uint64_t offset)
{
	if ((offset & ~7ull) == CLINT_MTIME)
		return half(clint_time(), offset);
	if (offset > CLINT_MTIME)
		return 0;

	struct vcpu *vcpu = vclint_vcpu(hart_of(offset));

	if (vcpu == NULL)
		return 0;
	if (is_software(offset))
		return atomic_load_explicit(&vcpu->machine_software, memory_order_relaxed);
	return half(atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed), offset);
}

static void write_timecmp(struct vcpu *vcpu, uint64_t offset, uint32_t value)
{
	uint64_t old = atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed);
	uint64_t mask = offset & 4 ? FIELD(32, 32) : FIELD(0, 32);

	atomic_store_explicit(&vcpu->machine_timecmp, field_set(mask, old, value), memory_order_relaxed);
}

static void write_word(uint64_t offset, uint32_t value)
{
	if (offset >= CLINT_MTIME)
		return;

	uint64_t id = hart_of(offset);
	struct vcpu *vcpu = vclint_vcpu(id);

	if (vcpu == NULL)
		return;
	if (is_software(offset)) {
		atomic_store_explicit(&vcpu->machine_software, value & 1, memory_order_release);
		if (CONFIG_TRACE && (value & 1))
			vclint_trace_send(id);
	} else
		write_timecmp(vcpu, offset, value);
	vclint_notify(id);
}

/* An 8-byte store to mtimecmp is one store: half of it must not be seen by the hart it belongs to. */
static void write_whole_timecmp(uint64_t offset, uint64_t value)
{
	uint64_t id = hart_of(offset);
	struct vcpu *vcpu = vclint_vcpu(id);

	if (vcpu == NULL)
		return;
	atomic_store_explicit(&vcpu->machine_timecmp, value, memory_order_relaxed);
	vclint_notify(id);
}

static uint64_t read_value(uint64_t offset, unsigned width)
{
	if (width == 8 && is_timecmp(offset)) {
		struct vcpu *vcpu = vclint_vcpu(hart_of(offset));

		return vcpu ? atomic_load_explicit(&vcpu->machine_timecmp, memory_order_relaxed) : 0;
	}
	if (width == 8 && offset == CLINT_MTIME)
		return clint_time();

	uint64_t value = read_word(offset);

	return width == 8 ? value | (uint64_t)read_word(offset + 4) << 32 : value;
}

static void write_value(uint64_t offset, unsigned width, uint64_t value)
{
	if (width == 8 && is_timecmp(offset)) {
		write_whole_timecmp(offset, value);
		return;
	}
	write_word(offset, (uint32_t)value);
	if (width == 8)
		write_word(offset + 4, (uint32_t)(value >> 32));
}

/* AMO.W on msip: two harts may do so at once. */
static uint64_t software_amo(uint64_t offset, const struct access *access)
{
	struct vcpu *vcpu = vclint_vcpu(hart_of(offset));

	if (vcpu == NULL)
		return 0;

	uint32_t old = atomic_load_explicit(&vcpu->machine_software, memory_order_relaxed);
	uint32_t result;

	do
		result = (uint32_t)amo_result(access->funct5, 4, old, access->value) & 1;
	while (!atomic_compare_exchange_weak_explicit(&vcpu->machine_software, &old, result, memory_order_acq_rel,
						      memory_order_relaxed));
	if (CONFIG_TRACE && result)
		vclint_trace_send(hart_of(offset));
	vclint_notify(hart_of(offset));
	return old;
}

bool vclint_access(struct access *access)
{
	uint64_t offset = access->address - platform.clint_base;

	if (access->width < 4 || offset % access->width != 0)
		return false;
	if (access->store) {
		write_value(offset, access->width, access->value);
	} else if (access->amo && is_software(offset) && access->width == 4) {
		access->value = software_amo(offset, access);
	} else {
		uint64_t old = read_value(offset, access->width);

		if (access->amo)
			write_value(offset, access->width,
				    amo_result(access->funct5, access->width, old, access->value));
		access->value = old;
	}
	return true;
}

/* ---- fast path ---- */

/* The stored register of `sd` and `c.sd`, or 32. */
static inline unsigned doubleword_source(uint32_t word)
{
	if ((word & 0x707f) == 0x3023)
		return word >> 20 & 31;
	return (word & 0xe003) == 0xe000 ? 8 + (word >> 2 & 7) : 32;
}

void fast_firmware_store(struct vcpu *vcpu)
{
	uint64_t own = clint_timecmp_address(csr_read(CSR_mhartid));
	uint64_t pc = csr_read(CSR_mepc);

	if (csr_read(CSR_mtval) != own || vcpu->mprv_armed || !vcpu->pmp.unbound || !firmware_word_stays(pc))
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);

	uint32_t word = firmware_word(pc);
	unsigned source = doubleword_source(word);

	if (source == 32)
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);

	uint64_t deadline = fast_register(vcpu, source);

	if (deadline <= clint_time()) /* it makes an interrupt pending: that may have to be taken */
		return trap_step_access(vcpu, CAUSE_STORE_ACCESS);
	atomic_store_explicit(&vcpu->machine_timecmp, deadline, memory_order_relaxed);
	vcpu->machine_timer = false;
	mmio_write64(own, deadline);
	csr_write(CSR_mepc, pc + (instruction_is_long(word) ? 4 : 2));
	return fast_return(vcpu, pc, own,
			   FAST_KIND(CAUSE_STORE_ACCESS, WORLD_FIRMWARE, WORLD_FIRMWARE, TRACE_EMULATED));
}
