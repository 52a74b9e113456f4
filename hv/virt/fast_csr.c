/* A fast path for each CSR of csr.def, reached through a table by index. Each path reads the CSR, computes the new
 * value, and writes it in place. If a write needs more work, or might make an interrupt due, the path jumps to step_csr
 * before it has changed anything. Look at the disassembly after any change: there must be no stack frame and no
 * call. */
#include "hv/virt/fast_csr.h"

#include "hv/arch/fence.h"
#include "hv/arch/thunk.h"
#include "hv/virt/csr_read.h"
#include "hv/virt/transition.h"

#define OPERATION(word) ((word) >> 12 & 3)
#define NUMBER(word) ((word) >> 20)

PART_OF_FAST_PATH bool fast_reads(uint32_t word)
{
	return OPERATION(word) != CSR_OPERATION_WRITE || (word >> 7 & 31) != 0;
}

/* Whether virtual MIE is 0. If it is 1, a write may make an interrupt due. If it is 0, the firmware takes no
 * interrupt, and a change of virtual mie does not change physical mie. */
PART_OF_FAST_PATH bool interrupts_are_off(const struct vcpu *vcpu)
{
	return !(vcpu->mstatus & MSTATUS_MIE);
}

/* ---- writes; each returns false if step_csr has to do the write, and then it has changed nothing ---- */

PART_OF_FAST_PATH bool fast_write_misa(struct vcpu *vcpu, uint64_t value)
{
	(void)vcpu, (void)value; /* the CSR is WARL, and hv keeps it constant */
	return true;
}

PART_OF_FAST_PATH bool fast_write_medeleg(struct vcpu *vcpu, uint64_t value)
{
	vcpu->medeleg = value & machine.medeleg_mask;
	return true;
}

PART_OF_FAST_PATH bool fast_write_mideleg(struct vcpu *vcpu, uint64_t value)
{
	if (!interrupts_are_off(vcpu))
		return false;
	csr_write(CSR_mideleg, value & IP_S_BITS);
	return true;
}

PART_OF_FAST_PATH bool fast_write_mie(struct vcpu *vcpu, uint64_t value)
{
	if (!interrupts_are_off(vcpu))
		return false;
	vcpu->mie = value & (IP_S_BITS | IP_M_BITS);
	return true;
}

PART_OF_FAST_PATH bool fast_write_sie(struct vcpu *vcpu, uint64_t value)
{
	return fast_write_mie(vcpu, field_merge(csr_read(CSR_mideleg) & IP_S_BITS, vcpu->mie, value));
}

PART_OF_FAST_PATH bool fast_write_sip(struct vcpu *vcpu, uint64_t value)
{
	/* All other bits are read-only in sip. The write makes no interrupt due, because the firmware takes no
	 * delegated interrupt. */
	uint64_t writable = csr_read(CSR_mideleg) & IP_SSI;

	(void)vcpu;
	csr_clear(CSR_mip, writable & ~value);
	csr_set(CSR_mip, writable & value);
	return true;
}

PART_OF_FAST_PATH bool fast_write_mtvec(struct vcpu *vcpu, uint64_t value)
{
	vcpu->mtvec = legal_mtvec(vcpu->mtvec, value);
	return true;
}

PART_OF_FAST_PATH bool fast_write_mcounteren(struct vcpu *vcpu, uint64_t value)
{
	if (vcpu->counters_withheld)
		return false;
	vcpu->mcounteren = value & machine.mcounteren_mask;
	csr_write(CSR_mcounteren, vcpu->mcounteren);
	return true;
}

/* Leaves a change of ADUE or PBMTE to step_csr, because it needs fences. */
PART_OF_FAST_PATH bool fast_write_menvcfg(struct vcpu *vcpu, uint64_t value)
{
	uint64_t old = csr_read(CSR_menvcfg);

	(void)vcpu;
	if ((old ^ value) & machine.menvcfg_mask & (MENVCFG_ADUE | MENVCFG_PBMTE))
		return false;
	csr_write(CSR_menvcfg, field_merge(machine.menvcfg_mask, old, value));
	return true;
}

PART_OF_FAST_PATH bool fast_write_mcountinhibit(struct vcpu *vcpu, uint64_t value)
{
	uint64_t inhibit = value & machine.inhibit_mask;

	if ((inhibit ^ vcpu->mcountinhibit) & (COUNTER_CY | COUNTER_IR))
		return false;
	csr_write(CSR_mcountinhibit, inhibit & ~(COUNTER_CY | COUNTER_IR));
	return true;
}

PART_OF_FAST_PATH bool fast_write_satp(struct vcpu *vcpu, uint64_t value)
{
	csr_write(CSR_satp, vcpu->satp); /* the hardware decides which values are legal, as in csr_write_satp */
	csr_write(CSR_satp, value);
	vcpu->satp = csr_swap(CSR_satp, 0);
	return true;
}

PART_OF_FAST_PATH bool fast_write_senvcfg(struct vcpu *vcpu, uint64_t value)
{
	csr_write(CSR_senvcfg, vcpu->senvcfg);
	csr_write(CSR_senvcfg, value);
	vcpu->senvcfg = csr_swap(CSR_senvcfg, 0);
	return true;
}

/* All fields of sstatus live in the hardware, except UXL, which is constant, and those of MSTATUS_SEPARATE. */
PART_OF_FAST_PATH bool fast_write_sstatus(struct vcpu *vcpu, uint64_t value)
{
	uint64_t physical = csr_read(CSR_mstatus) & ~MSTATUS_SEPARATE;

	if (CONFIG_HIDE_EXTENSION_STATE)
		vcpu->mstatus = field_merge(MSTATUS_SEPARATE & machine.mstatus_mask, vcpu->mstatus, value);
	csr_write(CSR_mstatus, field_merge(MSTATUS_HARDWARE & SSTATUS_VIEW, physical, value));
	return true;
}

#define FAST_CSR(name)                                                                                                 \
	static void fast_csr_##name(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)                   \
	{                                                                                                              \
		const uint64_t hidden = csr_hidden_bits(CSR_INDEX_##name);                                             \
		uint64_t real, old;                                                                                    \
                                                                                                                       \
		if (csr_read_##name(vcpu, 0, &real) != ERROR_NONE)                                                     \
			return trap_step_csr(vcpu, word, pc, operand);                                                 \
		old = real & ~hidden;                                                                                  \
		if (fast_writes(word) &&                                                                               \
		    !fast_write_##name(                                                                                \
			    vcpu, field_merge(hidden, csr_operation_result(OPERATION(word), old, operand), real)))     \
			return trap_step_csr(vcpu, word, pc, operand);                                                 \
		return fast_finish_csr(vcpu, word, pc, old);                                                           \
	}

FAST_CSR(misa)
FAST_CSR(medeleg)
FAST_CSR(mideleg)
FAST_CSR(mie)
FAST_CSR(mtvec)
FAST_CSR(mcounteren)
FAST_CSR(menvcfg)
FAST_CSR(mcountinhibit)
FAST_CSR(sstatus)
FAST_CSR(sie)
FAST_CSR(senvcfg)
FAST_CSR(sip)
FAST_CSR(satp)

/* ---- counters: a write makes the virtual counter differ from the physical one (semantics 24) ---- */

PART_OF_FAST_PATH void fast_counter(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand, uint64_t old,
				    struct counter *counter, uint64_t physical)
{
	uint64_t value = csr_operation_result(OPERATION(word), old, operand);

	*counter = (struct counter){ .offset = value - physical, .frozen = value };
	transition_update_counters(vcpu);
	return fast_finish_csr(vcpu, word, pc, old);
}

/* Every machine has mcycle and minstret, so the read cannot fail. */
#define FAST_COUNTER(name, counter)                                                                                    \
	static void fast_csr_##name(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)                   \
	{                                                                                                              \
		uint64_t old = 0;                                                                                      \
                                                                                                                       \
		if (fast_reads(word))                                                                                  \
			IGNORE_ERROR(csr_read_##name(vcpu, 0, &old));                                                  \
		if (!fast_writes(word))                                                                                \
			return fast_finish_csr(vcpu, word, pc, old);                                                   \
		if (NUMBER(word) >> 10 == 3) /* cycle and instret are read-only */                                     \
			return trap_step_csr(vcpu, word, pc, operand);                                                 \
		return fast_counter(vcpu, word, pc, operand, old, &vcpu->counter, csr_read(CSR_##name));               \
	}

FAST_COUNTER(mcycle, cycle)
FAST_COUNTER(minstret, instret)
#define fast_csr_cycle fast_csr_mcycle
#define fast_csr_instret fast_csr_minstret

/* ---- mstatus ---- */

/* The fields of virtual mstatus that live in the hardware and are visible to the firmware. */
#define VISIBLE_HARDWARE (MSTATUS_HARDWARE & ~CONFIG_HIDDEN_MSTATUS)
/* The fields of virtual mstatus that struct vcpu holds and that the firmware may write. */
#define VISIBLE_WRITABLE (machine.mstatus_mask & ~CONFIG_HIDDEN_MSTATUS)

/* What the firmware reads from mstatus while physical mstatus is @p physical. */
PART_OF_FAST_PATH uint64_t fast_mstatus(const struct vcpu *vcpu, uint64_t physical)
{
	return transition_mstatus_of(vcpu, physical) & ~CONFIG_HIDDEN_MSTATUS;
}

/* Handles a write of mstatus that changes MIE or involves MPRV. Such a write may change the PMP view, and it changes
 * physical mie. A write that a module's hook sees goes to the slow tier, because the hook may use all registers. */
STEP_OF_FAST_PATH void fast_mstatus_rare(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	uint64_t physical = csr_read(CSR_mstatus) & ~MSTATUS_SEPARATE;
	uint64_t old = fast_mstatus(vcpu, physical);
	uint64_t value = csr_operation_result(OPERATION(word), old, operand);
	uint64_t status = field_merge(VISIBLE_WRITABLE, vcpu->mstatus, value);
	bool armed = (status & MSTATUS_MPRV) && field_get(MSTATUS_MPP, status) != MODE_MACHINE;
	enum pmp_view view = armed ? PMP_VIEW_MPRV : PMP_VIEW_FIRMWARE;

	if (value & CONFIG_REPORTED_MSTATUS)
		return trap_slow(vcpu);
	if (field_get(MSTATUS_MPP, value) == 2 || !fast_pmp_ready(vcpu, view))
		return trap_step_csr(vcpu, word, pc, operand);
	if ((status & MSTATUS_MIE) && (transition_mip(vcpu) & vcpu->mie & ~(csr_read(CSR_mideleg) & IP_S_BITS)))
		return trap_step_csr(vcpu, word, pc, operand); /* the interrupt has to be taken */
	vcpu->mstatus = status;
	csr_write(CSR_mstatus, field_merge(VISIBLE_HARDWARE, physical, value));
	if (armed != vcpu->mprv_armed) {
		vcpu->mprv_armed = armed;
		fast_pmp_install(vcpu, view);
	}
	csr_write(CSR_mie, transition_firmware_enables(vcpu));
	return fast_finish_csr(vcpu, word, pc, old);
}

/* Handles mstatus. If MIE does not change, and MPRV is 0 before and after the write, then no interrupt can become due
 * and MPRV cannot become armed. For any other write, this function jumps to fast_mstatus_rare. */
static void fast_csr_mstatus(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	uint64_t physical = csr_read(CSR_mstatus) & ~MSTATUS_SEPARATE;
	uint64_t old = fast_mstatus(vcpu, physical);

	if (fast_writes(word)) {
		uint64_t value = csr_operation_result(OPERATION(word), old, operand);

		if (((old ^ value) & MSTATUS_MIE) || ((old | value) & (MSTATUS_MPRV | CONFIG_REPORTED_MSTATUS)) ||
		    field_get(MSTATUS_MPP, value) == 2)
			return fast_mstatus_rare(vcpu, word, pc, operand);
		vcpu->mstatus = field_merge(VISIBLE_WRITABLE, vcpu->mstatus, value);
		csr_write(CSR_mstatus, field_merge(VISIBLE_HARDWARE, physical, value));
	}
	return fast_finish_csr(vcpu, word, pc, old);
}

/* Handles mip. hv applies the same operation to the S bits in physical mip (semantics 1). */
static void fast_csr_mip(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	uint64_t old = 0;

	if (word >> 7 & 31)
		old = transition_mip(vcpu) & ~(CONFIG_HIDDEN_MIP | CONFIG_HIDDEN_MIP_READS);
	if (fast_writes(word)) {
		if (!interrupts_are_off(vcpu))
			return trap_step_csr(vcpu, word, pc, operand);
		transition_apply_mip(OPERATION(word), operand, CONFIG_HIDDEN_MIP);
	}
	return fast_finish_csr(vcpu, word, pc, old);
}

/* ---- PMP ---- */

/* Writes the same record for virtual entry @p entry as the function trace_entry of pmp.c does. trace_fits_pmp must have
 * returned true. */
PART_OF_FAST_PATH void fast_pmp_record(struct vcpu *vcpu, unsigned entry)
{
	struct tracer *tracer = vcpu->tracer;

	if (!trace_is_on(tracer, TRACE_PMP))
		return;

	uint64_t now = trace_clock(), config = (uint8_t)(vcpu->pmp.virtual_config[entry / 8] >> entry % 8 * 8);
	uint64_t address = thunk_csr_read(CSR_SLOT_pmpaddr + vcpu->pmp.first_virtual + entry) << 2;

	trace_put_pmp(tracer, now, (struct trace_pmp){ .entry = entry, .config = config, .address = address });
}

/* Writes a record for each entry of pmpcfg register @p i that has a byte other than 0 in @p changed. */
PART_OF_FAST_PATH void fast_pmp_records(struct vcpu *vcpu, uint64_t i, uint64_t changed)
{
	for (unsigned entry = 8 * (unsigned)i; CONFIG_TRACE && changed; entry++, changed >>= 8)
		if (changed & 0xff)
			fast_pmp_record(vcpu, entry);
}

/* Handles pmpcfg. A write changes the firmware's view immediately. It marks the other views as stale, and hv computes
 * them again before it next installs them. */
static void fast_csr_pmpcfg(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	struct pmp *pmp = &vcpu->pmp;
	uint64_t i = word >> 21 & 1;

	if (CONFIG_PMP_FEW || (NUMBER(word) & ~2u) != CSR_pmpcfg) /* hv does not start with fewer than 16 entries */
		return trap_step_csr(vcpu, word, pc, operand);

	uint64_t old = pmp->virtual_config[i];

	uint64_t value = fast_writes(word) ? csr_operation_result(OPERATION(word), old, operand) : old;

	if (value != old) {
		uint64_t legal = pmp_legal_config(old, value, pmp->granule) & pmp->implemented[i];

		if (legal != old) {
			if (pmp->words > 2 || pmp->current != PMP_VIEW_FIRMWARE || !trace_fits_pmp(vcpu->tracer, 8))
				return trap_step_csr(vcpu, word, pc, operand);
			pmp->virtual_config[i] = legal;
			pmp->locked |= legal & PMP_BYTES(PMPCFG_L);
			pmp->unbound = false;
			pmp->stale[PMP_VIEW_MPRV] = pmp->stale[PMP_VIEW_PAYLOAD] = true;
			pmp->stale[PMP_VIEW_REDIRECTED] = true;
			pmp_place(pmp, PMP_VIEW_FIRMWARE, i);
			fence_compiler(); /* gcc 14 runs out of registers if it moves code across this point */
			fast_pmp_install(vcpu, PMP_VIEW_FIRMWARE);
			fast_pmp_records(vcpu, i, old ^ legal);
		}
	}
	return fast_finish_csr(vcpu, word, pc, old);
}

/* Handles pmpaddr. If no entry is locked, no address is locked either. The physical entry is known to exist,
 * because pmp_reset has written it. */
static void fast_csr_pmpaddr(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	struct pmp *pmp = &vcpu->pmp;
	unsigned entry = NUMBER(word) - CSR_pmpaddr, slot = CSR_SLOT_pmpaddr + pmp->first_virtual + entry;

	if (CONFIG_PMP_FEW) /* no physical register holds the value */
		return trap_step_csr(vcpu, word, pc, operand);
	if (entry >= machine.pmp_virtual) /* if the machine has such a register, it reads 0 and ignores writes */
		return entry < machine.pmp_machine ? fast_finish_csr(vcpu, word, pc, 0)
						   : trap_step_csr(vcpu, word, pc, operand);
	if (!fast_writes(word))
		return fast_finish_csr(vcpu, word, pc, thunk_csr_read(slot));
	if (pmp->locked || pmp->address_changed || pmp->stale[pmp->current] || !trace_fits_pmp(vcpu->tracer, 1))
		return trap_step_csr(vcpu, word, pc, operand);

	uint64_t old = fast_reads(word) ? thunk_csr_read(slot) : 0;

	thunk_csr_write(slot, csr_operation_result(OPERATION(word), old, operand) & PMPADDR_ADDRESS);
	pmp->unbound = false;
	pmp_fence();
	fast_pmp_record(vcpu, entry);
	return fast_finish_csr(vcpu, word, pc, old);
}

/* ---- CSRs that live in the hardware ---- */

PART_OF_FAST_PATH bool is_noted(const uint64_t *noted, unsigned slot)
{
	return noted[slot / 64] >> slot % 64 & 1;
}

/* Accesses the physical CSR of @p slot if an earlier guarded access has found that it exists. */
PART_OF_FAST_PATH void fast_hardware(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand, unsigned slot)
{
	bool reads = fast_reads(word), writes = fast_writes(word);
	uint64_t old = 0;

	if ((reads && !is_noted(vcpu->csr_readable, slot)) || (writes && !is_noted(vcpu->csr_writable, slot)))
		return trap_step_csr(vcpu, word, pc, operand);
	if (reads)
		old = thunk_csr_read(slot);
	if (writes)
		thunk_csr_write(slot, csr_operation_result(OPERATION(word), old, operand));
	return fast_finish_csr(vcpu, word, pc, old);
}

/* For each index of a CSR: the slot of the CSR minus its number. */
#define BIAS_MEMORY(number, name) 0
#define BIAS_HARDWARE(number, name) CSR_SLOT_##name - (number)
#define BIAS_CONSTANT BIAS_HARDWARE
#define BIAS_CODE BIAS_HARDWARE
#define BIAS_HIDDEN BIAS_MEMORY
static const int16_t slot_bias[CSR_INDEX_UNKNOWN] = {
#define CSR(number, name, lives) [CSR_INDEX_##name] = BIAS_##lives(number, name),
#define CSR_RANGE(first, name, count, lives) CSR(first, name, lives)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
};

static void fast_csr_in_hardware(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	unsigned number = NUMBER(word);

	return fast_hardware(vcpu, word, pc, operand, number + (unsigned)slot_bias[csr_index_of(number)]);
}

/* mhartid has a separate path, because firmwares read it very often and every machine has it. */
static void fast_csr_mhartid(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	if (fast_writes(word))
		return trap_step_csr(vcpu, word, pc, operand);
	return fast_finish_csr(vcpu, word, pc, csr_read(CSR_mhartid));
}

/* The numbers of these CSRs make them read-only, so their bits in csr_writable are never set. */
#define fast_csr_time fast_csr_in_hardware
#define fast_csr_hpmcounter fast_csr_in_hardware

/* Handles the numbers without a CSR, and the CSRs that modules guard. Guarded accesses go to the slow tier, because the
 * hook of a module may use all registers of the guest. */
static void fast_csr_unknown(struct vcpu *vcpu, uint32_t word, uint64_t pc, uint64_t operand)
{
	if (csr_is_guarded(NUMBER(word)))
		return trap_slow(vcpu);
	return trap_step_csr(vcpu, word, pc, operand);
}

#define PATH(name, path) [CSR_INDEX_##name - CSR_MEMORY_COUNT] = (path),
#define PATH_MEMORY(name)
#define PATH_HARDWARE(name) PATH(name, fast_csr_in_hardware)
#define PATH_CONSTANT(name) PATH(name, CSR_INDEX_##name == CSR_INDEX_mhartid ? fast_csr_mhartid : fast_csr_in_hardware)
#define PATH_CODE(name) PATH(name, fast_csr_##name)
#define PATH_HIDDEN(name) PATH(name, fast_csr_unknown)
fast_csr *const fast_csr_table[FAST_CSR_PATHS] = {
#define CSR(number, name, lives) PATH_##lives(name)
#define CSR_RANGE(first, name, count, lives) CSR(first, name, lives)
#include "abi/csr.def"
#undef CSR
#undef CSR_RANGE
	[CSR_INDEX_UNKNOWN - CSR_MEMORY_COUNT] = fast_csr_unknown,
};
