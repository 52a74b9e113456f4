/* The CSRs of the host's hart. A table holds the value of each CSR, its writable bits, and whether it is present. The
 * WARL rules that hv depends on are implemented by code. This file also records which fences and other statements were
 * executed. */
#include "hv/arch/host_hart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/arch/csr_number.h"
#include "hv/arch/isa.h"
#include "hv/arch/register_file.h"

#define STATEMENTS 64
#define MODE_RESERVED 2
#define CBIE_RESERVED 2
#define HYPERVISOR_INTERRUPTS 0x1444ull /* bits of mideleg that are always 1 with H (8.4.2) */
#define PMP_ADDRESS FIELD(0, 54)

struct host_hart host_hart;
uint64_t host_operands[2];

/* ---- statements ---- */

static struct {
	const char *text;
	unsigned count;
} statements[STATEMENTS];

void host_statement(const char *text, uint64_t a, uint64_t b)
{
	unsigned i = 0;

	while (statements[i].text && strcmp(statements[i].text, text) != 0)
		i++;
	statements[i].text = text;
	statements[i].count++;
	host_operands[0] = a;
	host_operands[1] = b;
}

unsigned host_statements(const char *text)
{
	for (unsigned i = 0; i < STATEMENTS && statements[i].text; i++)
		if (strcmp(statements[i].text, text) == 0)
			return statements[i].count;
	return 0;
}

/* ---- definition of the hart ---- */

static void define(unsigned number, uint64_t value, uint64_t writable)
{
	host_hart.csr[number] = (struct host_csr){ .value = value, .writable = writable, .present = true };
}

static void define_all(unsigned first, unsigned count, uint64_t writable)
{
	for (unsigned i = 0; i < count; i++)
		define(first + i, 0, writable);
}

void host_csr_remove(unsigned number)
{
	host_hart.csr[number].present = false;
}

void host_vectors(unsigned bytes)
{
	host_hart.vector_bytes = bytes;
	define(CSR_vstart, 0, bytes - 1);
	define(CSR_vcsr, 0, 7);
	define(CSR_vl, 0, 0);
	define(CSR_vtype, 0, 0);
}

void host_pmp_shape(unsigned entries, uint64_t granule)
{
	host_hart.pmp_entries = host_hart.pmp_usable = entries;
	host_hart.pmp_granule = granule;
	for (unsigned i = 0; i < 64; i++) {
		host_hart.csr[CSR_pmpaddr + i] = (struct host_csr){ .writable = PMP_ADDRESS, .present = i < entries };
		host_hart.csr[CSR_pmpcfg + i / 8 * 2] = (struct host_csr){ .writable = ~0ull, .present = i < entries };
	}
}

#define STATUS_WRITABLE                                                                                                \
	(MSTATUS_SIE | MSTATUS_MIE | MSTATUS_SPIE | MSTATUS_MPIE | MSTATUS_SPP | MSTATUS_VS | MSTATUS_MPP |            \
	 MSTATUS_FS | MSTATUS_MPRV | MSTATUS_SUM | MSTATUS_MXR | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR |              \
	 MSTATUS_UXL | MSTATUS_GVA | MSTATUS_MPV)

static void define_machine_registers(void)
{
	uint64_t letters = MISA('A') | MISA('C') | MISA('D') | MISA('F') | MISA('H') | MISA('I') | MISA('M') |
			   MISA('S') | MISA('U');

	define(CSR_mstatus, field_set(MSTATUS_UXL | MSTATUS_SXL, 0, XLEN_64 << 2 | XLEN_64), STATUS_WRITABLE);
	define(CSR_misa, XLEN_64 << 62 | letters, 0);
	define(CSR_medeleg, 0, 0xf0b5ff);
	define(CSR_mideleg, 0, IP_S_BITS);
	host_hart.csr[CSR_mideleg].ones = HYPERVISOR_INTERRUPTS;
	define(CSR_mie, 0, IP_S_BITS | IP_M_BITS | HYPERVISOR_INTERRUPTS);
	define(CSR_mip, 0, IP_S_BITS);
	define(CSR_mtvec, 0, ~TVEC_MODE | 1);
	define(CSR_mcounteren, 0, FIELD(0, 32));
	define(CSR_menvcfg, MENVCFG_ADUE,
	       MENVCFG_FIOM | MENVCFG_CBIE | MENVCFG_CBCFE | MENVCFG_CBZE | MENVCFG_ADUE | MENVCFG_PBMTE |
		       MENVCFG_STCE);
	define(CSR_mcountinhibit, 0, FIELD(0, 32) & ~COUNTER_TM);
	define(CSR_mscratch, 0, ~0ull);
	define(CSR_mepc, 0, ~1ull);
	define(CSR_mcause, 0, ~0ull);
	define(CSR_mtval, 0, ~0ull);
	define(CSR_mcycle, 0, ~0ull);
	define(CSR_minstret, 0, ~0ull);
	define_all(CSR_mhpmcounter, 16, ~0ull);
	define_all(CSR_mhpmevent, 29, ~0ull);
	define_all(CSR_mvendorid, 5, 0);
	define(CSR_hstatus, 0, ~0ull);
	define(CSR_fcsr, 0, 0xff);
}

static void define_supervisor_registers(void)
{
	define(CSR_stvec, 0, ~TVEC_MODE | 1);
	define(CSR_scounteren, 0, FIELD(0, 32));
	define(CSR_senvcfg, 0, MENVCFG_FIOM | MENVCFG_CBIE | MENVCFG_CBCFE | MENVCFG_CBZE);
	define(CSR_sscratch, 0, ~0ull);
	define(CSR_sepc, 0, ~1ull);
	define(CSR_scause, 0, ~0ull);
	define(CSR_stval, 0, ~0ull);
	define(CSR_stimecmp, 0, ~0ull);
	define(CSR_satp, 0, ~0ull);
	define_all(CSR_cycle, 3, 0);
	define_all(CSR_hpmcounter, 16, 0);
}

void host_hart_reset(void)
{
	memset(statements, 0, sizeof(statements));
	host_hart = (struct host_hart){
		.step = 1,
		.uxl_kept = 1u << XLEN_64,
		.satp_modes = 1u << SATP_BARE | 1u << SATP_SV39 | 1u << SATP_SV48 | 1u << SATP_SV57,
		.has_svinval = true,
		.has_zawrs = true,
		.has_zicbom = true,
		.has_zicboz = true,
	};
	define_machine_registers();
	define_supervisor_registers();
	host_pmp_shape(16, 4);
}

/* ---- reads ---- */

static void advance(unsigned number, uint64_t inhibit)
{
	if (!(host_hart.csr[CSR_mcountinhibit].value & inhibit))
		host_hart.csr[number].value += host_hart.step;
}

static uint64_t read_counter(unsigned number)
{
	advance(CSR_mcycle, COUNTER_CY);
	advance(CSR_minstret, COUNTER_IR);
	advance(CSR_time, 0);
	return host_hart.csr[number].value;
}

/* If the granularity is above 4 bytes, the low bits of pmpaddr read as ones if A is NA4 or NAPOT, and as zeros
 * otherwise (3.7.1.1). */
static uint64_t read_pmp_address(unsigned entry)
{
	uint64_t value = host_hart.csr[CSR_pmpaddr + entry].value, units = host_hart.pmp_granule / 4;
	uint64_t config = host_hart.csr[CSR_pmpcfg + entry / 8 * 2].value >> entry % 8 * 8;

	if (entry >= host_hart.pmp_usable)
		return 0;
	return field_get(PMPCFG_A, config) >= PMP_NA4 ? value | (units / 2 ? units / 2 - 1 : 0) : value & ~(units - 1);
}

static uint64_t status_dirty(uint64_t status)
{
	bool dirty = field_get(MSTATUS_FS, status) == FS_DIRTY || field_get(MSTATUS_VS, status) == FS_DIRTY;

	return field_set(MSTATUS_SD, status, dirty);
}

static uint64_t read_present(unsigned number)
{
	const struct host_csr *csr = &host_hart.csr[number];

	if (number >= CSR_pmpaddr && number < CSR_pmpaddr + 64)
		return read_pmp_address(number - CSR_pmpaddr);
	switch (number) {
	case CSR_mstatus:
		return status_dirty(csr->value);
	case CSR_mip:
		return csr->value | host_hart.wires;
	case CSR_mcycle:
	case CSR_cycle:
		return read_counter(CSR_mcycle);
	case CSR_minstret:
	case CSR_instret:
		return read_counter(CSR_minstret);
	case CSR_time:
		return read_counter(CSR_time);
	default:
		return csr->value | csr->ones;
	}
}

/* ---- writes; the caller has checked that the CSR is present ---- */

static uint64_t legal_status(uint64_t old, uint64_t value)
{
	uint64_t kept = 0;

	if (field_get(MSTATUS_MPP, value) == MODE_RESERVED)
		kept |= MSTATUS_MPP;
	if (!(host_hart.uxl_kept >> field_get(MSTATUS_UXL, value) & 1))
		kept |= MSTATUS_UXL;
	return field_merge(kept, value, old);
}

static uint64_t legal_pmp_config(uint64_t old, uint64_t value)
{
	uint64_t locked = 0;

	for (unsigned i = 0; i < 64; i += 8)
		if (old >> i & PMPCFG_L)
			locked |= 0xffull << i;
	return field_merge(locked, value, old) & 0x9f9f9f9f9f9f9f9full;
}

static uint64_t legal(unsigned number, uint64_t old, uint64_t value)
{
	if (number == CSR_mstatus)
		return legal_status(old, value);
	if (number == CSR_satp && !(host_hart.satp_modes >> field_get(SATP_MODE, value) & 1))
		return old;
	if (number == CSR_senvcfg && field_get(MENVCFG_CBIE, value) == CBIE_RESERVED)
		return field_merge(MENVCFG_CBIE, value, old);
	if (number >= CSR_pmpcfg && number < CSR_pmpcfg + 16)
		return legal_pmp_config(old, value);
	if (number == CSR_mip && (host_hart.csr[CSR_menvcfg].value & MENVCFG_STCE))
		return field_merge(IP_STI, value, old);
	return value;
}

static void write_present(unsigned number, uint64_t value)
{
	struct host_csr *csr = &host_hart.csr[number];

	csr->value = field_merge(csr->writable, csr->value, legal(number, csr->value, value));
}

/* ---- instructions ---- */

/* Whether mstatus lets the hart access the CSR: with FS or VS Off, those of the FP and vector extensions trap, too
 * (3.1.6.6). */
static bool is_on(unsigned number)
{
	uint64_t status = host_hart.csr[CSR_mstatus].value;

	if (number == CSR_fcsr)
		return status & MSTATUS_FS;
	if (number == CSR_vstart || number == CSR_vcsr || number == CSR_vl || number == CSR_vtype)
		return status & MSTATUS_VS;
	return true;
}

static void must_be_present(unsigned number, bool writes)
{
	if (host_hart.csr[number].present && !(writes && number >> 10 == 3) && is_on(number))
		return;
	fprintf(stderr, "hv itself took an illegal instruction: CSR 0x%x\n", number);
	abort();
}

uint64_t host_csr_read(unsigned number)
{
	must_be_present(number, false);
	return read_present(number);
}

void host_csr_write(unsigned number, uint64_t value)
{
	must_be_present(number, true);
	write_present(number, value);
}

uint64_t host_csr_swap(unsigned number, uint64_t value)
{
	uint64_t old = host_csr_read(number);

	host_csr_write(number, value);
	return old;
}

/* csrrs and csrrc change only the bits of mip that software can write. They do not write the state of interrupt wires
 * back to these bits (3.1.9). */
void host_csr_set(unsigned number, uint64_t mask)
{
	must_be_present(number, true);
	write_present(number, host_hart.csr[number].value | mask);
}

void host_csr_clear(unsigned number, uint64_t mask)
{
	must_be_present(number, true);
	write_present(number, host_hart.csr[number].value & ~mask);
}

#define WRONG_PC 0xbad0ull

void host_trap(uint64_t cause, uint64_t value)
{
	write_present(CSR_mcause, cause);
	write_present(CSR_mtval, value);
	write_present(CSR_mepc, WRONG_PC);
}
