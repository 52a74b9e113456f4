/* Tests instructions that a monitor must emulate, or that must work as if there were no monitor: fences, cache
 * operations, atomic instructions, and instructions that cross a page border. */
#include "payloads/runtime/access.h"
#include "payloads/runtime/clint.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/exists.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/mode.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/quiet.h"
#include "payloads/runtime/test.h"

#define RDTIME_A0 0xc0102573
#define RETURN_INSTRUCTION 0x8067
#define CBO_ZERO(address) __asm__ volatile(".insn i 0x0f, 2, x0, %0, 4" ::"r"(address) : "memory")
#define CBO_INVAL(address) __asm__ volatile(".insn i 0x0f, 2, x0, %0, 0" ::"r"(address) : "memory")
#define CBO_CLEAN(address) __asm__ volatile(".insn i 0x0f, 2, x0, %0, 1" ::"r"(address) : "memory")
#define CBO_FLUSH(address) __asm__ volatile(".insn i 0x0f, 2, x0, %0, 2" ::"r"(address) : "memory")

static volatile uint8_t pages[3][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void put_word(unsigned page, unsigned offset, uint32_t word)
{
	*(volatile uint16_t *)(pages[page] + offset) = (uint16_t)word;
	if (offset + 2 < PAGE_SIZE)
		*(volatile uint16_t *)(pages[page] + offset + 2) = (uint16_t)(word >> 16);
	else
		*(volatile uint16_t *)pages[page + 1] = (uint16_t)(word >> 16);
	__asm__ volatile("fence.i" ::: "memory");
}

static struct trap_frame noted;

/* Handles any trap. Copies the trap frame to `noted`, and ends the function that the payload executes. */
static bool note_and_end(struct trap_frame *frame)
{
	noted = *frame;
	mode_return(frame);
	return true;
}

static uint64_t jump_there(uint64_t address)
{
	jump_to(address);
	return 0;
}

static void run_code(uint64_t address)
{
	noted = (struct trap_frame){ 0 };
	trap_set_handler(trap_machine(), note_and_end);
	run_in(MODE_S, jump_there, address);
	trap_set_handler(trap_machine(), 0);
	show("  cause", noted.cause);
	show("  value", noted.value);
	expect_equal(noted.pc, address, "mepc is the address of the instruction");
}

/* Maps pages[0] with the flags @p first and pages[1] with the flags @p second, as the first two pages of the window.
 * The payload can then execute code there. @return the virtual address of the window */
static uint64_t map_code(uint64_t first, uint64_t second)
{
	quiet();
	mode_open_memory();
	uint64_t translation = page_identity(PTE_RWX);
	uint64_t address = page_set(0, (uint64_t)pages[0], first);
	page_set(1, (uint64_t)pages[1], second);
	csr_write(satp, translation);
	csr_write(mcounteren, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	return address;
}

TEST(s25_mtval_holds_the_illegal_instruction_of_the_payload)
{
	uint64_t address = map_code(PTE_RWX, PTE_RWX);
	show("in the middle of a page", 0);
	put_word(0, 64, RDTIME_A0);
	run_code(address + 64);
	show("at the end of a page", 0);
	put_word(0, 4092, RDTIME_A0);
	run_code(address + 4092);
	show("across the border of two pages", 0);
	put_word(0, 4094, RDTIME_A0);
	run_code(address + 4094);
	quiet();
}

TEST(s25_mtval_holds_an_illegal_instruction_in_execute_only_memory)
{
	uint64_t address = map_code(PTE_V | PTE_X | PTE_A, PTE_V | PTE_X | PTE_A);
	put_word(0, 64, RDTIME_A0);
	show("in the middle of an execute-only page", 0);
	run_code(address + 64);
	put_word(0, 4094, RDTIME_A0);
	show("across the border of two execute-only pages", 0);
	run_code(address + 4094);
	csr_write(satp, 0);
	csr_write(pmpcfg0, 0);
	csr_write(pmpaddr0, ((uint64_t)pages[0] | 0x7ff) >> 2);
	csr_set(pmpcfg0, 0x1c);
	mode_open_memory();
	put_word(0, 64, RDTIME_A0);
	show("in memory that a PMP entry makes execute-only", 0);
	run_code((uint64_t)pages[0] + 64);
	quiet();
}

TEST(s25_an_illegal_compressed_instruction_may_precede_an_unmapped_page)
{
	uint64_t address = map_code(PTE_RWX, 0);
	put_word(0, 4094, 0);
	run_code(address + 4094);
	quiet();
}

/* Writes the instructions `lui a0; ld a0, 0(a0); ret` so that the ld lies at @p offset in pages[0]. This ld loads the
 * mtimecmp of the boot hart. @return the virtual address of the lui */
static uint64_t put_clint_load(uint64_t address, unsigned offset)
{
	put_word(0, offset - 4, 0x02004537);
	put_word(0, offset, 0x00053503 | BOOT_HART << 23); /* ld a0, 8 * BOOT_HART(a0) */
	if (offset + 4 < PAGE_SIZE)
		put_word(0, offset + 4, RETURN_INSTRUCTION);
	else
		put_word(1, offset + 4 - PAGE_SIZE, RETURN_INSTRUCTION);
	return address + offset - 4;
}

static uint64_t call_there(uint64_t address)
{
	return ((uint64_t(*)(void))address)();
}

TEST(s25_code_in_execute_only_pages_can_access_a_device)
{
	uint64_t address = map_code(PTE_V | PTE_X | PTE_A, PTE_V | PTE_X | PTE_A);
	*clint_mtimecmp(BOOT_HART) = UINT64_C(0x1122334455667788);
	show("loaded by code in the middle of a page", run_in(MODE_S, call_there, put_clint_load(address, 64)));
	show("loaded by a load that crosses a page", run_in(MODE_S, call_there, put_clint_load(address, 4094)));
	quiet();
}

TEST(s25_an_instruction_of_the_firmware_may_cross_a_page)
{
	quiet();
	put_word(0, 4094, 0xf1402573); /* csrr a0, mhartid */
	put_word(1, 2, RETURN_INSTRUCTION);
	trap_catch(trap_machine());
	register uint64_t a0 __asm__("a0") = 99;
	__asm__ volatile("jalr ra, 0(%1)" : "+r"(a0) : "r"((uint64_t)pages[0] + 4094) : "ra", "memory");
	uint64_t hart = a0;
	expect_no_trap(trap_release(trap_machine()), "a csrr that crosses a page does not trap");
	expect_equal(hart, BOOT_HART, "the csrr has read mhartid");
	put_word(0, 4094, 0xffffffff);
	trap_catch(trap_machine());
	jump_to((uint64_t)pages[0] + 4094);
	struct trap trap = trap_release(trap_machine());
	expect_equal(trap.cause, CAUSE_ILLEGAL, "an illegal instruction that crosses a page traps");
	expect_equal(trap.pc, (uint64_t)pages[0] + 4094, "mepc is the address of the illegal instruction");
	show("mtval", trap.value);
}

/* Redirects an illegal-instruction exception to S-mode. Real firmware does the same with exceptions that the operating
 * system has to handle. */
static bool redirect(struct trap_frame *frame)
{
	if (frame->cause != CAUSE_ILLEGAL)
		return false;
	csr_write(sepc, frame->pc);
	csr_write(scause, frame->cause);
	csr_write(stval, frame->value);
	frame->pc = csr_read(stvec);
	frame->status = (frame->status & ~(MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE)) | MSTATUS_SPP;
	return true;
}

static uint64_t take_redirected(uint64_t unused)
{
	(void)unused;
	trap_catch(trap_supervisor());
	__asm__ volatile("csrr t0, mscratch" ::: "t0");
	__asm__ volatile("csrr t1, mepc" ::: "t1");
	return trap_release(trap_supervisor()).count;
}

TEST(s26_the_firmware_can_redirect_a_trap_to_the_payload)
{
	quiet();
	mode_open_memory();
	trap_set_handler(trap_machine(), redirect);
	expect_equal(run_in(MODE_S, take_redirected, 0), 2, "S-mode took both illegal instructions");
	struct trap trap = trap_supervisor()->caught;
	show("scause", trap.cause);
	show("stval", trap.value);
	show("sstatus", trap.status & (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE));
	quiet();
}

static uint64_t leave_environment(uint64_t value)
{
	csr_write(senvcfg, value);
	csr_write(scounteren, value & 7);
	csr_write(sscratch, csr_read(sscratch));
	register uint64_t a7 __asm__("a7") = 0;
	__asm__ volatile("ecall" ::"r"(a7) : "a0", "memory");
	return csr_read(senvcfg) << 8 | csr_read(scounteren);
}

static uint64_t environment_seen;

static bool look_at_environment(struct trap_frame *frame)
{
	if (frame->cause != CAUSE_ECALL_S || frame->x[16] == ECALL_RETURN)
		return false;
	environment_seen = csr_read(senvcfg) << 8 | csr_read(scounteren);
	frame->pc += 4;
	return true;
}

TEST(s28_an_exit_preserves_the_payloads_senvcfg_and_scounteren)
{
	if (!csr_exists(senvcfg))
		return;
	for (unsigned i = 0; i < 4; i++) {
		static const uint64_t values[] = { 0, 0xf1, 0x47, 0x92 };
		quiet();
		mode_open_memory();
		trap_set_handler(trap_machine(), look_at_environment);
		show("senvcfg << 8 | scounteren in the payload after an exit",
		     run_in(MODE_S, leave_environment, values[i]));
		show("senvcfg << 8 | scounteren as the firmware reads them", environment_seen);
		csr_write(senvcfg, 0);
	}
	quiet();
}

static uint64_t set_user_width(uint64_t width)
{
	csr_clear(sstatus, MSTATUS_UXL);
	csr_set(sstatus, width << 32);
	return 0;
}

TEST(s28_the_firmware_runs_with_64_bits_whatever_uxl_the_payload_sets)
{
	quiet();
	mode_open_memory();
	run_in(MODE_S, set_user_width, 1);
	uint64_t wide = UINT64_C(0x123456789), product;
	__asm__ volatile("mul %0, %1, %1\nsrli %0, %0, 32" : "=r"(product) : "r"(wide));
	show("high half of a 64-bit product", product);
	store64((uint64_t)pages[0], wide);
	expect_equal(load64((uint64_t)pages[0]), wide, "loads and stores have 64 bits");
	run_in(MODE_S, set_user_width, 2);
}

static uint64_t load_there(uint64_t address)
{
	return load64(address);
}

TEST(s29_sfence_vma_of_the_firmware_flushes_the_payloads_translations)
{
	for (unsigned form = 0; form < 4; form++) {
		uint64_t address = map_code(PTE_RW, PTE_RW);
		*(volatile uint64_t *)pages[0] = 11;
		*(volatile uint64_t *)pages[1] = 22;
		show("loaded before the page is mapped elsewhere", run_in(MODE_S, load_there, address));
		page_set(0, (uint64_t)pages[1], PTE_RW);
		switch (form) {
		case 0:
			__asm__ volatile("sfence.vma" ::: "memory");
			break;
		case 1:
			__asm__ volatile("sfence.vma %0" ::"r"(address) : "memory");
			break;
		case 2:
			__asm__ volatile("sfence.vma x0, %0" ::"r"(UINT64_C(0)) : "memory");
			break;
		default:
			__asm__ volatile("sfence.vma %0, %1" ::"r"(address), "r"(UINT64_C(0)) : "memory");
		}
		show("loaded after sfence.vma", run_in(MODE_S, load_there, address));
	}
	quiet();
}

TEST(s29_fences_and_hints_do_not_trap)
{
	quiet();
	trap_catch(trap_machine());
	__asm__ volatile("fence\nfence.i\nfence.tso\n.word 0x0100000f\nfence rw, w" ::: "memory");
	expect_no_trap(trap_release(trap_machine()), "fence, fence.i, fence.tso and pause do not trap");
	put_word(0, 0, 0x00100513); /* li a0, 1 */
	put_word(0, 4, RETURN_INSTRUCTION);
	register uint64_t a0 __asm__("a0") = 0;
	__asm__ volatile("jalr ra, 0(%1)" : "+r"(a0) : "r"(pages[0]) : "ra", "memory");
	uint64_t first = a0;
	put_word(0, 0, 0x00200513);
	__asm__ volatile("jalr ra, 0(%1)" : "+r"(a0) : "r"(pages[0]) : "ra", "memory");
	uint64_t second = a0;
	show("result of new code", first);
	show("result of newer code after fence.i", second);
}

static uint64_t fill_and_zero(unsigned offset)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < 256; i++)
		pages[0][i] = 1;
	CBO_ZERO(pages[0] + offset);
	for (unsigned i = 0; i < 256; i++)
		sum = i % 32 ? sum : sum * 2 + pages[0][i];
	return sum;
}

TEST(s29_cache_operations_of_the_firmware_work)
{
	quiet();
	if (!csr_exists(menvcfg))
		return;
	uint64_t environment = csr_read(menvcfg);
	csr_write(senvcfg, 0);
	csr_write(menvcfg, environment & ~UINT64_C(0xf0));
	trap_catch(trap_machine());
	show("checksum after cbo.zero", fill_and_zero(64));
	show("checksum after cbo.zero at an address inside a block", fill_and_zero(100));
	CBO_CLEAN(pages[0]);
	CBO_FLUSH(pages[0]);
	CBO_INVAL(pages[0]);
	expect_no_trap(trap_release(trap_machine()), "cbo.zero, clean, flush and inval do not trap");
	trap_catch(trap_machine());
	CBO_ZERO((volatile uint8_t *)0x40);
	struct trap trap = trap_release(trap_machine());
	show("trap cause of cbo.zero at an address without memory", trap.cause);
	show("mtval", trap.value);
	csr_write(menvcfg, environment);
}

static uint64_t zero_as_payload(uint64_t address)
{
	CBO_ZERO(address);
	return 0;
}

TEST(s29_cache_operations_of_the_payload_obey_menvcfg)
{
	quiet();
	if (!csr_exists(menvcfg))
		return;
	mode_open_memory();
	uint64_t environment = csr_read(menvcfg);
	for (unsigned on = 0; on < 2; on++) {
		csr_write(menvcfg, (environment & ~UINT64_C(0x80)) | (on ? 0x80 : 0));
		trap_catch(trap_machine());
		run_in(MODE_S, zero_as_payload, (uint64_t)pages[0]);
		show("menvcfg.CBZE", on);
		show("  cause", trap_release(trap_machine()).cause);
	}
	csr_write(menvcfg, environment);
}

TEST(s30_atomic_instructions_of_the_firmware_work)
{
	volatile uint64_t *word = (volatile uint64_t *)pages[0];
	uint64_t old, failed;
	quiet();
	*word = 40;
	__asm__ volatile("1: lr.d %0, (%2)\naddi t0, %0, 2\nsc.d %1, t0, (%2)\nbnez %1, 1b"
			 : "=&r"(old), "=&r"(failed)
			 : "r"(word)
			 : "t0", "memory");
	show("value that lr.d loaded", old);
	show("memory after sc.d", *word);
	__asm__ volatile("amomin.w %0, %1, (%2)" : "=r"(old) : "r"(-5), "r"(word) : "memory");
	show("value that amomin.w loaded", old);
	show("memory after amomin.w", *word);
	trap_catch(trap_machine());
	__asm__ volatile("amoadd.d %0, %1, (%2)" : "=r"(old) : "r"(1), "r"((uint64_t)word + 4) : "memory");
	struct trap trap = trap_release(trap_machine());
	show("trap cause of a misaligned amoadd.d", trap.cause);
}

TEST(s30_misaligned_accesses_of_the_firmware_work)
{
	quiet();
	for (unsigned i = 0; i < 32; i++)
		pages[i / 16][(4080 + i) % PAGE_SIZE] = (uint8_t)(0x80 + i);
	for (unsigned offset = 1; offset < 8; offset += 3) {
		uint64_t address = (uint64_t)pages[0] + 4088 + offset;
		show("misaligned ld", load64(address));
		show("misaligned lw", load32(address));
		store64(address, 0x1111111111111111 * offset);
		show("first doubleword after a misaligned sd", load64((uint64_t)pages[0] + 4088));
		show("second doubleword after a misaligned sd", load64((uint64_t)pages[0] + 4096));
	}
}
