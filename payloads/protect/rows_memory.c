/* The rows of attacks on memory and devices, from both harts. */
#include "payloads/protect/order.h"
#include "payloads/runtime/access.h"

#define BLOCK 64
#define FW_CFG_DMA UINT64_C(0x10100010)
#define VIRTIO UINT64_C(0x10001000)
#define PCIE UINT64_C(0x30000000)
#define PLIC_S_THRESHOLD UINT64_C(0x0c201000)
#define PLIC_S_CLAIM UINT64_C(0x0c201004)
#define HARTS 2

/* Both ends of the payload's RAM, and a page of this program. The attacks change the last 8 bytes of a block of 64. */
static const uint64_t places[] = { PAYLOAD_ADDRESS + BLOCK - 8, RAM_END - 8, (uint64_t)page + BLOCK - 8 };
#define PLACES (sizeof(places) / sizeof(places[0]))

struct access {
	enum attack attack;
	uint64_t cause;
	const char *what;
};

/* Makes one attack on the word at @p place, and restores the block with the word. */
static void attack_place(unsigned hart, uint64_t place, const struct access *access,
			 void (*check)(uint64_t address, const struct access *access))
{
	uint64_t *block = (uint64_t *)(place + 8 - BLOCK), kept[BLOCK / 8];

	for (unsigned i = 0; i < BLOCK / 8; i++)
		kept[i] = block[i];
	store64(place, SECRET);
	expect_refused(hart, access->attack, place, 1, access->cause, access->what);
	if (check)
		check(place, access);
	for (unsigned i = 0; i < BLOCK / 8; i++)
		block[i] = kept[i];
}

static void attack_all(const struct access *accesses, unsigned count,
		       void (*check)(uint64_t address, const struct access *access))
{
	for (unsigned hart = 0; hart < HARTS; hart++)
		for (unsigned i = 0; i < PLACES; i++)
			for (unsigned j = 0; j < count; j++)
				attack_place(hart, places[i], &accesses[j], check);
}

TEST(p01_the_firmware_loads_from_memory)
{
	static const struct access accesses[] = {
		{ ATTACK_LOAD, CAUSE_LOAD_ACCESS, "ld" },
		{ ATTACK_LOAD_WORD, CAUSE_LOAD_ACCESS, "lw" },
		{ ATTACK_RESERVE, CAUSE_LOAD_ACCESS, "lr.d" },
		{ ATTACK_LOAD_FLOAT, CAUSE_LOAD_ACCESS, "fld" },
	};

	row(1);
	attack_all(accesses, sizeof(accesses) / sizeof(accesses[0]), 0);
}

static void check_value(uint64_t address, const struct access *access)
{
	expect_equal(load64(address) == SECRET, PROTECTED, access->what);
}

TEST(p02_the_firmware_stores_to_memory)
{
	static const struct access accesses[] = {
		{ ATTACK_STORE, CAUSE_STORE_ACCESS, "sd" },
		{ ATTACK_STORE_WORD, CAUSE_STORE_ACCESS, "sw" },
		{ ATTACK_STORE_FLOAT, CAUSE_STORE_ACCESS, "fsd" },
	};

	row(2);
	attack_all(accesses, sizeof(accesses) / sizeof(accesses[0]), check_value);
}

TEST(p03_the_firmware_changes_memory_by_atomic_and_cache_block_instructions)
{
	static const struct access changes[] = {
		{ ATTACK_AMO, CAUSE_STORE_ACCESS, "amoadd.d" },
		{ ATTACK_ZERO, CAUSE_STORE_ACCESS, "cbo.zero" },
	};
	static const struct access others[] = {
		{ ATTACK_CLEAN, CAUSE_STORE_ACCESS, "cbo.clean" },
		{ ATTACK_FLUSH, CAUSE_STORE_ACCESS, "cbo.flush" },
		{ ATTACK_INVALIDATE, CAUSE_STORE_ACCESS, "cbo.inval" },
	};

	row(3);
	attack_all(changes, sizeof(changes) / sizeof(changes[0]), check_value);
	attack_all(others, sizeof(others) / sizeof(others[0]), 0);
}

TEST(p04_the_firmware_jumps_to_memory)
{
	row(4);
	for (unsigned hart = 0; hart < HARTS; hart++)
		for (unsigned i = 0; i < PLACES; i++) {
			uint64_t old = load64(places[i]);

			store64(places[i], RETURN_INSTRUCTION);
			__asm__ volatile("fence.i" ::: "memory");
			expect_refused(hart, ATTACK_JUMP, places[i], 0, CAUSE_FETCH_ACCESS, "a jump");
			store64(places[i], old);
			__asm__ volatile("fence.i" ::: "memory");
		}
}

TEST(p05_the_firmware_loads_with_the_rights_of_the_payload)
{
	uint64_t satp = page_identity(PTE_RWX), place = (uint64_t)page;

	row(5);
	page[0] = SECRET;
	expect_refused(0, ATTACK_MPRV_LOAD, place, 0, CAUSE_LOAD_ACCESS, "without translation");
	set_satp(satp);
	expect_refused(0, ATTACK_MPRV_LOAD, place, satp, CAUSE_LOAD_ACCESS, "with the payload's page tables");
	row_expects(1); /* the firmware's write of satp */
	set_satp(0);
	expect_refused(0, ATTACK_MPRV_STORE, place, 0, CAUSE_STORE_ACCESS, "a store");
	expect_equal(page[0], PROTECTED ? SECRET : 0, "the value in memory");
}

TEST(p06_the_firmware_loads_with_page_tables_of_its_own)
{
	struct ecall_result result;

	row(6);
	for (unsigned i = 0; i < PLACES; i++) {
		result = order_from(i % HARTS, ATTACK_MPRV_OWN_TABLES, places[i] / PAGE_SIZE * PAGE_SIZE, 0, 0);
		row_expects(i % HARTS == 0 ? 2 : 1); /* and the write of satp, on a hart that runs the payload */
		expect_equal(result.value, PROTECTED ? CAUSE_LOAD_ACCESS : 0, "a load");
		expect_equal((uint64_t)result.error, PROTECTED ? PAGE_WINDOW : 0, "the virtual address");
	}
}

/* hv serves the CLINT, so that it walks the page tables, which are in the payload's memory. */
TEST(p07_hv_reads_no_page_table_of_the_payload_for_the_firmware)
{
	uint64_t satp = page_identity(PTE_RWX), mtime = CLINT_ADDRESS + CLINT_MTIME;

	row(7);
	set_satp(satp);
	expect_refused(0, ATTACK_MPRV_LOAD, mtime, satp, CAUSE_LOAD_ACCESS, "mtime, with the payload's tables");
	for (unsigned i = 0; PROTECTED && i < PLACES; i++)
		expect_refused(0, ATTACK_MPRV_LOAD, mtime, SATP_SV39 | places[i] >> 12, CAUSE_LOAD_ACCESS,
			       "mtime, with satp = a page of the payload");
	set_satp(0);
	if (PROTECTED) /* the payload has no page tables, and satp of the firmware has no effect: it reads mtime itself */
		expect_equal(order(ATTACK_MPRV_LOAD, mtime, SATP_SV39 | (uint64_t)page >> 12, 0), 0,
			     "mtime, without translation");
	row_expects(2 + PLACES); /* the firmware's writes of satp */
}

#define NAPOT 0x18
#define RWX 7
#define LOCKED 0x80
#define ALL_MEMORY (~UINT64_C(0) >> 10)
#define NAPOT_PAGE(address) ((uint64_t)(address) >> 2 | (PAGE_SIZE / 8 - 1))

/* Two writes and a load: three attempts. */
static void open_memory(uint64_t entry, uint64_t flags, const char *what)
{
	struct ecall_result result = order_from(0, ATTACK_PMP, entry, NAPOT | RWX | flags, (uint64_t)page);

	row_expects(3);
	expect_equal(result.value, PROTECTED ? CAUSE_LOAD_ACCESS : 0, what);
	expect_equal((uint64_t)result.error, PROTECTED ? (uint64_t)page : 0, "the address");
}

static void close_memory(uint64_t *memory, uint64_t flags)
{
	trap_catch(trap_supervisor());
	order(ATTACK_CLOSE, NAPOT_PAGE(memory), NAPOT | flags, 0);
	load64((uint64_t)memory);
	expect_equal(trap_release(trap_supervisor()).count, PROTECTED ? 0 : 1, "the payload's faults");
	row_expects(2);
}

TEST(p08_the_firmware_opens_memory_by_virtual_pmp)
{
	row(8);
	open_memory(ALL_MEMORY, 0, "by an entry");
	open_memory(NAPOT_PAGE(page), 0, "by an entry for the page");
}

TEST(p09_the_firmware_closes_memory_by_virtual_pmp)
{
	row(9);
	close_memory(page, 0);
	order(ATTACK_PMP, 0, 0, UART_ADDRESS);
	row_expects(2);
}

/* A locked entry remains, so that these tests come after the others. */
TEST(p80_the_firmware_closes_memory_by_a_locked_entry)
{
	static uint64_t closed[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

	row(9);
	close_memory(closed, LOCKED);
	order(ATTACK_CLOSE, 0, 0, 0);
	row_expects(2);
	trap_catch(trap_supervisor());
	load64((uint64_t)closed);
	expect_equal(trap_release(trap_supervisor()).count, PROTECTED ? 0 : 1, "the entry remains");
}

TEST(p28_the_firmware_uses_devices_that_reach_memory)
{
	row(28);
	expect_refused(0, ATTACK_STORE, FW_CFG_DMA, 0, CAUSE_STORE_ACCESS, "the DMA register of fw_cfg");
	expect_refused(0, ATTACK_STORE_WORD, VIRTIO + 0x50, 0, CAUSE_STORE_ACCESS, "a queue of virtio");
	expect_refused(0, ATTACK_LOAD_WORD, VIRTIO, 0, CAUSE_LOAD_ACCESS, "virtio");
	expect_refused(0, ATTACK_LOAD_WORD, PCIE, 0, CAUSE_LOAD_ACCESS, "the configuration space of PCIe");
	expect_equal(order(ATTACK_LOAD_WORD, UART_ADDRESS, 0, 0), 0, "the console is open");
}

TEST(p29_the_firmware_uses_the_interrupt_controller_of_the_payload)
{
	row(29);
	for (unsigned hart = 0; hart < HARTS; hart++) {
		expect_refused(hart, ATTACK_STORE_WORD, ATTACK_PLIC_ENABLES, 0, CAUSE_STORE_ACCESS, "the enables");
		expect_refused(hart, ATTACK_STORE_WORD, PLIC_S_THRESHOLD, 0, CAUSE_STORE_ACCESS, "the threshold");
		expect_refused(hart, ATTACK_LOAD_WORD, PLIC_S_CLAIM, 0, CAUSE_LOAD_ACCESS, "a claim");
	}

	/* while the hart is suspended, the firmware attacks once more; the call's result is that of the attack */
	struct ecall_result suspend = ecall(SBI_EID_HSM, SBI_FID_hart_suspend, 0, 0, 0, 0, 0);

	row_expects(1);
	expect_equal((uint64_t)suspend.error, 0, "a suspend that keeps the registers");
	expect_equal(suspend.value, PROTECTED ? CAUSE_STORE_ACCESS : 0, "the enables meanwhile");
	expect_equal(order(ATTACK_STORE_WORD, ATTACK_PLIC_ENABLES - 0x80, 0, 0), 0, "the enables for M-mode are open");
}

TEST(p31_the_firmware_uses_a_translation_from_before_the_lock)
{
	row(31);
	for (unsigned hart = 0; hart < HARTS; hart++) {
		struct ecall_result plain = order_from(hart, ATTACK_USED, 0, 0, 0);
		struct ecall_result translated = order_from(hart, ATTACK_MPRV_USED, 0, 0, 0);

		row_expects(hart == 0 ? 3 : 2); /* and the write of satp */
		expect_equal(plain.value, PROTECTED ? CAUSE_LOAD_ACCESS : 0, "a load");
		expect_equal((uint64_t)plain.error, PROTECTED ? ATTACK_USED_ADDRESS : 0, "its address");
		expect_equal(translated.value, PROTECTED ? CAUSE_LOAD_ACCESS : 0, "a load with page tables");
		expect_equal((uint64_t)translated.error, PROTECTED ? ATTACK_USED_ADDRESS : 0, "its address");
	}
}
