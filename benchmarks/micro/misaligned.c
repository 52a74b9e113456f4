/* Measures a misaligned load and a misaligned store of a payload. QEMU carries them out itself, without a trap. But it traps
 * if the address of an lr.d or an AMO is misaligned, with the same causes. So this guest makes the hart execute an lr.d while
 * whoever handles the trap reads an ld at the same address: it changes the page table entry of its code from one page to
 * another one without an sfence.vma. The hart may then still use the old translation (Privileged ISA 12.2.1), and on QEMU it
 * does for fetches, because the payload's fetches and the loads of its handler with SUM = 1 have different TLBs.
 * Under icount, QEMU reports a misaligned AMO as a misaligned load. hv handles both causes by the same code, but OpenSBI
 * does not, so this guest needs an image with module offload.
 * This is the payload of OpenSBI. Started by start.S in S-mode. Ends the run through the test finisher. */
#include "benchmarks/micro/measure.h"
#include "benchmarks/micro/report.h"

int main(void);

#define PAGE 4096
#define LEAF UINT64_C(0xcf) /* V, R, W, X, A, D */
#define SV39 (UINT64_C(8) << 60)
#define SSTATUS_SUM (1 << 18)

typedef uint64_t table[PAGE / 8] __attribute__((aligned(PAGE)));
static table root, middle, leaves;
static uint32_t trapping[PAGE / 4] __attribute__((aligned(PAGE))), accessing[PAGE / 4] __attribute__((aligned(PAGE)));
static uint64_t words[4];

/* The virtual address of the code: one page at 4 GiB. */
#define CODE UINT64_C(0x100000000)

static uint64_t entry_of(const void *page)
{
	return (uint64_t)page >> 2 | LEAF;
}

static void turn_paging_on(void)
{
	for (unsigned i = 0; i < 4; i++)
		root[i] = (uint64_t)i << 28 | LEAF;
	root[CODE >> 30] = (uint64_t)middle >> 2 | 1;
	middle[0] = (uint64_t)leaves >> 2 | 1;
	__asm__ volatile("csrw satp, %0; sfence.vma; csrs sstatus, %1" ::"r"(SV39 | (uint64_t)root >> 12),
			 "r"(SSTATUS_SUM));
}

/* Maps CODE to `trapping` and executes it once, with an aligned address, so that the hart has this translation. Then maps
 * CODE to `accessing`, and executes it with the address in a4. t0 is the address of the page table entry, a1 and a2 are its
 * two values, and a3 is an aligned address. */
#define OPERATION "sd a1, (t0); sfence.vma; mv a5, a3; jalr ra, (s2); sd a2, (t0); mv a5, a4; jalr ra, (s2)"

#define REPETITIONS_HERE 50

static uint64_t cost(uint64_t address)
{
	register uint64_t t0 __asm__("t0") = (uint64_t)leaves;
	register uint64_t a1 __asm__("a1") = entry_of(trapping);
	register uint64_t a2 __asm__("a2") = entry_of(accessing);
	register uint64_t a3 __asm__("a3") = (uint64_t)words;
	register uint64_t a4 __asm__("a4") = address;
	register uint64_t s2 __asm__("s2") = CODE;
	uint64_t begin, end, left = REPETITIONS_HERE;

	__asm__ volatile("rdinstret %[begin]\n"
			 "1:	" OPERATION "\n"
			 "	addi %[left], %[left], -1\n"
			 "	bnez %[left], 1b\n"
			 "	rdinstret %[end]\n"
			 : [begin] "=&r"(begin), [end] "=&r"(end), [left] "+&r"(left)
			 : "r"(t0), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(s2)
			 : "a0", "a5", "ra", "memory");
	return end - begin;
}

/* Measures @p access to (a5), which is made instead of @p trap. */
static void measure(const char *name, uint32_t trap, uint32_t access)
{
	trapping[0] = trap;
	accessing[0] = access;
	trapping[1] = accessing[1] = 0x00008067; /* ret */
	__asm__ volatile("fence.i");
	(void)cost((uint64_t)words + 1);
	report_cost(name, cost((uint64_t)words + 1) - cost((uint64_t)words), REPETITIONS_HERE);
}

int main(void)
{
	turn_paging_on();
	measure("misaligned_load", 0x1007b52f, 0x0007b503);  /* lr.d a0, (a5); ld a0, 0(a5) */
	measure("misaligned_store", 0x0007b02f, 0x00a7b023); /* amoadd.d zero, zero, (a5); sd a0, 0(a5) */
	report_end();
}
