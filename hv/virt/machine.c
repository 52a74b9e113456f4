/* Finds out which features the machine has. For each CSR it writes all ones and reads back the bits that the CSR has
 * kept; it executes one instruction of each optional extension; and it tests PMP. It makes all these accesses under a
 * guard, because each of them may trap. */
#include "hv/virt/machine.h"

#include <stddef.h>

#include "hv/arch/access.h"
#include "hv/arch/csr.h"
#include "hv/arch/fence.h"
#include "hv/virt/instruction.h"
#include "hv/virt/transition.h"
#include "hv/virt/vcpu.h"

WRITTEN_AT_BOOT struct machine machine;

/* ---- memory ---- */

/* Merges ranges that touch or overlap. The device tree lists NUMA nodes separately even if their memory is contiguous,
 * and hv can search one range faster than several. */
enum error machine_add_ram(uint64_t base, uint64_t size)
{
	uint64_t last = base + size - 1;

	if (size < sizeof(uint32_t))
		return ERROR_NONE;
	for (unsigned i = 0; i < machine.ram_count;) {
		struct memory_range *range = &machine.ram[i];
		uint64_t range_last = range->base + range->size - 1;

		if ((last < range->base && range->base - last > 1) || (range_last < base && base - range_last > 1)) {
			i++;
			continue;
		}
		base = range->base < base ? range->base : base;
		last = range_last > last ? range_last : last;
		*range = machine.ram[--machine.ram_count];
		i = 0;
	}
	if (machine.ram_count == MEMORY_RANGES_MAX)
		return ERROR_FULL;
	machine.ram[machine.ram_count++] = (struct memory_range){ base, last - base + 1 };
	machine_prefer_ram(base);
	return ERROR_NONE;
}

static const struct memory_range *range_of(uint64_t address)
{
	for (unsigned i = 0; i < machine.ram_count; i++)
		if (address - machine.ram[i].base < machine.ram[i].size)
			return &machine.ram[i];
	return NULL;
}

void machine_prefer_ram(uint64_t address)
{
	const struct memory_range *range = range_of(address);

	if (range == NULL)
		return;
	machine.ram_base = range->base;
	machine.word_places = range->size - sizeof(uint16_t);
}

bool memory_is_guests(uint64_t address)
{
	return range_of(address) && address - machine.hv_base >= machine.hv_size;
}

uint64_t memory_behind(uint64_t address)
{
	const struct memory_range *range = range_of(address);

	if (range == NULL || address - machine.hv_base < machine.hv_size)
		return 0;

	uint64_t end = range->base + range->size;

	return (address < machine.hv_base && machine.hv_base < end ? machine.hv_base : end) - address;
}

/* ---- registers ---- */

/* The fields of menvcfg that hv exposes (semantics 27). All other fields belong to hidden extensions. */
#define MENVCFG_EXPOSED                                                                                                \
	(MENVCFG_FIOM | MENVCFG_CBIE | MENVCFG_CBCFE | MENVCFG_CBZE | MENVCFG_ADUE | MENVCFG_PBMTE | MENVCFG_STCE)

/* The causes in medeleg that exist without the hypervisor extension: all except 10, 11, 14 and 16-23 (semantics
 * 23). */
#define MEDELEG_EXPOSED 0xb3ffull

/* Writes all ones to the CSR of @p slot, reads back the bits that the CSR has kept, and restores the old value of the
 * CSR. Sets *present to whether the machine has the CSR. @return the bits that the CSR has kept */
static uint64_t probe_mask(unsigned slot, bool *present)
{
	struct guarded old = csr_physical_read(slot), kept;

	*present = !old.error && !csr_physical_write(slot, ~0ull).error;
	if (!*present)
		return 0;
	kept = csr_physical_read(slot);
	(void)csr_physical_write(slot, old.value);
	return kept.value;
}

static bool exists(unsigned slot)
{
	return !csr_physical_read(slot).error;
}

static void probe_registers(void)
{
	bool present;

	machine.medeleg_mask = probe_mask(CSR_SLOT_medeleg, &present) & MEDELEG_EXPOSED;
	/* QEMU has medeleg and mideleg even without S-mode, but not satp. */
	machine.has_supervisor = present && exists(CSR_SLOT_mideleg) && exists(CSR_SLOT_satp);
	if (!machine.has_supervisor)
		return;

	machine.misa = csr_read(CSR_misa);
	csr_set(CSR_mstatus, MSTATUS_MPELP | MSTATUS_SEPARATE);
	machine.mstatus_mask = MSTATUS_VIRTUAL & ~(MSTATUS_UXL | MSTATUS_SXL | MSTATUS_MPELP | MSTATUS_SEPARATE);
	machine.mstatus_mask |= csr_read(CSR_mstatus) & (MSTATUS_MPELP | MSTATUS_SEPARATE);
	csr_clear(CSR_mstatus, MSTATUS_MPELP | MSTATUS_SEPARATE);
	machine.has_hypervisor = machine.misa & MISA('H');
	machine.menvcfg_mask = probe_mask(CSR_SLOT_menvcfg, &machine.has_menvcfg) & MENVCFG_EXPOSED;
	machine.mcounteren_mask = probe_mask(CSR_SLOT_mcounteren, &machine.has_mcounteren);
	machine.inhibit_mask = probe_mask(CSR_SLOT_mcountinhibit, &machine.has_mcountinhibit);
	(void)probe_mask(CSR_SLOT_senvcfg, &machine.has_senvcfg);
	machine.pc_mask = machine.misa & MISA('C') ? ~1ull : ~3ull;
	machine.cause_mask = probe_mask(CSR_SLOT_mcause, &present);
	machine.value_mask = probe_mask(CSR_SLOT_mtval, &present);
}

static bool instruction_exists(const struct thunk *thunk, const void *operand)
{
	return !guarded_call(0, thunk, (uint64_t)operand, csr_read(CSR_mstatus)).error;
}

static void probe_instructions(void)
{
	static uint64_t line[64] __attribute__((aligned(512))); /* at least as large as any cache block */

	machine.has_svinval = instruction_exists(sfence_w_inval_thunk, line);
	machine.has_zawrs = instruction_exists(wrs_nto_thunk, line);
	machine.has_zicboz = instruction_exists(cbo_thunks + CBO_ZERO, line);
	machine.has_zicbom = instruction_exists(cbo_thunks + CBO_FLUSH, line);
}

/* Writes a physical pmpaddr register under a guard, and returns the value that the register has afterwards. */
static struct guarded pmp_address_swap(unsigned entry, uint64_t value)
{
	struct guarded written = csr_physical_write(CSR_SLOT_pmpaddr + entry, value);

	return written.error ? written : csr_physical_read(CSR_SLOT_pmpaddr + entry);
}

/* Whether U-mode can read hv's memory while PMP entry 0 has @p config and address 0, and entry 1 allows reads
 * everywhere. */
static bool passes(uint64_t config)
{
	uint64_t status = field_set(MSTATUS_MPP, csr_read(CSR_mstatus), MODE_USER) | MSTATUS_MPRV, value;

	(void)csr_physical_write(CSR_SLOT_pmpcfg, config | field_set(PMPCFG_A, PMPCFG_R, PMP_NAPOT) << 8);
	pmp_fence();
	return guarded_load(status, (uint64_t)&machine, sizeof(value), &value) == ERROR_NONE;
}

/* Whether a TOR entry from 0 to 0 matches all addresses, as on QEMU. The manual says that it matches no address
 * (3.7.1.1). hv's own PMP checks do the same as the machine's PMP, because the machine's PMP decides about real
 * accesses. */
static bool tor_at_zero_matches(void)
{
	bool matches;

	csr_write(CSR_satp, 0);
	(void)csr_physical_write(CSR_SLOT_pmpaddr, 0);
	(void)csr_physical_write(CSR_SLOT_pmpaddr + 1, ~0ull);
	matches = passes(0) && !passes(field_set(PMPCFG_A, 0, PMP_TOR));
	(void)csr_physical_write(CSR_SLOT_pmpcfg, 0);
	return matches;
}

static void probe_pmp(unsigned limit, unsigned modules)
{
	unsigned count = 0;

	while (count < 64 && !csr_physical_read(CSR_SLOT_pmpaddr + count).error)
		count++;
	machine.pmp_machine = count;
	machine.pmp_locked = -1;
	for (unsigned i = 0; i < count && machine.pmp_locked < 0; i++)
		if (csr_physical_read(CSR_SLOT_pmpcfg + i / 8 * 2).value >> i % 8 * 8 & PMPCFG_L)
			machine.pmp_locked = (int)i;
	if (machine.pmp_locked >= 0)
		return;
	for (unsigned i = 0; i < count; i++) /* entries that exist only as read-only zeros do not count */
		if (pmp_address_swap(i, ~0ull).value == 0)
			count = i;
	machine.pmp_granule =
		count ? 4 * (csr_physical_read(CSR_SLOT_pmpaddr).value & -csr_physical_read(CSR_SLOT_pmpaddr).value)
		      : 4;
	machine.pmp_tor_at_zero_matches = count > 1 && tor_at_zero_matches();
	machine.pmp_used = count < limit ? count : limit;
	machine.pmp_modules = modules;

	unsigned own = PMP_OWN_ENTRIES + modules, left = machine.pmp_used > own ? machine.pmp_used - own : 0;

	machine.pmp_virtual = CONFIG_PMP_FEW && left ? PMP_FEW_VIRTUAL : left;
}

void machine_probe(unsigned pmp_limit, unsigned pmp_modules)
{
	probe_registers();
	if (!machine.has_supervisor)
		return;
	probe_instructions();
	probe_pmp(pmp_limit, pmp_modules);
}

/* Some hidden extensions have CSRs that restrict other modes, and these would still restrict the payload. This function
 * sets these CSRs so that they permit everything (semantics 27). */
static void open_gates(void)
{
	/* The CSRs from mstateen0 to hstateen3 follow each other in csr.def. */
	for (unsigned slot = CSR_SLOT_mstateen0; slot <= CSR_SLOT_hstateen3; slot++)
		(void)csr_physical_write(slot, ~0ull);
}

void machine_prepare_hart(void)
{
	open_gates();
	csr_write(CSR_medeleg, 0);
	csr_write(CSR_mideleg, 0);
	csr_write(CSR_satp, 0);
	if (machine.has_senvcfg)
		csr_write(CSR_senvcfg, 0);
	if (machine.has_mcountinhibit)
		csr_clear(CSR_mcountinhibit, COUNTER_CY | COUNTER_IR);
	csr_write(CSR_mstatus, (csr_read(CSR_mstatus) & (MSTATUS_SBE | MSTATUS_MBE | MSTATUS_SXL)) | MSTATUS_TW |
				       field_set(MSTATUS_UXL, 0, XLEN_64));
	csr_write(CSR_mie, IP_MSI | IP_MTI);
}
