/* Access to all FP and vector registers of the hart, for guests. Each function sets FS and VS to Dirty first, in the status
 * register of the world in which it runs. Registers that the hart does not have count as 0.
 * Included by the guests of this folder. */
#ifndef PAYLOADS_SWAPPER_REGISTERS_H
#define PAYLOADS_SWAPPER_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "payloads/runtime/csr.h"
#include "payloads/runtime/trap.h"

#define VECTOR_BYTES 128 /* VLEN of 1024 bits */
#define MSTATUS_VS (UINT64_C(3) << 9)
#define MISA_D BIT(3)
#define MISA_F BIT(5)
#define MISA_H BIT(7)
#define VTYPE_ILL BIT(63)
#define E16_M2 0x9 /* vtype */

/* What the hart has. registers_find() sets it. */
static struct {
	bool f, d;
	uint64_t vlenb;
} have;

struct registers {
	uint64_t f[32], fcsr, vl, vtype, vcsr, vstart;
	uint8_t v[32 * VECTOR_BYTES];
};

#define EACH(instruction)                                                                                              \
	".option push\n.option arch, +d\n"                                                                             \
	".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n" instruction  \
	" f\\n, 8*\\n(%0)\n.endr\n.option pop"

/** Finds out what the hart has. M-mode only. */
static inline void registers_find(void)
{
	uint64_t misa = csr_read(misa), old = csr_read(mstatus);
	have.f = misa & MISA_F;
	have.d = misa & MISA_D;
	csr_set(mstatus, MSTATUS_VS);
	trap_catch(trap_machine());
	uint64_t vlenb = 0;
	__asm__ volatile("csrr %0, 0xc22" : "+r"(vlenb));
	have.vlenb = trap_release(trap_machine()).count ? 0 : vlenb;
	csr_write(mstatus, old);
}

static inline void registers_turn_on(void)
{
	csr_set(sstatus, (have.f ? MSTATUS_FS : 0) | (have.vlenb ? MSTATUS_VS : 0));
}

static inline void registers_clear_copy(struct registers *registers)
{
	for (uint64_t i = 0; i < sizeof(*registers); i += 8)
		*(volatile uint64_t *)((char *)registers + i) = 0;
}

static inline void registers_read_float(struct registers *registers)
{
	if (have.d)
		__asm__ volatile(EACH("fsd")::"r"(registers->f) : "memory");
	else
		__asm__ volatile(EACH("fsw")::"r"(registers->f) : "memory");
	registers->fcsr = csr_read(0x003);
}

static inline void registers_read(struct registers *registers)
{
	registers_clear_copy(registers);
	registers_turn_on();
	if (have.f)
		registers_read_float(registers);
	if (!have.vlenb)
		return;
	registers->vstart = csr_read(0x008);
	registers->vl = csr_read(0xc20);
	registers->vtype = csr_read(0xc21);
	registers->vcsr = csr_read(0x00f);
	csr_write(0x008, 0);
	uint8_t *to = registers->v;
	__asm__ volatile(".option push\n.option arch, +v\n.irp n, 0,8,16,24\n"
			 "vs8r.v v\\n, (%0)\nadd %0, %0, %1\n.endr\n.option pop"
			 : "+r"(to)
			 : "r"(8 * have.vlenb)
			 : "memory");
	csr_write(0x008, registers->vstart);
}

static inline void registers_write(const struct registers *registers)
{
	registers_turn_on();
	if (have.d)
		__asm__ volatile(EACH("fld")::"r"(registers->f) : "memory");
	else if (have.f)
		__asm__ volatile(EACH("flw")::"r"(registers->f) : "memory");
	if (have.f)
		csr_write(0x003, registers->fcsr);
	if (!have.vlenb)
		return;
	csr_write(0x008, 0);
	const uint8_t *from = registers->v;
	__asm__ volatile(".option push\n.option arch, +v\n.irp n, 0,8,16,24\n"
			 "vl8re8.v v\\n, (%0)\nadd %0, %0, %1\n.endr\n"
			 "vsetvl x0, %2, %3\n.option pop"
			 : "+r"(from)
			 : "r"(8 * have.vlenb), "r"(registers->vl), "r"(registers->vtype)
			 : "memory");
	csr_write(0x00f, registers->vcsr);
	csr_write(0x008, registers->vstart);
}

/** Fills @p registers with values that depend on @p seed (1 to 15) and differ from one another, as far as the hart has the
 * registers. */
static inline void registers_pattern(struct registers *registers, uint64_t seed)
{
	registers_clear_copy(registers);
	for (uint64_t i = 0; i < 32 && have.f; i++)
		registers->f[i] = (seed << 56 | i << 48 | seed << 8 | i) & (have.d ? ~UINT64_C(0) : 0xffffffff);
	registers->fcsr = have.f ? seed : 0;
	if (!have.vlenb)
		return;
	for (uint64_t i = 0; i < 32 * have.vlenb; i++)
		registers->v[i] = (uint8_t)(seed * 16 + i * 7 + i / have.vlenb);
	registers->vl = 5;
	registers->vtype = E16_M2;
	registers->vcsr = 1 + seed % 4;
	registers->vstart = seed % 4;
}

static inline bool registers_equal(const struct registers *a, const struct registers *b)
{
	for (uint64_t i = 0; i < sizeof(*a); i++)
		if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
			return false;
	return true;
}

#endif
