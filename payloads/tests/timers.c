/* Tests how the CLINT behaves for the firmware and for its payload: the registers mtime, mtimecmp and msip, and the
 * interrupts that they raise. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/exists.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define MTIME (CLINT_ADDRESS + UINT64_C(CLINT_MTIME))
#define MTIMECMP CLINT_OWN_MTIMECMP
#define NEVER (~UINT64_C(0))
#define SOON 5000

static uint64_t pending(unsigned irq)
{
	return csr_read(mip) >> irq & 1;
}

TEST(s08_mtip_is_set_when_mtime_has_reached_mtimecmp)
{
	quiet();
	expect_equal(pending(IRQ_MTI), 0, "MTIP is 0 while mtimecmp is at its maximum");
	*clint_mtimecmp(BOOT_HART) = 0;
	expect_equal(pending(IRQ_MTI), 1, "MTIP is 1 while mtimecmp is in the past");
	*clint_mtimecmp(BOOT_HART) = *clint_mtime() + (UINT64_C(1) << 40);
	expect_equal(pending(IRQ_MTI), 0, "MTIP is 0 while mtimecmp is in the future");
	*clint_mtimecmp(BOOT_HART) = *clint_mtime() + SOON;
	while (!pending(IRQ_MTI))
		;
	expect(*clint_mtime() >= *clint_mtimecmp(BOOT_HART), "MTIP becomes 1 when mtime reaches mtimecmp");
	quiet();
}

TEST(s08_the_timer_interrupt_recurs_until_mtimecmp_is_written)
{
	quiet();
	csr_write(mie, BIT(IRQ_MTI));
	csr_set(mstatus, MSTATUS_MIE);
	*clint_mtimecmp(BOOT_HART) = *clint_mtime() + SOON;
	quiet_wait_for_interrupts(trap_machine(), 1);
	expect_equal(csr_read(mie), 0, "the handler has cleared MTIE");
	expect_equal(pending(IRQ_MTI), 1, "MTIP is still 1");
	quiet_pause();
	expect_equal(trap_machine()->taken, 1, "no further interrupt is taken while MTIE is 0");
	csr_set(mie, BIT(IRQ_MTI));
	quiet_wait_for_interrupts(trap_machine(), 2);
	expect_equal(trap_machine()->interrupts[1], INTERRUPT | IRQ_MTI,
		     "the interrupt is taken again when MTIE is set");
	*clint_mtimecmp(BOOT_HART) = NEVER;
	csr_set(mie, BIT(IRQ_MTI));
	quiet_pause();
	expect_equal(trap_machine()->taken, 2, "no further interrupt is taken after mtimecmp was written");
	quiet();
}

static uint64_t count_to(uint64_t limit)
{
	volatile uint64_t count = 0;
	while (count < limit)
		count++;
	return count;
}

TEST(s08_a_payload_keeps_running_while_the_firmware_ignores_a_timer)
{
	quiet();
	mode_open_memory();
	csr_write(mie, BIT(IRQ_MTI));
	*clint_mtimecmp(BOOT_HART) = *clint_mtime() + SOON;
	run_in(MODE_S, (mode_function)count_to, 0);
	while (!trap_machine()->taken)
		run_in(MODE_S, count_to, 1000);
	expect_equal(run_in(MODE_S, count_to, 100000), 100000, "the payload finishes counting with MTIP=1 and MTIE=0");
	expect_equal(trap_machine()->taken, 1, "the firmware took one interrupt");
	quiet();
}

TEST(s08_each_of_several_deadlines_raises_an_interrupt)
{
	quiet();
	csr_set(mstatus, MSTATUS_MIE);
	for (unsigned i = 0; i < 20; i++) {
		*clint_mtimecmp(BOOT_HART) = *clint_mtime() + SOON / 5 * (i % 3);
		csr_set(mie, BIT(IRQ_MTI));
		quiet_wait_for_interrupts(trap_machine(), i + 1);
		*clint_mtimecmp(BOOT_HART) = NEVER;
	}
	expect_equal(trap_machine()->taken, 20, "each of 20 deadlines led to one interrupt");
	quiet();
}

TEST(s08_each_half_of_mtimecmp_can_be_accessed)
{
	quiet();
	store64(MTIMECMP, UINT64_C(0xfedcba9876543210));
	show("8 bytes of mtimecmp", load64(MTIMECMP));
	show("low half, sign extended", load32(MTIMECMP));
	show("high half, sign extended", load32(MTIMECMP + 4));
	store32(MTIMECMP, 0x11112222);
	show("mtimecmp after its low half was written", load64(MTIMECMP));
	store32(MTIMECMP + 4, 0x33334444);
	show("mtimecmp after its high half was written", load64(MTIMECMP));
	store32(MTIMECMP + 4, 0);
	store32(MTIMECMP, 0);
	expect_equal(pending(IRQ_MTI), 1, "MTIP is 1 after both halves were set to 0");
	quiet();
}

TEST(s08_mtime_and_its_halves_equal_the_time_csr)
{
	quiet();
	if (!csr_exists(time))
		return;
	uint64_t before = csr_read(time);
	uint64_t mtime = load64(MTIME);
	uint64_t after = csr_read(time);
	expect(before <= mtime && mtime <= after, "mtime lies between two reads of time");
	expect_equal(load32(MTIME + 4), after >> 32, "the high half of mtime equals that of time");
	uint64_t low = load32(MTIME) & 0xffffffff;
	expect(low - (uint32_t)after < 100000000, "the low half of mtime is close to that of time");
}

TEST(s08_narrow_and_misaligned_clint_accesses_behave_as_on_the_machine)
{
	static const struct {
		const char *name;
		uint64_t address;
	} places[] = { { "1-byte load from msip: traps", CLINT_OWN_MSIP },
		       { "1-byte load from mtimecmp: traps", MTIMECMP },
		       { "1-byte load from mtime: traps", MTIME },
		       { "1-byte load between the registers: traps", CLINT_ADDRESS + 0x3ff0 } };
	quiet();
	store64(MTIMECMP, UINT64_C(0xfedcba9876543210));
	for (unsigned i = 0; i < 4; i++) {
		uint64_t byte, half, address = places[i].address;
		trap_catch(trap_machine());
		__asm__ volatile("li %0, 0\nlbu %0, 0(%1)" : "=&r"(byte) : "r"(address) : "memory");
		show(places[i].name, trap_release(trap_machine()).count);
		trap_catch(trap_machine());
		__asm__ volatile("li %0, 0\nlhu %0, 0(%1)" : "=&r"(half) : "r"(address) : "memory");
		show(" 2-byte load: traps", trap_release(trap_machine()).count);
		trap_catch(trap_machine());
		load32(address + 2);
		struct trap trap = trap_release(trap_machine());
		show("  misaligned 4-byte load: traps", trap.count);
		show("  cause", trap.cause);
		show("  value", trap.value);
	}
	quiet();
}

TEST(s08_msip_has_one_bit_and_supports_amos)
{
	uint64_t old;
	quiet();
	*clint_msip(BOOT_HART) = 0xffffffff;
	show("msip after all ones were written", *clint_msip(BOOT_HART));
	expect_equal(pending(IRQ_MSI), 1, "MSIP is 1 after bit 0 was set");
	*clint_msip(BOOT_HART) = 0xfffffffe;
	expect_equal(pending(IRQ_MSI), 0, "MSIP is 0 after bit 0 was cleared");
	__asm__ volatile("amoor.w %0, %1, (%2)" : "=r"(old) : "r"(1), "r"(CLINT_OWN_MSIP) : "memory");
	expect_equal(old, 0, "amoor.w loads 0");
	expect_equal(pending(IRQ_MSI), 1, "MSIP is 1 after amoor.w");
	__asm__ volatile("amoswap.w %0, x0, (%1)" : "=r"(old) : "r"(CLINT_OWN_MSIP) : "memory");
	expect_equal(old, 1, "amoswap.w loads 1");
	expect_equal(pending(IRQ_MSI), 0, "MSIP is 0 after amoswap.w");
	quiet();
}

TEST(s08_any_register_can_be_stored_to_and_loaded_from_the_clint)
{
	quiet();
	register uint64_t s11 __asm__("s11") = UINT64_C(0x5151515151515151);
	register uint64_t a5 __asm__("a5") = MTIMECMP;
	uint64_t read;
	__asm__ volatile("sd s11, 0(%1)" ::"r"(s11), "r"(a5) : "memory");
	__asm__ volatile("ld t6, 0(%1)\nmv %0, t6" : "=r"(read) : "r"(a5) : "t6", "memory");
	show("value stored from s11 and loaded to t6", read);
	__asm__ volatile(".option push\n.option rvc\nc.sd s1, 0(%1)\nc.ld a0, 0(%1)\nmv %0, a0\n.option pop"
			 : "=r"(read)
			 : "r"(a5)
			 : "a0", "memory");
	uint64_t s1;
	__asm__ volatile("mv %0, s1" : "=r"(s1));
	expect_equal(read, s1, "a value stored by c.sd from s1 is loaded by c.ld");
	__asm__ volatile("sd sp, 8(%1)\nld %0, 8(%1)" : "=r"(read) : "r"(a5 - 8) : "memory");
	uint64_t sp;
	__asm__ volatile("mv %0, sp" : "=r"(sp));
	expect_equal(read, sp, "a value stored from sp with an offset is loaded again");
	__asm__ volatile("ld x0, 0(%0)" ::"r"(a5) : "memory");
	quiet();
}

static uint64_t clint_as_payload(uint64_t base)
{
	uint64_t before = load64(base + 0xff8 + 0xb000);
	store64(base + CLINT_OWN_MTIMECMP - CLINT_ADDRESS, UINT64_C(0x1122334455667788));
	store32(base + CLINT_OWN_MSIP - CLINT_ADDRESS, 1);
	uint64_t compare = load64(base + CLINT_OWN_MTIMECMP - CLINT_ADDRESS);
	uint64_t after = load64(base + 0xff8 + 0xb000);
	return after >= before ? compare : 0;
}

TEST(s08_a_payload_can_use_the_clint_if_pmp_permits_it)
{
	quiet();
	mode_open_memory();
	csr_write(mie, 0);
	show("mtimecmp as the payload reads it without translation", run_in(MODE_S, clint_as_payload, CLINT_ADDRESS));
	expect_equal(pending(IRQ_MSI), 1, "MSIP is 1 after the payload's store");
	quiet();
	mode_open_memory();
	uint64_t translation = page_identity(PTE_RWX);
	for (unsigned page = 0; page < CLINT_SIZE / PAGE_SIZE; page++)
		page_set(page, CLINT_ADDRESS + page * UINT64_C(PAGE_SIZE), PTE_RW);
	csr_write(medeleg, BIT(CAUSE_LOAD_ACCESS) | BIT(CAUSE_STORE_ACCESS));
	csr_write(satp, translation);
	__asm__ volatile("sfence.vma" ::: "memory");
	show("mtimecmp as the payload reads it through Sv39", run_in(MODE_S, clint_as_payload, PAGE_WINDOW));
	expect_equal(pending(IRQ_MSI), 1, "MSIP is 1 after the payload's store through Sv39");
	quiet();
}

static uint64_t load_as_payload(uint64_t address)
{
	return load64(address);
}

TEST(s08_a_payload_cannot_use_the_clint_if_pmp_forbids_it)
{
	quiet();
	csr_write(pmpaddr0, CLINT_ADDRESS >> 2 | (CLINT_SIZE / 8 - 1));
	csr_set(pmpcfg0, 0x18);
	mode_open_memory();
	trap_catch(trap_machine());
	run_in(MODE_S, load_as_payload, MTIME);
	expect_trap(trap_release(trap_machine()), CAUSE_LOAD_ACCESS, MTIME, "a load from mtime is an access fault");
	quiet();
}

TEST(s09_wfi_wakes_when_the_timer_fires)
{
	quiet();
	csr_write(mie, BIT(IRQ_MTI));
	*clint_mtimecmp(BOOT_HART) = *clint_mtime() + SOON;
	while (!pending(IRQ_MTI))
		__asm__ volatile("wfi" ::: "memory");
	expect_equal(trap_machine()->taken, 0, "with MIE=0 wfi returns, and the interrupt is not taken");
	quiet();
	csr_write(mie, BIT(IRQ_MTI));
	csr_set(mstatus, MSTATUS_MIE);
	*clint_mtimecmp(BOOT_HART) = *clint_mtime() + SOON;
	while (!*(volatile uint64_t *)&trap_machine()->taken)
		__asm__ volatile("wfi" ::: "memory");
	expect_equal(trap_machine()->taken, 1, "with MIE=1 the interrupt is taken");
	quiet();
}
