/* Tests the answers of hv's own ecalls, and which memory these ecalls may access. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "hv/core/core.h"
#include "hv/core/ecall.h"
#include "hv/device/reset.h"
#include "hv/log/log.h"
#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

#define RAM (TESTING_HV_BASE + TESTING_HV_SIZE)
#define BYTES 0x4000

struct hartscope_directory hartscope_directory;

static struct vcpu *const vcpu = &harts[0].vcpu;
static uint8_t memory[BYTES];
static struct hartscope_categories categories[2];
static struct hartscope_counters counters[2];
static char logged[256];
static jmp_buf ended;
static unsigned exit_code;

/* These functions replace the rest of hv/core, hv/log and hv/device. */
void shutdown_run(struct hart *hart, enum hartscope_state state)
{
	(void)hart, (void)state;
}

void reset_exit(unsigned code)
{
	exit_code = code;
	longjmp(ended, 1);
}

void log_line(enum log_level level, const char *name, const char *format, ...)
{
	va_list arguments;

	(void)level, (void)name, (void)format;
	va_start(arguments, format);
	strcpy(logged, va_arg(arguments, const char *));
	va_end(arguments);
}

void ecall_trace(struct hart *hart, uint64_t function)
{
	(void)function;
	sbi_return(&hart->vcpu, SBI_ERR_NOT_SUPPORTED, 0);
}

void ecall_trace_stat(const struct hart *target, struct hartscope_stat *stat)
{
	(void)target, (void)stat;
}

uint64_t ecall_trace_consumer(void)
{
	return 0;
}

static void set(unsigned number, uint64_t value)
{
	cr_assert_eq(csr_virtual_write(vcpu, number, CSR_OPERATION_WRITE, value), ERROR_NONE);
}

/* Sets up two harts, and a payload in S-mode that owns all memory except hv's. */
static void start(void)
{
	testing_boot_usual(vcpu);
	hart_count = 2;
	harts[1].id = harts[1].index = 1;
	hartscope_directory.timebase_hz = 10000000;
	host_memory_add(RAM, sizeof(memory), memory);
	memset(memory, 0x55, sizeof(memory));
	set(CSR_pmpaddr + 1, ~0ull);
	set(CSR_pmpcfg, 0x1f00);
	vcpu->mstatus = field_set(MSTATUS_MPP, vcpu->mstatus, MODE_SUPERVISOR);
	vcpu->satp = FIELD(63, 1) | 5; /* addresses in ecalls are physical even if address translation is on */
	vcpu_mret(vcpu);
	testing_switch_world(vcpu);
}

static int64_t call(uint64_t eid, uint64_t fid, uint64_t a0, uint64_t a1, uint64_t a2)
{
	vcpu_set_reg(vcpu, 10, a0);
	vcpu_set_reg(vcpu, 11, a1);
	vcpu_set_reg(vcpu, 12, a2);
	vcpu_set_reg(vcpu, 16, fid);
	vcpu_set_reg(vcpu, 17, eid);
	vcpu->pc = 0x80400000;
	testing_trap(vcpu, CAUSE_ECALL_S, 0);
	cr_assert(ecall_handle(&harts[0]));
	cr_expect_eq(vcpu->pc, 0x80400004);
	cr_expect_eq(host_csr_read(CSR_satp), FIELD(63, 1) | 5, "the payload's address space is back");
	cr_expect_eq(vcpu->pmp.current, PMP_VIEW_PAYLOAD);
	return (int64_t)vcpu_reg(vcpu, 10);
}

Test(ecall, hv_leaves_ecalls_of_other_extensions_to_the_firmware, .init = start)
{
	vcpu_set_reg(vcpu, 17, 0x54494d45);
	cr_expect_not(ecall_handle(&harts[0]));
	cr_expect_eq(call(HARTSCOPE_EID, 99, 0, 0, 0), SBI_ERR_NOT_SUPPORTED);
	cr_expect_eq(call(HARTSCOPE_PEER_EID, 99, 0, 0, 0), SBI_ERR_NOT_SUPPORTED);
}

Test(ecall, info_writes_only_as_many_bytes_as_the_caller_has_room_for, .init = start)
{
	for (uint64_t room = 0; room < 3 * sizeof(struct hartscope_info); room += 4) {
		uint64_t bytes = room < sizeof(struct hartscope_info) ? room : sizeof(struct hartscope_info);
		struct hartscope_info info;

		memset(memory, 0x55, sizeof(memory));
		require(call(HARTSCOPE_EID, HARTSCOPE_INFO, RAM + 8, room, 0) ==
				(room < 8 ? SBI_ERR_INVALID_PARAM : SBI_SUCCESS),
			"room %lu", room);
		require(memory[7] == 0x55 && memory[8 + (room < 8 ? 0 : bytes)] == 0x55, "room %lu: too much", room);
		if (room < 8)
			continue;
		memcpy(&info, memory + 8, sizeof(info));
		require(vcpu_reg(vcpu, 11) == bytes && info.length == sizeof(info), "room %lu", room);
	}
	cr_expect_eq(call(HARTSCOPE_EID, HARTSCOPE_INFO, RAM, ~0ull, 0), SBI_SUCCESS);
	cr_expect_eq(((struct hartscope_info *)memory)->harts, 2);
	cr_expect_eq(((struct hartscope_info *)memory)->timebase, 10000000);
}

Test(ecall, an_ecall_refuses_a_buffer_in_hvs_memory_in_a_device_or_denied_by_pmp, .init = start)
{
	static const uint64_t addresses[] = {
		TESTING_HV_BASE, RAM - 1, RAM - 8, 0,           0x2000000,
		0x100000,        ~0ull,   ~7ull,   RAM + BYTES, TESTING_HV_BASE + TESTING_RAM_SIZE
	};

	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		cr_expect_eq(call(HARTSCOPE_EID, HARTSCOPE_INFO, addresses[i], 4096, 0), SBI_ERR_INVALID_ADDRESS);
		cr_expect_eq(call(HARTSCOPE_EID, HARTSCOPE_STAT, 0, addresses[i], 4096), SBI_ERR_INVALID_ADDRESS);
		cr_expect_eq(call(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_LOG, 3, addresses[i], 10),
			     SBI_ERR_INVALID_ADDRESS);
	}
	set(CSR_pmpaddr, pmp_napot(RAM, 0x1000));
	set(CSR_pmpcfg, 0x1f19); /* entry 0: read only */
	pmp_install(vcpu, PMP_VIEW_PAYLOAD);
	cr_expect_eq(call(HARTSCOPE_EID, HARTSCOPE_INFO, RAM, 4096, 0), SBI_ERR_INVALID_ADDRESS);
	cr_expect_eq(call(HARTSCOPE_EID, HARTSCOPE_INFO, RAM + 0x1000, 4096, 0), SBI_SUCCESS);
	cr_expect_eq(call(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_LOG, 3, RAM, 10), SBI_SUCCESS);
}

Test(ecall, stat_returns_the_sum_of_the_harts_exits, .init = start)
{
	const struct hartscope_stat *stat = (const struct hartscope_stat *)memory;

	hartscope_directory.counters = (uint64_t)counters;
	hartscope_directory.counters_stride = sizeof(counters[0]);
	counters[1] = (struct hartscope_counters){ .cycles = { 5, 6, 7, 8 } };
	counters[1].exits[0][2] = 30;
	counters[1].exits[1][39] = 12;
	harts[1].vcpu.msip_address = 0x2000004;
	harts[1].vcpu.timecmp_address = 0x2004008;
	harts[1].vcpu.mtime_address = 0x200bff8;
	cr_expect_eq(call(HARTSCOPE_EID, HARTSCOPE_STAT, 1, RAM, BYTES), SBI_SUCCESS);
	cr_expect_eq(stat->exits, 42);
	cr_expect(stat->exits_by_cause[0][2] == 30 && stat->exits_by_cause[1][39] == 12);
	cr_expect(stat->cycles_hv == 5 && stat->cycles_firmware == 6 && stat->cycles_payload == 7);
	cr_expect_eq(stat->cycles_asleep, 8);
	cr_expect_eq(stat->registers.msip, 0x2000004);
	cr_expect_eq(stat->registers.mtimecmp, 0x2004008);
	cr_expect_eq(stat->registers.mtime, 0x200bff8);
	cr_expect_eq(call(HARTSCOPE_EID, HARTSCOPE_STAT, 2, RAM, BYTES), SBI_ERR_INVALID_PARAM);
}

Test(ecall, marks_are_counted, .init = start)
{
	cr_expect_eq(call(HARTSCOPE_EID, HARTSCOPE_MARK, 1, 2, 0), SBI_SUCCESS);
	cr_expect_eq(harts[0].marks, 1);
}

Test(ecall, log_cuts_a_long_text_and_replaces_unprintable_characters, .init = start)
{
	memcpy(memory, "ab\033[31m\r\ncd\xff", 13);
	cr_expect_eq(call(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_LOG, 1, RAM, 12), SBI_SUCCESS);
	cr_expect_str_eq(logged, "ab.[31m..cd.");
	memset(memory, 'x', sizeof(memory));
	cr_expect_eq(call(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_LOG, 1, RAM, ~0ull), SBI_SUCCESS);
	cr_expect_eq(strlen(logged), 160);
	cr_expect_eq(call(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_LOG, 0, RAM, 1), SBI_ERR_INVALID_PARAM);
	cr_expect_eq(call(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_LOG, 6, RAM, 1), SBI_ERR_INVALID_PARAM);
}

Test(ecall, read_counters_succeeds_only_for_existing_harts_and_categories, .init = start)
{
	cr_expect_eq(call(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, 0, 0, 0), SBI_ERR_NOT_SUPPORTED);
	hartscope_directory.categories = (uint64_t)categories;
	hartscope_directory.categories_stride = sizeof(categories[0]);
	for (unsigned i = 0; i < HARTSCOPE_CATEGORIES; i++)
		categories[1].count[i] = 100 + i;
	for (uint64_t hart = 0; hart < 4; hart++)
		for (uint64_t category = 0; category < 40; category++) {
			bool there = hart < 2 && (category < 8 || (category >= 16 && category < HARTSCOPE_CATEGORIES));
			int64_t error = call(HARTSCOPE_PEER_EID, HARTSCOPE_PEER_READ_COUNTERS, hart, category, 0);

			cr_expect_eq(error, there ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM);
			if (there)
				cr_expect_eq(vcpu_reg(vcpu, 11), hart ? 100 + category : 0);
		}
}

Test(ecall, the_ecalls_that_end_a_test_exist_only_in_test_configurations, .init = start)
{
	for (unsigned code = 0; code < 2; code++) {
		exit_code = 77;
		if (setjmp(ended) == 0)
			cr_expect_eq(call(HARTSCOPE_PEER_EID, code ? HARTSCOPE_PEER_FAILURE : HARTSCOPE_PEER_SUCCESS, 0,
					  0, 0),
				     SBI_ERR_NOT_SUPPORTED);
		cr_expect_eq(exit_code, CONFIG_TEST_ABI ? code : 77);
	}
}
