/* Guarded accesses. Each is one asm statement, so that nothing the compiler makes can fall between setting MPRV and
 * clearing it: the trap vector is the statement's own end, and mstatus is restored whole there (a trap leaves MPP = M,
 * MPRV = 1, and MDT = 1 where Smdbltrp is present). */
#include "hv/arch/access.h"

#include "hv/arch/csr.h"

#define GUARDED(instruction, ...)                                                                                      \
	__asm__ volatile("	la %[vector], 9f\n"                                                                    \
			 "	csrr %[old], mstatus\n"                                                                \
			 "	csrrw %[vector], mtvec, %[vector]\n"                                                   \
			 "	li %[ok], 0\n"                                                                         \
			 "	csrw mstatus, %[status]\n" instruction "	li %[ok], 1\n"                         \
			 "	.balign 4\n"                                                                           \
			 "9:	csrw mstatus, %[old]\n"                                                                \
			 "	csrw mtvec, %[vector]\n"                                                               \
			 : [ok] "=&r"(ok), [vector] "=&r"(vector), [old] "=&r"(previous), [value] "+&r"(content)       \
			 : [status] "r"(status), [address] "r"(address), ##__VA_ARGS__                                 \
			 : "memory")

bool guarded_load(uint64_t status, uint64_t address, unsigned width, uint64_t *value)
{
	uint64_t ok, vector, previous, content = 0;

	switch (width) {
	case 1:
		GUARDED("	lbu %[value], (%[address])\n");
		break;
	case 2:
		GUARDED("	lhu %[value], (%[address])\n");
		break;
	case 4:
		GUARDED("	lwu %[value], (%[address])\n");
		break;
	default:
		GUARDED("	ld %[value], (%[address])\n");
		break;
	}
	*value = content;
	return ok;
}

bool guarded_store(uint64_t status, uint64_t address, unsigned width, uint64_t value)
{
	uint64_t ok, vector, previous, content = value;

	switch (width) {
	case 1:
		GUARDED("	sb %[value], (%[address])\n");
		break;
	case 2:
		GUARDED("	sh %[value], (%[address])\n");
		break;
	case 4:
		GUARDED("	sw %[value], (%[address])\n");
		break;
	default:
		GUARDED("	sd %[value], (%[address])\n");
		break;
	}
	return ok;
}

#define AMO_CASE(funct5, name)                                                                                         \
	case (funct5) << 4 | 4:                                                                                        \
		GUARDED("	amo" name ".w.aqrl %[value], %[operand], (%[address])\n", [operand] "r"(operand));     \
		break;                                                                                                 \
	case (funct5) << 4 | 8:                                                                                        \
		GUARDED("	amo" name ".d.aqrl %[value], %[operand], (%[address])\n", [operand] "r"(operand));     \
		break

bool guarded_amo(uint64_t status, uint64_t address, unsigned width, unsigned funct5, uint64_t operand, uint64_t *old)
{
	uint64_t ok = 0, vector, previous, content = 0;

	switch (funct5 << 4 | width) {
		AMO_CASE(0x00, "add");
		AMO_CASE(0x01, "swap");
		AMO_CASE(0x04, "xor");
		AMO_CASE(0x08, "or");
		AMO_CASE(0x0c, "and");
		AMO_CASE(0x10, "min");
		AMO_CASE(0x14, "max");
		AMO_CASE(0x18, "minu");
		AMO_CASE(0x1c, "maxu");
	}
	*old = content;
	return ok;
}

#define CBO_CASE(number)                                                                                               \
	case number:                                                                                                   \
		GUARDED("	.insn i 0x0f, 2, x0, %[address], " #number "\n");                                      \
		break

bool guarded_cbo(uint64_t status, uint64_t address, unsigned operation)
{
	uint64_t ok = 0, vector, previous, content = 0;

	switch (operation) {
		CBO_CASE(0);
		CBO_CASE(1);
		CBO_CASE(2);
		CBO_CASE(4);
	}
	return ok;
}


#define HSTATUS_SPVP 0x100ul

bool guarded_guest_fetch(uint64_t address, bool user, uint64_t *value)
{
	uint64_t ok, vector, previous, content = 0, status, hstatus;

	__asm__ volatile("csrr %0, mstatus" : "=r"(status));
	__asm__ volatile("csrr %0, 0x600" : "=r"(hstatus));
	if (user)
		__asm__ volatile("csrc 0x600, %0" : : "r"(HSTATUS_SPVP));
	else
		__asm__ volatile("csrs 0x600, %0" : : "r"(HSTATUS_SPVP));
	GUARDED("	.insn r 0x73, 4, 0x32, %[value], %[address], x3\n");
	__asm__ volatile("csrw 0x600, %0" : : "r"(hstatus));
	*value = content;
	return ok;
}

/* f registers by index: a jump into a table of two instructions each. hv itself is built without F and D. */
#define FLOAT_TABLE(instruction)                                                                                       \
	"	.option push\n"                                                                                        \
	"	.option norvc\n"                                                                                       \
	"	.option arch, +d\n"                                                                                    \
	"	la %[target], 1f\n"                                                                                    \
	"	add %[target], %[target], %[offset]\n"                                                                 \
	"	jr %[target]\n"                                                                                        \
	"1:\n"                                                                                                         \
	"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"        \
	"	" instruction "\n"                                                                                     \
	"	j 2f\n"                                                                                                \
	"	.endr\n"                                                                                               \
	"2:\n"                                                                                                         \
	"	.option pop\n"

uint64_t float_register_read(unsigned index)
{
	uint64_t target, value;

	__asm__ volatile(FLOAT_TABLE("fmv.x.d %[value], f\\n")
			 : [target] "=&r"(target), [value] "=&r"(value)
			 : [offset] "r"(8ul * index));
	return value;
}

void float_register_write(unsigned index, uint64_t value)
{
	uint64_t target;

	__asm__ volatile(FLOAT_TABLE("fmv.d.x f\\n, %[value]")
			 : [target] "=&r"(target)
			 : [offset] "r"(8ul * index), [value] "r"(value));
}
