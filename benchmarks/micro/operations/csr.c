/* Measures reads and writes of every CSR in hv's list that the machine has. A write writes the present value of the
 * CSR, so that it changes nothing. The immediate forms can only write small numbers, so they are measured on CSRs where
 * such a number does no harm. */
#include <stddef.h>

#include "benchmarks/micro/operations/generated.h"
#include "benchmarks/micro/operations/operations.h"
#include "benchmarks/micro/report.h"

#define T0 5u
#define T1 6u

#define MSTATUS 0x300
#define MIE 0x304
#define MSCRATCH 0x340
#define MCYCLE 0xb00
#define MINSTRET 0xb02

#define LONGEST_NAME 48

/* One form of CSR access. Its operand is the present value of the CSR if own_value is true, and otherwise 0 or an
 * immediate. */
struct form {
	enum csr_form form;
	unsigned rd;
	unsigned rs1;
	bool own_value;
};

static const struct form read_form = { CSRRS, T0, 0, false };
static const struct form write_form = { CSRRW, 0, T1, true };
static const struct form swap_form = { CSRRW, T0, T1, true };
static const struct form set_form = { CSRRS, T0, T1, false };
static const struct form clear_form = { CSRRC, T0, T1, false };

/* The lowest and the highest cost in a group of CSRs. */
struct extent {
	uint64_t least;
	uint64_t most;
	bool any;
};

static struct generated operation_on(uint32_t csr, const struct form *form)
{
	bool immediate = form->form >= CSRRWI;
	struct generated operation = {
		.instruction = encode_csr(form->form, csr, form->rd, form->rs1),
		.rd = form->rd,
		.rs1 = immediate ? 0 : form->rs1,
		/* A write of minstret changes instret, so the cost of that write is measured with cycle instead. */
		.counter = csr == MINSTRET ? CYCLE : INSTRET,
	};

	if (operation.rs1)
		operation.setup[0] = form->own_value ? encode_csr(CSRRS, csr, form->rs1, 0) : encode_li(form->rs1, 0);
	return operation;
}

static void append(char *name, size_t *length, const char *text)
{
	while (*text && *length < LONGEST_NAME - 1)
		name[(*length)++] = *text++;
	name[*length] = '\0';
}

static void report_csr(const char *what, const char *csr, const char *which, uint64_t total)
{
	char name[LONGEST_NAME];
	size_t length = 0;

	append(name, &length, what);
	append(name, &length, csr);
	append(name, &length, which);
	report_cost(name, total, GENERATED_REPETITIONS);
}

static void measure_range(const char *what, const char *csr, uint32_t first, uint32_t count, const struct form *form)
{
	struct extent extent = { .any = false };

	for (uint32_t i = 0; i < count; i++) {
		struct generated operation = operation_on(first + i, form);

		if (!generated_exists(&operation))
			continue;

		uint64_t cost = generated_cost(&operation);

		extent.least = !extent.any || cost < extent.least ? cost : extent.least;
		extent.most = cost > extent.most ? cost : extent.most;
		extent.any = true;
	}
	if (!extent.any)
		return;
	report_csr(what, csr, "", extent.most);
	if (count > 1)
		report_csr(what, csr, "_least", extent.least);
}

static void measure_csr(const char *csr, uint32_t first, uint32_t count)
{
	measure_range("csr_read_", csr, first, count, &read_form);
	measure_range("csr_write_", csr, first, count, &write_form);
	measure_range("csr_swap_", csr, first, count, &swap_form);
	measure_range("csr_set_", csr, first, count, &set_form);
	measure_range("csr_clear_", csr, first, count, &clear_form);
}

/* Measures the immediate forms with the number 8. In mstatus this is the bit MIE, and in mie the bit MSIE. Setting
 * these bits is harmless, because no interrupt is pending. */
static void measure_immediates(const char *csr, uint32_t number)
{
	static const struct form write = { CSRRWI, T0, 8, false };
	static const struct form set = { CSRRSI, T0, 8, false };
	static const struct form clear = { CSRRCI, T0, 8, false };

	measure_range("csrrwi_", csr, number, 1, &write);
	measure_range("csrrsi_", csr, number, 1, &set);
	measure_range("csrrci_", csr, number, 1, &clear);
}

static void measure_short_names(void)
{
	struct generated operation = operation_on(MSCRATCH, &write_form);

	report_cost("csr_write", generated_cost(&operation), GENERATED_REPETITIONS);
	operation = operation_on(MSCRATCH, &read_form);
	report_cost("csr_read", generated_cost(&operation), GENERATED_REPETITIONS);
}

static void measure_unless_counter(const char *csr, uint32_t first, uint32_t count)
{
	if (first != MCYCLE && first != MINSTRET)
		measure_csr(csr, first, count);
}

#define CSR(number, name, lives) measure_unless_counter(#name, number, 1);
#define CSR_RANGE(first, name, count, lives) measure_unless_counter(#name, first, count);

void measure_csrs(void)
{
	measure_short_names();
#include "abi/csr.def"
	measure_immediates("mscratch", MSCRATCH);
	measure_immediates("mie", MIE);
	measure_immediates("mstatus", MSTATUS);
}

void measure_counter_csrs(void)
{
	measure_csr("mcycle", MCYCLE, 1);
	measure_csr("minstret", MINSTRET, 1);
}
