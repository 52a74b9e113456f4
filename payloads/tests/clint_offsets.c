/* Accesses every offset in the CLINT that is near a register, with every width and every kind of access. Under hv, the
 * same accesses must fault as on the bare machine, and loads must return the same values. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define FAR (~UINT64_C(0) >> 1)

enum kind { LOAD, STORE, ADD, SWAP, KINDS };

static const char *const kinds[KINDS] = { "load", "store", "amoadd", "amoswap" };

#define LOAD_AS(instruction) __asm__ volatile(instruction " %0, 0(%1)" : "+r"(value) : "r"(address) : "memory")
#define STORE_AS(instruction) __asm__ volatile(instruction " %0, 0(%1)" ::"r"(value), "r"(address) : "memory")
#define AMO_AS(instruction)                                                                                            \
	__asm__ volatile(instruction " %0, %1, (%2)" : "=&r"(old) : "r"(value), "r"(address) : "memory")

static void load_or_store(enum kind kind, unsigned width, uint64_t address)
{
	uint64_t value = 0;
	if (kind == LOAD && width == 1)
		LOAD_AS("lbu");
	else if (kind == LOAD && width == 2)
		LOAD_AS("lhu");
	else if (kind == LOAD && width == 4)
		LOAD_AS("lwu");
	else if (kind == LOAD)
		LOAD_AS("ld");
	else if (width == 1)
		STORE_AS("sb");
	else if (width == 2)
		STORE_AS("sh");
	else if (width == 4)
		STORE_AS("sw");
	else
		STORE_AS("sd");
}

static void amo(enum kind kind, unsigned width, uint64_t address)
{
	uint64_t value = 0, old;
	if (kind == ADD && width == 4)
		AMO_AS("amoadd.w");
	else if (kind == ADD)
		AMO_AS("amoadd.d");
	else if (width == 4)
		AMO_AS("amoswap.w");
	else
		AMO_AS("amoswap.d");
	(void)old;
}

/* Returns whether the access would write mtime. The test leaves these accesses out, because the bare machine performs
 * them, while hv deliberately ignores them. */
static bool writes_mtime(enum kind kind, unsigned width, uint64_t offset)
{
	return kind != LOAD && offset + width > CLINT_MTIME && offset < CLINT_MTIME + 8;
}

/* Makes one access. @return the cause of the fault, or 0 if there was no fault */
static uint64_t access_at(enum kind kind, unsigned width, uint64_t address)
{
	struct trap trap;
	trap_catch(trap_machine());
	if (kind == LOAD || kind == STORE)
		load_or_store(kind, width, address);
	else
		amo(kind, width, address);
	trap = trap_release(trap_machine());
	if (trap.count && trap.value != address) /* only the second part of the access has faulted */
		show("  mtval", trap.value);
	return trap.count ? trap.cause : 0;
}

/* Makes the access at each offset, and prints an offset only if the outcome differs from the outcome at the offset that
 * is 8 bytes lower. This keeps the output short. */
static void compare(enum kind kind, unsigned width)
{
	static const uint64_t ends[] = { 0, 0x40, 0x3fc0, 0x4040, 0xbfc0, 0xc040, 0xffc0, 0x10000 };
	uint64_t last[8] = { 0 };
	show(kinds[kind], width);
	for (unsigned i = 0; i < 8; i += 2)
		for (uint64_t offset = ends[i]; offset < ends[i + 1]; offset++) {
			if (writes_mtime(kind, width, offset))
				continue;
			uint64_t cause = access_at(kind, width, CLINT_ADDRESS + offset);
			if (cause != last[offset % 8])
				show("  cause and offset", cause << 32 | offset);
			last[offset % 8] = cause;
		}
}

TEST(s08_every_access_to_the_clint_faults_as_on_the_machine)
{
	quiet();
	for (unsigned kind = 0; kind < KINDS; kind++)
		for (unsigned width = kind < ADD ? 1 : 4; width <= 8; width *= 2)
			compare((enum kind)kind, width);
	quiet();
}

TEST(s08_an_eight_byte_access_at_a_four_byte_boundary_spans_two_registers)
{
	uint64_t compare_register = CLINT_OWN_MTIMECMP;
	quiet();
	store64(compare_register, UINT64_C(0x1122334455667788));
	show("load of the high half of mtimecmp and of the word behind it", load64(compare_register + 4));
	show("load of the word before mtimecmp and of its low half", load64(compare_register - 4));
	store64(compare_register - 4, UINT64_C(0x99aabbccddeeff00));
	show("mtimecmp after a store to the word before it and its low half", load64(compare_register));
	store64(compare_register + 4, UINT64_C(0x0102030405060708));
	show("mtimecmp after a store to its high half and the word behind it", load64(compare_register));
	store64(compare_register, FAR);
	store64(CLINT_ADDRESS + 0x3ffc, 0);
	expect(load64(CLINT_ADDRESS + CLINT_MTIME - 4) >> 32 != 0,
	       "a load of the word before mtime and of its low half contains the low half");
	show("trap cause of an 8-byte load at the high half of mtime",
	     access_at(LOAD, 8, CLINT_ADDRESS + CLINT_MTIME + 4));
	quiet();
}

TEST(s08_a_misaligned_amo_to_the_clint_behaves_as_on_the_machine)
{
	uint64_t compare_register = CLINT_OWN_MTIMECMP, old = 0, value = UINT64_C(0x100000001);
	quiet();
	store64(compare_register, UINT64_C(0x1122334455667788));
	trap_catch(trap_machine());
	__asm__ volatile("amoadd.d %0, %1, (%2)" : "+r"(old) : "r"(value), "r"(compare_register - 4) : "memory");
	show("trap cause of the misaligned amoadd.d", trap_release(trap_machine()).cause);
	show("value that the amoadd.d loaded", old);
	show("mtimecmp after the amoadd.d", load64(compare_register));
	quiet();
}
