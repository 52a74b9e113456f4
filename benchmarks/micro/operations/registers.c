/* Measures an operation with each of the 32 registers as its operand, and reports the costs of the cheapest and of the
 * most expensive register. hv may need more instructions for registers that it has not saved. */
#include "benchmarks/micro/operations/generated.h"
#include "benchmarks/micro/operations/operations.h"
#include "benchmarks/micro/report.h"

#define REGISTERS 32u
#define T0 5u
#define T1 6u

#define MSTATUS 0x300
#define MIE 0x304
#define MSCRATCH 0x340

/* The address of mtime, split into the operand of lui and the offset of the load. */
#define MTIME_PAGE 0x0200c000u
#define MTIME_OFFSET (-8)

/* Measures the operations that @p make returns for each register @p number (0 to 31). */
static void measure(const char *least_name, const char *most_name,
		    struct generated (*make)(unsigned number, uint32_t csr), uint32_t csr)
{
	uint64_t least = UINT64_MAX, most = 0;

	for (unsigned number = 0; number < REGISTERS; number++) {
		struct generated operation = make(number, csr);
		uint64_t cost = generated_cost(&operation);

		least = cost < least ? cost : least;
		most = cost > most ? cost : most;
	}
	report_cost(least_name, least, GENERATED_REPETITIONS);
	report_cost(most_name, most, GENERATED_REPETITIONS);
}

static struct generated read_into(unsigned rd, uint32_t csr)
{
	return (struct generated){ .instruction = encode_csr(CSRRS, csr, rd, 0), .rd = rd, .counter = INSTRET };
}

static struct generated write_from(unsigned rs1, uint32_t csr)
{
	return (struct generated){
		.setup = { encode_csr(CSRRS, csr, rs1, 0) },
		.instruction = encode_csr(CSRRW, csr, 0, rs1),
		.rs1 = rs1,
		.counter = INSTRET,
	};
}

static struct generated load_into(unsigned rd, uint32_t unused)
{
	unsigned base = rd == T0 ? T1 : T0;

	(void)unused;
	return (struct generated){
		.setup = { encode_lui(base, MTIME_PAGE) },
		.instruction = encode_ld(rd, base, MTIME_OFFSET),
		.rd = rd,
		.rs1 = base,
		.counter = INSTRET,
	};
}

/* x0 cannot contain the CLINT's address, so T0 is measured instead of x0. */
static struct generated load_by(unsigned rs1, uint32_t unused)
{
	unsigned base = rs1 ? rs1 : T0;
	unsigned rd = base == T0 ? T1 : T0;

	(void)unused;
	return (struct generated){
		.setup = { encode_lui(base, MTIME_PAGE) },
		.instruction = encode_ld(rd, base, MTIME_OFFSET),
		.rd = rd,
		.rs1 = base,
		.counter = INSTRET,
	};
}

/* Returns a store of a deadline that never comes. A store of x0 would set a deadline in the past, so T1 is measured
 * instead of x0. */
static struct generated store_of(unsigned number, uint32_t unused)
{
	unsigned rs2 = number ? number : T1;
	unsigned base = rs2 == T0 ? T1 : T0;

	(void)unused;
	return (struct generated){
		.setup = { encode_lui(base, (uint32_t)CLINT_MTIMECMP), encode_li(rs2, -1) },
		.instruction = encode_sd(rs2, base, 0),
		.rs1 = base,
		.rs2 = rs2,
		.counter = INSTRET,
	};
}

#define MEASURE(name, make, csr) measure(name "_least", name "_most", make, csr)

void measure_registers(void)
{
	MEASURE("csr_read_mscratch_rd", read_into, MSCRATCH);
	MEASURE("csr_read_mie_rd", read_into, MIE);
	MEASURE("csr_read_mstatus_rd", read_into, MSTATUS);
	MEASURE("csr_write_mscratch_rs1", write_from, MSCRATCH);
	MEASURE("csr_write_mie_rs1", write_from, MIE);
	MEASURE("csr_write_mstatus_rs1", write_from, MSTATUS);
	MEASURE("clint_load_rd", load_into, 0);
	MEASURE("clint_load_rs1", load_by, 0);
	MEASURE("clint_store_rs2", store_of, 0);
	*(volatile uint64_t *)CLINT_MTIMECMP = NEVER;
}
