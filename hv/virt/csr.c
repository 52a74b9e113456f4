/* Virtual CSRs: dispatch over csr.def, and the ones that have code. */
#include "hv/virt/csr.h"

#include <stddef.h>

#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/arch/guard.h"
#include "hv/virt/machine.h"
#include "hv/virt/vcpu.h"

#define PAGE_OF(number)                                                                                                \
	((number) >> 8 == 0x1   ? 1                                                                                    \
	 : (number) >> 8 == 0x3 ? 2                                                                                    \
	 : (number) >> 8 == 0xb ? 3                                                                                    \
	 : (number) >> 8 == 0xc ? 4                                                                                    \
	 : (number) >> 8 == 0xf ? 5                                                                                    \
				: 0)
#define TABLE_INDEX(number) (PAGE_OF(number) * CSR_PAGE_BYTES + (number) % CSR_PAGE_BYTES)

const uint8_t csr_page_of[16] = { [0x1] = PAGE_OF(0x100), [0x3] = PAGE_OF(0x300), [0xb] = PAGE_OF(0xb00),
				  [0xc] = PAGE_OF(0xc00), [0xf] = PAGE_OF(0xf00) };

#define SHOWN_MEMORY(first, name, count) [TABLE_INDEX(first)... TABLE_INDEX(first) + (count)-1] = CSR_INDEX_##name,
#define SHOWN_HARDWARE SHOWN_MEMORY
#define SHOWN_CONSTANT SHOWN_MEMORY
#define SHOWN_CODE SHOWN_MEMORY
#define SHOWN_HIDDEN(first, name, count)

/* The default for all, then each line over it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const uint8_t csr_index_table[CSR_PAGES * CSR_PAGE_BYTES] = {
	[0 ... CSR_PAGES * CSR_PAGE_BYTES - 1] = CSR_INDEX_UNKNOWN,
#define CSR(number, name, lives) SHOWN_##lives(number, name, 1)
#define CSR_RANGE(first, name, count, lives) SHOWN_##lives(first, name, count)
#include "hv/virt/csr.def"
#undef CSR
#undef CSR_RANGE
};
#pragma GCC diagnostic pop

#define ON_A_PAGE(first, name, count)                                                                                  \
	_Static_assert(PAGE_OF(first) != 0 && (first) % CSR_PAGE_BYTES + (count) <= CSR_PAGE_BYTES,                    \
		       #name ": give its numbers a page");
#define ON_A_PAGE_MEMORY ON_A_PAGE
#define ON_A_PAGE_HARDWARE ON_A_PAGE
#define ON_A_PAGE_CONSTANT ON_A_PAGE
#define ON_A_PAGE_CODE ON_A_PAGE
#define ON_A_PAGE_HIDDEN(first, name, count)
#define CSR(number, name, lives) ON_A_PAGE_##lives(number, name, 1)
#define CSR_RANGE(first, name, count, lives) ON_A_PAGE_##lives(first, name, count)
#include "hv/virt/csr.def"
#undef CSR
#undef CSR_RANGE

_Static_assert(offsetof(union csr_memory, mtval) == 8 * CSR_INDEX_mtval, "csr.def's order is csr_memory's");
_Static_assert(CSR_INDEX_mtval == CSR_MEMORY_COUNT - 1, "MEMORY CSRs come first in csr.def");

uint64_t csr_operation_result(enum csr_operation operation, uint64_t old, uint64_t operand)
{
	if (operation == CSR_OPERATION_WRITE)
		return operand;
	return operation == CSR_OPERATION_SET ? old | operand : old & ~operand;
}

/* ---- what lives in hardware ---- */

struct guarded csr_physical_read(unsigned slot)
{
	return guarded_call(0, csr_read_thunks + slot, 0, csr_read(CSR_mstatus));
}

struct guarded csr_physical_write(unsigned slot, uint64_t value)
{
	return guarded_call(value, csr_write_thunks + slot, 0, csr_read(CSR_mstatus));
}

static bool hardware_read(unsigned slot, uint64_t *value)
{
	struct guarded result = csr_physical_read(slot);

	*value = result.value;
	return result.ok;
}

static bool hardware_write(unsigned slot, uint64_t value)
{
	return csr_physical_write(slot, value).ok;
}

/* ---- reads of CSRs with code: element is the distance from the first of a range ---- */

static bool read_mstatus(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu_mstatus(vcpu);
	return true;
}

static bool read_misa(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)vcpu, (void)element;
	*value = machine.misa & ~MISA('H');
	return true;
}

static bool read_medeleg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->medeleg;
	return machine.has_medeleg;
}

static bool read_mideleg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)vcpu, (void)element;
	*value = csr_read(CSR_mideleg) & IP_S_BITS;
	return machine.has_medeleg;
}

static bool read_mie(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->mie;
	return true;
}

static bool read_mtvec(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->mtvec;
	return true;
}

static bool read_mcounteren(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->mcounteren;
	return machine.has_mcounteren;
}

static bool read_menvcfg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)vcpu, (void)element;
	*value = machine.has_menvcfg ? csr_read(CSR_menvcfg) & machine.menvcfg_mask : 0;
	return machine.has_menvcfg;
}

static bool read_mcountinhibit(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = machine.has_mcountinhibit
			 ? (csr_read(CSR_mcountinhibit) & ~(COUNTER_CY | COUNTER_IR)) | vcpu->mcountinhibit
			 : 0;
	return machine.has_mcountinhibit;
}

static bool read_mip(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu_mip(vcpu);
	return true;
}

static bool read_pmpcfg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	*value = vcpu->pmp.virtual_config[element / 2];
	return element % 2 == 0 && element / 2 < machine.pmp_machine / 8; /* odd ones do not exist on RV64 */
}

static bool read_pmpaddr(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	*value = element < machine.pmp_machine ? pmp_read_address(vcpu, element) : 0;
	return element < machine.pmp_machine;
}

static uint64_t counter_value(const struct counter *counter, uint64_t inhibited, uint64_t physical)
{
	return inhibited ? counter->frozen : physical + counter->offset;
}

static bool read_mcycle(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = counter_value(&vcpu->cycle, vcpu->mcountinhibit & COUNTER_CY, csr_read(CSR_mcycle));
	return true;
}

static bool read_minstret(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = counter_value(&vcpu->instret, vcpu->mcountinhibit & COUNTER_IR, csr_read(CSR_minstret));
	return true;
}

static bool read_cycle(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	return read_mcycle(vcpu, element, value);
}

static bool read_instret(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	return read_minstret(vcpu, element, value);
}

static bool read_time(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)vcpu, (void)element;
	return hardware_read(CSR_SLOT_time, value);
}

static bool read_hpmcounter(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)vcpu;
	return hardware_read(CSR_SLOT_hpmcounter + element, value);
}

/* sstatus is a view of mstatus (4.1.1) */
#define SSTATUS_VIEW                                                                                                   \
	(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_UBE | MSTATUS_SPP | MSTATUS_VS | MSTATUS_FS | MSTATUS_XS | MSTATUS_SUM | \
	 MSTATUS_MXR | MSTATUS_SPELP | MSTATUS_SDT | MSTATUS_UXL | MSTATUS_SD)

static bool read_sstatus(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu_mstatus(vcpu) & SSTATUS_VIEW;
	return true;
}

static bool read_sie(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->mie & csr_read(CSR_mideleg) & IP_S_BITS;
	return true;
}

static bool read_sip(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu_mip(vcpu) & csr_read(CSR_mideleg) & IP_S_BITS;
	return true;
}

static bool read_satp(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->satp;
	return true;
}

static bool read_senvcfg(struct vcpu *vcpu, unsigned element, uint64_t *value)
{
	(void)element;
	*value = vcpu->senvcfg;
	return machine.has_senvcfg;
}

/* ---- writes of CSRs with code ---- */

static bool write_mstatus(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu_set_mstatus(vcpu, value);
	return true;
}

static bool write_misa(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)vcpu, (void)element, (void)value; /* WARL, constant */
	return true;
}

static COLD bool write_medeleg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->medeleg = value & machine.medeleg_mask;
	return machine.has_medeleg;
}

static COLD bool write_mideleg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	if (!machine.has_medeleg)
		return false;
	csr_write(CSR_mideleg, value & IP_S_BITS);
	vcpu_update_interrupt_enables(vcpu);
	return true;
}

static bool write_mie(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->mie = value & (IP_S_BITS | IP_M_BITS);
	vcpu_update_interrupt_enables(vcpu);
	return true;
}

static COLD bool write_mtvec(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	if (field_get(TVEC_MODE, value) <= TVEC_VECTORED) /* other modes are reserved: keep the old value (3.1.7) */
		vcpu->mtvec = value;
	return true;
}

static COLD bool write_mcounteren(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->mcounteren = value & machine.mcounteren_mask;
	vcpu_update_counters(vcpu);
	return machine.has_mcounteren;
}

static COLD bool write_menvcfg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)vcpu, (void)element;
	if (!machine.has_menvcfg)
		return false;

	uint64_t old = csr_read(CSR_menvcfg);

	csr_write(CSR_menvcfg, field_merge(machine.menvcfg_mask, old, value));
	if ((old ^ csr_read(CSR_menvcfg)) & (MENVCFG_ADUE | MENVCFG_PBMTE)) {
		fence_translations();
		if (machine.has_hypervisor)
			fence_guest_translations();
	}
	return true;
}

/* A counter stops at its value, and goes on from it: the physical one never stops (semantics 24). */
static void counter_inhibit(struct counter *counter, bool was, bool is, uint64_t physical)
{
	if (is && !was)
		counter->frozen = physical + counter->offset;
	if (was && !is)
		counter->offset = counter->frozen - physical;
}

static COLD bool write_mcountinhibit(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	if (!machine.has_mcountinhibit)
		return false;

	uint64_t old = vcpu->mcountinhibit;
	uint64_t inhibit = value & machine.inhibit_mask;

	csr_write(CSR_mcountinhibit, inhibit & ~(COUNTER_CY | COUNTER_IR));
	vcpu->mcountinhibit = inhibit & (COUNTER_CY | COUNTER_IR);
	counter_inhibit(&vcpu->cycle, old & COUNTER_CY, inhibit & COUNTER_CY, csr_read(CSR_mcycle));
	counter_inhibit(&vcpu->instret, old & COUNTER_IR, inhibit & COUNTER_IR, csr_read(CSR_minstret));
	vcpu_update_counters(vcpu);
	return true;
}

static COLD bool write_mcycle(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->cycle = (struct counter){ .offset = value - csr_read(CSR_mcycle), .frozen = value };
	vcpu_update_counters(vcpu);
	return true;
}

static COLD bool write_minstret(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu->instret = (struct counter){ .offset = value - csr_read(CSR_minstret), .frozen = value };
	vcpu_update_counters(vcpu);
	return true;
}

static bool write_mip(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)vcpu, (void)element, (void)value;
	return false; /* never called: mip_apply needs the operation, not its result */
}

static bool write_pmpcfg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	if (element % 2 != 0 || element / 2 >= machine.pmp_machine / 8)
		return false;
	pmp_write_config(vcpu, element / 2, value);
	return true;
}

static bool write_pmpaddr(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	if (element >= machine.pmp_machine)
		return false;
	pmp_write_address(vcpu, element, value);
	return true;
}

static bool write_sstatus(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	vcpu_set_mstatus(vcpu, field_merge(SSTATUS_VIEW, vcpu_mstatus(vcpu), value));
	return true;
}

static bool write_sie(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	uint64_t delegated = csr_read(CSR_mideleg) & IP_S_BITS;

	return write_mie(vcpu, element, field_merge(delegated, vcpu->mie, value));
}

static COLD bool write_sip(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	uint64_t writable = csr_read(CSR_mideleg) & IP_SSI; /* STIP and SEIP are read-only in sip (4.1.3) */

	(void)vcpu, (void)element;
	csr_clear(CSR_mip, writable & ~value);
	csr_set(CSR_mip, writable & value);
	return true;
}

/* The hardware itself says what is legal; satp acts on hv's own accesses only under MPRV. */
static COLD bool write_satp(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	csr_write(CSR_satp, vcpu->satp);
	csr_write(CSR_satp, value);
	vcpu->satp = csr_swap(CSR_satp, 0);
	return true;
}

static COLD bool write_senvcfg(struct vcpu *vcpu, unsigned element, uint64_t value)
{
	(void)element;
	if (!machine.has_senvcfg)
		return false;
	csr_write(CSR_senvcfg, vcpu->senvcfg);
	csr_write(CSR_senvcfg, value);
	vcpu->senvcfg = csr_swap(CSR_senvcfg, 0);
	return true;
}

/* cycle, time, instret and hpmcounter are read-only by number: csr_virtual_write never comes here for them. */
#define READ_ONLY(name)                                                                                                \
	static bool write_##name(struct vcpu *vcpu, unsigned element, uint64_t value)                                  \
	{                                                                                                              \
		(void)vcpu, (void)element, (void)value;                                                                \
		return false;                                                                                          \
	}
READ_ONLY(cycle)
READ_ONLY(time)
READ_ONLY(instret)
READ_ONLY(hpmcounter)

/* csrrw, csrrs or csrrc of mip goes to the physical one as the same operation: SEIP's software bit and its wire read as
 * one, so a value that was read must never be written back (semantics 1). */
static void mip_apply(enum csr_operation operation, uint64_t operand)
{
	uint64_t stce = machine.has_menvcfg ? csr_read(CSR_menvcfg) & MENVCFG_STCE : 0;
	uint64_t writable = stce ? IP_SSI | IP_SEI : IP_S_BITS;

	if (operation != CSR_OPERATION_SET)
		csr_clear(CSR_mip, writable & (operation == CSR_OPERATION_WRITE ? ~operand : operand));
	if (operation != CSR_OPERATION_CLEAR)
		csr_set(CSR_mip, writable & operand);
}

/* ---- dispatch ---- */

#define READ_MEMORY(number, name) return *value = vcpu->csr.name, true;
#define READ_HARDWARE(number, name) return hardware_read(CSR_SLOT_##name + csr - (number), value);
#define READ_CONSTANT(number, name) return hardware_read(CSR_SLOT_##name, value);
#define READ_CODE(number, name) return read_##name(vcpu, csr - (number), value);
#define READ_HIDDEN(number, name) return false;

bool csr_virtual_read(struct vcpu *vcpu, unsigned csr, uint64_t *value)
{
	switch (csr_index_of(csr)) {
#define CSR(number, name, lives)                                                                                       \
	case CSR_INDEX_##name:                                                                                         \
		READ_##lives(number, name)
#define CSR_RANGE(first, name, count, lives) CSR(first, name, lives)
#include "hv/virt/csr.def"
#undef CSR
#undef CSR_RANGE
	}
	return false;
}

#define WRITE_MEMORY(number, name) return vcpu->csr.name = value & vcpu->csr_mask.name, true;
#define WRITE_HARDWARE(number, name) return hardware_write(CSR_SLOT_##name + csr - (number), value);
#define WRITE_CONSTANT(number, name) return false;
#define WRITE_CODE(number, name) return write_##name(vcpu, csr - (number), value);
#define WRITE_HIDDEN(number, name) return false;

static bool csr_set_value(struct vcpu *vcpu, unsigned csr, uint64_t value)
{
	switch (csr_index_of(csr)) {
#define CSR(number, name, lives)                                                                                       \
	case CSR_INDEX_##name:                                                                                         \
		WRITE_##lives(number, name)
#define CSR_RANGE(first, name, count, lives) CSR(first, name, lives)
#include "hv/virt/csr.def"
#undef CSR
#undef CSR_RANGE
	}
	return false;
}

bool csr_virtual_write(struct vcpu *vcpu, unsigned csr, enum csr_operation operation, uint64_t operand)
{
	uint64_t old = 0;

	if (csr >> 10 == 3) /* read-only by its number (2.1) */
		return false;
	if (csr_index_of(csr) == CSR_INDEX_mip) {
		mip_apply(operation, operand);
		return true;
	}
	if (operation != CSR_OPERATION_WRITE && !csr_virtual_read(vcpu, csr, &old))
		return false;
	return csr_set_value(vcpu, csr, csr_operation_result(operation, old, operand));
}
