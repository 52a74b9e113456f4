/* The FP and vector registers of the host's hart. Like the instructions, the functions need FS or VS. */
#include "hv/arch/register_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/arch/csr_number.h"
#include "hv/arch/host_hart.h"
#include "hv/arch/isa.h"

#define REGISTERS 32
#define VTYPE_ILL FIELD(63, 1)

static void need(bool right)
{
	if (right)
		return;
	fprintf(stderr, "hv itself took an illegal instruction of the F, D or V extension\n");
	abort();
}

static void need_float(char extension)
{
	need((host_csr_read(CSR_mstatus) & MSTATUS_FS) && (host_csr_read(CSR_misa) & MISA(extension)));
}

static void need_vector(void)
{
	need((host_csr_read(CSR_mstatus) & MSTATUS_VS) && host_hart.vector_bytes && host_csr_read(CSR_vstart) == 0);
}

void float_save_double(uint64_t *registers)
{
	need_float('D');
	memcpy(registers, host_hart.float_registers, sizeof(host_hart.float_registers));
}

void float_save_single(uint64_t *registers)
{
	need_float('F');
	for (unsigned i = 0; i < REGISTERS; i++)
		memcpy(registers + i, host_hart.float_registers + i, sizeof(uint32_t));
}

void float_load_double(const uint64_t *registers)
{
	need_float('D');
	memcpy(host_hart.float_registers, registers, sizeof(host_hart.float_registers));
}

void float_load_single(const uint64_t *registers)
{
	need_float('F');
	for (unsigned i = 0; i < REGISTERS; i++)
		host_hart.float_registers[i] = registers[i] & UINT32_MAX;
}

void float_clear_double(void)
{
	need_float('D');
	memset(host_hart.float_registers, 0, sizeof(host_hart.float_registers));
}

void float_clear_single(void)
{
	need_float('F');
	memset(host_hart.float_registers, 0, sizeof(host_hart.float_registers));
}

void vector_save(uint8_t *registers)
{
	need_vector();
	memcpy(registers, host_hart.vector_registers, REGISTERS * host_hart.vector_bytes);
}

void vector_load(const uint8_t *registers)
{
	need_vector();
	memcpy(host_hart.vector_registers, registers, REGISTERS * host_hart.vector_bytes);
}

void vector_clear(void)
{
	need_vector();
	memset(host_hart.vector_registers, 0, sizeof(host_hart.vector_registers));
}

void vector_configure(uint64_t vl, uint64_t vtype)
{
	need_vector();
	host_hart.csr[CSR_vtype].value = vtype;
	host_hart.csr[CSR_vl].value = vtype & VTYPE_ILL ? 0 : vl;
	host_csr_write(CSR_vstart, 0);
}
