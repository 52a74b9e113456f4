/* A payload under a hostile firmware. It orders the attacks of attack.h one after the other, and checks that none of them has an
 * effect. The same payload also runs without module protect_payload, with PROTECTED = 0. Then it checks that each attack
 * succeeds, because otherwise the test would not show that it is the module that prevents it. */
#include "payloads/protect/attack.h"
#include "payloads/runtime/access.h"
#include "payloads/runtime/csr.h"
#include "payloads/runtime/ecall.h"
#include "payloads/runtime/machine.h"
#include "payloads/runtime/page.h"
#include "payloads/runtime/test.h"
#include "payloads/runtime/trap.h"

#define RAM_END UINT64_C(0x90000000)
#define SECRET UINT64_C(0x5ec4e75ec4e7)
#define FW_CFG_DMA UINT64_C(0x10100010)
#define VIRTIO UINT64_C(0x10001000)
#define PLIC_S_ENABLE UINT64_C(0x0c002080)
#define PLIC_S_THRESHOLD UINT64_C(0x0c201000)
#define PLIC_S_CLAIM UINT64_C(0x0c201004)

#define RET 0x8082 /* c.jr ra */

static uint64_t order(enum attack attack, uint64_t a, uint64_t b, uint64_t c)
{
	return ecall(ATTACK_EID, ATTACK_FID, attack, a, b, c, 0).value;
}

/* An access that the module answers with an exception, and that succeeds without the module. */
static void expect_refused(uint64_t result, uint64_t cause, const char *what)
{
	expect_equal(result, PROTECTED ? cause : 0, what);
}

/* The places where a firmware attacks memory: both ends of RAM, and a page of this program. */
static uint64_t page[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
static const uint64_t places[] = { PAYLOAD_ADDRESS, RAM_END - 8, (uint64_t)page };
#define PLACES (sizeof(places) / sizeof(places[0]))

/* ---- memory ---- */

TEST(p01_the_firmware_loads_from_memory)
{
	for (unsigned i = 0; i < PLACES; i++) {
		expect_refused(order(ATTACK_LOAD, places[i], 0, 0), CAUSE_LOAD_ACCESS, "ld");
		expect_refused(order(ATTACK_RESERVE, places[i], 0, 0), CAUSE_LOAD_ACCESS, "lr.d");
		expect_refused(order(ATTACK_LOAD_FLOAT, places[i], 0, 0), CAUSE_LOAD_ACCESS, "fld");
	}
}

TEST(p02_the_firmware_stores_to_memory)
{
	page[0] = SECRET;
	expect_refused(order(ATTACK_STORE, (uint64_t)page, 1, 0), CAUSE_STORE_ACCESS, "sd");
	expect_equal(page[0], PROTECTED ? SECRET : 1, "the value in memory");
	page[0] = SECRET;
	expect_refused(order(ATTACK_AMO, (uint64_t)page, 1, 0), CAUSE_STORE_ACCESS, "amoadd.d");
	expect_equal(page[0], PROTECTED ? SECRET : SECRET + 1, "the value in memory");
	page[0] = SECRET;
	expect_refused(order(ATTACK_STORE_FLOAT, (uint64_t)page, 0, 0), CAUSE_STORE_ACCESS, "fsd");
	expect_equal(page[0] == SECRET, PROTECTED, "the value in memory");
	page[0] = SECRET;
	expect_refused(order(ATTACK_ZERO, (uint64_t)page, 0, 0), CAUSE_STORE_ACCESS, "cbo.zero");
	expect_equal(page[0] == SECRET, PROTECTED, "the value in memory");
	expect_refused(order(ATTACK_STORE, RAM_END - 8, 1, 0), CAUSE_STORE_ACCESS, "sd to the end of RAM");
}

TEST(p03_the_firmware_jumps_to_memory)
{
	page[0] = RET;
	__asm__ volatile("fence.i" ::: "memory");
	expect_refused(order(ATTACK_JUMP, (uint64_t)page, 0, 0), CAUSE_FETCH_ACCESS, "a jump");
}

static void set_satp(uint64_t value)
{
	csr_write(satp, value);
	__asm__ volatile("sfence.vma" ::: "memory");
}

TEST(p05_the_firmware_loads_with_the_rights_of_the_payload)
{
	uint64_t satp = page_identity(PTE_RWX);

	page[0] = SECRET;
	expect_refused(order(ATTACK_MPRV_LOAD, (uint64_t)page, 0, 0), CAUSE_LOAD_ACCESS, "without translation");
	set_satp(satp);
	expect_refused(order(ATTACK_MPRV_LOAD, (uint64_t)page, satp, 0), CAUSE_LOAD_ACCESS,
		       "with the payload's page tables");
	set_satp(0);
	expect_refused(order(ATTACK_MPRV_STORE, (uint64_t)page, 0, 0), CAUSE_STORE_ACCESS, "a store");
	expect_equal(page[0], PROTECTED ? SECRET : 0, "the value in memory");
	expect_refused(order(ATTACK_MPRV_OWN_TABLES, (uint64_t)page, 0, 0), CAUSE_LOAD_ACCESS,
		       "with the firmware's page tables");
}

/* hv serves the CLINT, so that it walks the page tables, which are in the payload's memory. */
TEST(p07_hv_reads_no_page_table_of_the_payload_for_the_firmware)
{
	uint64_t satp = page_identity(PTE_RWX);

	set_satp(satp);
	expect_refused(order(ATTACK_MPRV_LOAD, CLINT_ADDRESS + CLINT_MTIME, satp, 0), CAUSE_LOAD_ACCESS,
		       "a load of mtime");
	set_satp(0);
}

TEST(p08_the_firmware_opens_memory_by_virtual_pmp)
{
	expect_refused(order(ATTACK_PMP, ~UINT64_C(0) >> 10, 0x1f, (uint64_t)page), CAUSE_LOAD_ACCESS, "by an entry");
	expect_refused(order(ATTACK_PMP, (uint64_t)page >> 2 | 0x1ff, 0x1f, (uint64_t)page), CAUSE_LOAD_ACCESS,
		       "by an entry for the page");
}

TEST(p09_the_firmware_closes_memory_by_virtual_pmp)
{
	trap_catch(trap_supervisor());
	order(ATTACK_CLOSE, (uint64_t)page >> 2 | 0x1ff, 0, 0);
	load64((uint64_t)page);
	expect_equal(trap_release(trap_supervisor()).count, PROTECTED ? 0 : 1, "the payload's faults");
	order(ATTACK_PMP, 0, 0, UART_ADDRESS);
}

/* ---- devices ---- */

TEST(p28_the_firmware_uses_devices)
{
	expect_refused(order(ATTACK_STORE, FW_CFG_DMA, 0, 0), CAUSE_STORE_ACCESS, "the DMA register of fw_cfg");
	expect_refused(order(ATTACK_STORE_WORD, VIRTIO + 0x50, 0, 0), CAUSE_STORE_ACCESS, "a queue of virtio");
	expect_refused(order(ATTACK_LOAD_WORD, VIRTIO, 0, 0), CAUSE_LOAD_ACCESS, "virtio");
	expect_refused(order(ATTACK_STORE_WORD, PLIC_S_ENABLE, 0, 0), CAUSE_STORE_ACCESS,
		       "the PLIC's enables for S-mode");
	expect_refused(order(ATTACK_STORE_WORD, PLIC_S_THRESHOLD, 0, 0), CAUSE_STORE_ACCESS,
		       "the PLIC's threshold for S-mode");
	expect_refused(order(ATTACK_LOAD_WORD, PLIC_S_CLAIM, 0, 0), CAUSE_LOAD_ACCESS, "the PLIC's claim for S-mode");
	expect_equal(order(ATTACK_STORE_WORD, PLIC_S_ENABLE - 0x80, 0, 0), 0, "the PLIC's enables for M-mode");
	expect_equal(order(ATTACK_LOAD_WORD, UART_ADDRESS, 0, 0), 0, "the console");
}

/* ---- registers ---- */

/* Each of these functions gives each register the value 0x1000 + its number, makes the payload trap once, and stores the
 * registers that come back in registers_found. Defined in registers.S. */
void registers_order(uint64_t attack);
void registers_emulate(void);
extern uint64_t registers_found[32];

#define A0 BIT(10)
#define A1 BIT(11)
#define A6 BIT(16)
#define A7 BIT(17)
#define ALL_REGISTERS (BIT(32) - 2)
#define SHOWN_IN_AN_ORDER UINT64_C(0x37c00) /* a0 to a4, a6 and a7 */

/* The registers that have changed, except a0 and a1: a bit for each. */
static uint64_t changed(void)
{
	uint64_t registers = 0;

	for (unsigned i = 1; i < 32; i++)
		if (registers_found[i] != 0x1000 + i)
			registers |= BIT(i);
	return registers & ~(A0 | A1);
}

TEST(p12_the_firmware_sees_only_what_the_call_passes)
{
	registers_order(ATTACK_DUMP);
	expect_equal(registers_found[11], PROTECTED ? SHOWN_IN_AN_ORDER : ALL_REGISTERS, "the registers that it sees");
	expect_equal(changed(), 0, "no register has changed");
}

TEST(p13_the_firmware_changes_registers)
{
	registers_order(ATTACK_CHANGE);
	expect_equal(changed(), PROTECTED ? 0 : ALL_REGISTERS & ~(A0 | A1 | A6 | A7),
		     "the registers that it has changed");
}

TEST(p13_the_firmware_emulates_an_instruction)
{
	registers_emulate();
	expect_equal(registers_found[11], 0x1000 + 12 + 1, "its result");
	expect_equal(changed(), PROTECTED ? 0 : ALL_REGISTERS & ~(A0 | A1), "the other registers that have changed");
	expect_equal(order(ATTACK_SEEN, 12, 0, 0), 0x1000 + 12, "the firmware has seen the operand");
	expect_equal(order(ATTACK_SEEN, 13, 0, 0), PROTECTED ? 0 : 0x1000 + 13, "another register that it has seen");
}

/* ---- exceptions ---- */

TEST(p20_exceptions_go_to_the_payload)
{
	uint64_t before = order(ATTACK_TRAPS, 0, 0, 0);

	trap_catch(trap_supervisor());
	__asm__ volatile(".4byte 0xffffffff"); /* illegal, and not of the opcode SYSTEM */
	expect_trap(trap_release(trap_supervisor()), CAUSE_ILLEGAL, 0xffffffff, "an illegal instruction");
	trap_catch(trap_supervisor());
	load64(PROTECTED ? FIRMWARE_ADDRESS : 0);
	expect_trap(trap_release(trap_supervisor()), CAUSE_LOAD_ACCESS, PROTECTED ? FIRMWARE_ADDRESS : 0,
		    "an access to the firmware's memory, or to no memory");
	expect_equal(order(ATTACK_TRAPS, 0, 0, 0) - before, PROTECTED ? 0 : 2, "exceptions that the firmware has seen");
}

TEST(p20_an_illegal_instruction_of_opcode_system_comes_back)
{
	trap_catch(trap_supervisor());
	__asm__ volatile("csrr zero, 0x8fe");
	expect_trap(trap_release(trap_supervisor()), CAUSE_ILLEGAL, 0x8fe02073, "the true cause and value");
}

TEST(p13_a_number_in_an_instruction_is_no_register)
{
	trap_catch(trap_supervisor());
	__asm__ volatile("mv t4, %0\ncsrrwi zero, 0x8fe, 29" ::"r"(SECRET) : "t4"); /* t4 is x29 */
	trap_release(trap_supervisor());
	expect_equal(order(ATTACK_SEEN, 29, 0, 0), PROTECTED ? 0 : SECRET, "the register that it has seen");
}

/* Without the module, sret would lead to an address that the payload's last trap has left in sepc. */
TEST(p17_the_firmware_cannot_use_sret)
{
	if (PROTECTED)
		expect_equal(order(ATTACK_SRET, 0, 0, 0), CAUSE_ILLEGAL, "sret");
}

/* ---- console ---- */

static struct ecall_result write_text(uint64_t address, uint64_t high, uint64_t length)
{
	return ecall(SBI_EID_DBCN, SBI_FID_debug_console_write, length, address, high, 0, 0);
}

TEST(p24_text_for_the_console_is_copied_once)
{
	char *text = (char *)page;

	for (unsigned i = 0; i < 64; i++)
		text[i] = (char)('a' + i % 26);
	order(ATTACK_REWRITE, 1, 0, 0);

	struct ecall_result result = write_text((uint64_t)text, 0, 64);

	expect_equal((uint64_t)result.error, 0, "the call succeeds");
	expect_equal(result.value, 64, "all of it is written");
	expect_equal((uint64_t)text[3], PROTECTED ? 'd' : '#', "the firmware cannot change the text");
	if (PROTECTED)
		expect_equal(write_text((uint64_t)text, 0, 2 * PAGE_SIZE).value, PAGE_SIZE, "a page at a time");
}

TEST(p24_text_from_the_console_is_copied)
{
	char *text = (char *)page;

	text[0] = text[4] = 'x';

	struct ecall_result result = ecall(SBI_EID_DBCN, SBI_FID_debug_console_read, 4, (uint64_t)text, 0, 0, 0);

	expect_equal((uint64_t)result.error, 0, "the call succeeds");
	expect_equal(result.value, 4, "as much as there is room for");
	expect_equal((uint64_t)text[0], 't', "the text is in memory");
	expect_equal((uint64_t)text[4], 'x', "nothing behind it has changed");
}

TEST(p25_text_that_is_not_the_payloads)
{
	static const struct {
		uint64_t address, high, length;
		const char *what;
	} cases[] = {
		{ RAM_ADDRESS, 0, 8, "hv's memory" },
		{ FIRMWARE_ADDRESS, 0, 8, "the firmware's memory" },
		{ PAYLOAD_ADDRESS - 8, 0, 16, "memory that begins in the firmware's" },
		{ RAM_END - 8, 0, 16, "memory that ends behind RAM" },
		{ UART_ADDRESS, 0, 8, "a device" },
		{ ~UINT64_C(0) - 7, 0, 16, "memory that wraps around" },
		{ PAYLOAD_ADDRESS, 0, UINT64_C(1) << 63, "too much memory" },
		{ PAYLOAD_ADDRESS, 1, 8, "an address of more than 64 bits" },
	};

	for (unsigned i = 0; PROTECTED && i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_equal((uint64_t)write_text(cases[i].address, cases[i].high, cases[i].length).error,
			     (uint64_t)SBI_ERR_INVALID_PARAM, cases[i].what);
	expect_equal((uint64_t)write_text(PAYLOAD_ADDRESS, 0, 0).error, 0, "no text");
}

/* ---- calls ---- */

TEST(p32_a_legacy_mask_is_read_by_hv)
{
	page[0] = 1;
	ecall(SBI_EID_LEGACY_SEND_IPI, 0, (uint64_t)page, 0x77, 0, 0, 0);
	expect_equal(order(ATTACK_SEEN, 17, 0, 0), PROTECTED ? SBI_EID_IPI : SBI_EID_LEGACY_SEND_IPI, "the extension");
	expect_equal(order(ATTACK_SEEN, 10, 0, 0), PROTECTED ? 1 : (uint64_t)page, "a0");
	ecall(SBI_EID_LEGACY_REMOTE_SFENCE_VMA, 0, 0, 0x1000, 0x2000, 0, 0);
	if (!PROTECTED)
		return;
	expect_equal(order(ATTACK_SEEN, 17, 0, 0), SBI_EID_RFENCE, "the extension");
	expect_equal(order(ATTACK_SEEN, 16, 0, 0), 1, "the function");
	expect_equal(order(ATTACK_SEEN, 11, 0, 0), ~UINT64_C(0), "every hart");
	expect_equal(order(ATTACK_SEEN, 12, 0, 0), 0x1000, "the start");
	expect_equal(order(ATTACK_SEEN, 13, 0, 0), 0x2000, "the size");
}

TEST(p32_calls_that_are_not_listed_are_refused)
{
	static const struct {
		uint64_t eid, fid;
		const char *what;
	} cases[] = {
		{ SBI_EID_SUSP, 0, "SUSP" },
		{ SBI_EID_NACL, 0, "NACL" },
		{ SBI_EID_STA, 0, "STA" },
		{ SBI_EID_PMU, SBI_FID_pmu_snapshot_set_shmem, "a snapshot of PMU" },
		{ 0x535345, 0, "SSE" },
		{ 0x44425452, 0, "DBTR" },
		{ 0x4d505859, 0, "MPXY" },
		{ 0x46574654, 0, "FWFT" },
		{ 0x09000000, 0, "an extension of a vendor" },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_equal((uint64_t)ecall(cases[i].eid, cases[i].fid, 1, 2, 3, 4, 5).error,
			     PROTECTED ? (uint64_t)SBI_ERR_NOT_SUPPORTED : 0, cases[i].what);
	if (PROTECTED)
		expect_equal(ecall(SBI_EID_BASE, SBI_FID_probe_extension, SBI_EID_SUSP, 0, 0, 0, 0).value, 0,
			     "SUSP does not exist for the payload");
}
