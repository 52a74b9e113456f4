/* Tests the CLINT that the firmware sees. In these tests the physical CLINT is ordinary memory, mapped at the address
 * of the real device. */
#include "hv/device/vclint.h"

#include <string.h>
#include <sys/mman.h>

#include "hv/arch/live.h"
#include "hv/device/clint.h"
#include "hv/device/upcalls.h"
#include "hv/testing/hart.h"
#include "hv/testing/instruction_word.h"
#include "hv/testing/testing.h"

#define HARTS 4
#define BASE 0x2000000ull
#define TIMER (BASE + 0x4000)
#define HOLE (BASE + 0xc000)
#define END (BASE + 0x10000)
#define MSIP(id) (BASE + 4 * (id))
#define MTIMECMP(id) (TIMER + 8 * (id))
#define MTIME (BASE + 0xbff8)
#define NOW 1000
#define NEVER (~0ull)

static struct vcpu vcpus[HARTS];
static unsigned notified[HARTS];

/* These functions replace the functions of hv/core that the virtual CLINT calls. */
struct vcpu *vclint_owner(uint64_t address)
{
	for (unsigned id = 0; id < HARTS; id++)
		if (vcpus[id].msip_address == address || vcpus[id].timecmp_address == (address & ~7ull))
			return &vcpus[id];
	return NULL;
}

void vclint_notify(struct vcpu *vcpu)
{
	notified[vcpu - vcpus]++;
}

static void set_time(uint64_t ticks)
{
	*(uint64_t *)MTIME = ticks;
}

static uint64_t physical_timecmp(unsigned id)
{
	return *(uint64_t *)MTIMECMP(id);
}

static void start(void)
{
	void *memory = mmap((void *)BASE, 0x10000, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	cr_assert_eq(memory, (void *)BASE);
	cr_assert_eq(TESTING_CLINT_BASE, BASE);
	for (unsigned id = 0; id < HARTS; id++) {
		testing_boot_usual(&vcpus[id]);
		vcpus[id].msip_address = MSIP(id);
		vcpus[id].timecmp_address = MTIMECMP(id);
		vcpus[id].mtime_address = MTIME;
	}
	host_device_add(BASE, TIMER - BASE, (void *)BASE, 4);
	host_device_add(TIMER, HOLE - TIMER, (void *)TIMER, 4 | 8);
	set_time(NOW);
}

static uint64_t load(uint64_t address, unsigned width)
{
	struct access access = { .address = address, .width = width };

	require(vclint_access(&access) == ERROR_NONE, "load of %u at %lx", width, address);
	return access.value;
}

static void store(uint64_t address, unsigned width, uint64_t value)
{
	struct access access = { .address = address, .width = width, .value = value, .store = true };

	require(vclint_access(&access) == ERROR_NONE, "store of %u at %lx", width, address);
}

static uint64_t amo(uint64_t address, unsigned width, unsigned funct5, uint64_t value)
{
	struct access access = { .address = address, .width = width, .value = value, .amo = true, .funct5 = funct5 };

	require(vclint_access(&access) == ERROR_NONE, "AMO of %u at %lx", width, address);
	return access.value;
}

/* ---- registers ---- */

Test(vclint, the_clint_is_at_the_address_that_was_found_at_boot, .init = start)
{
	cr_expect_not(vclint_contains(BASE - 1));
	cr_expect(vclint_contains(BASE));
	cr_expect(vclint_contains(BASE + 0xffff));
	cr_expect_not(vclint_contains(BASE + 0x10000));
	cr_expect_not(vclint_contains(0));
}

Test(vclint, msip_of_any_hart_has_one_bit_and_a_store_to_it_notifies_the_hart, .init = start)
{
	for (unsigned id = 0; id < HARTS; id++) {
		store(MSIP(id), 4, 0xfffffffe);
		cr_expect_eq(load(MSIP(id), 4), 0);
		store(MSIP(id), 4, 0xffffffff);
		cr_expect_eq(load(MSIP(id), 4), 1);
		cr_expect_eq(notified[id], 2);
		cr_expect(vcpu_mip(&vcpus[id]) & IP_MSI);
	}
}

Test(vclint, an_eight_byte_access_at_a_four_byte_boundary_accesses_two_words, .init = start)
{
	store(MSIP(1), 8, 0x100000001);
	cr_expect_eq(load(MSIP(1), 8), 0x100000001);
	cr_expect_eq(load(MSIP(2), 4), 1);
	cr_expect_eq(notified[1] + notified[2], 2);
	store(MTIMECMP(0), 8, 0x1111111122222222);
	store(MTIMECMP(1), 8, 0x3333333344444444);
	cr_expect_eq(load(MTIMECMP(0) + 4, 8), 0x4444444411111111);
	store(MTIMECMP(0) + 4, 8, 0x5555555566666666);
	cr_expect_eq(load(MTIMECMP(0), 8), 0x6666666622222222);
	cr_expect_eq(load(MTIMECMP(1), 8), 0x3333333355555555);
	cr_expect_eq(amo(MTIMECMP(0) + 4, 8, 0x00, 1), 0x5555555566666666); /* add */
	cr_expect_eq(load(MTIMECMP(0) + 4, 8), 0x5555555566666667);
}

Test(vclint, mtimecmp_of_any_hart_can_be_accessed_whole_or_by_halves, .init = start)
{
	for (unsigned id = 0; id < HARTS; id++) {
		store(MTIMECMP(id), 8, 0x1122334455667788);
		cr_expect_eq(load(MTIMECMP(id), 8), 0x1122334455667788);
		cr_expect_eq(load(MTIMECMP(id), 4), 0x55667788);
		cr_expect_eq(load(MTIMECMP(id) + 4, 4), 0x11223344);
		cr_expect_eq(notified[id], 1, "a whole store is one");
		store(MTIMECMP(id), 4, 0xaabbccdd);
		store(MTIMECMP(id) + 4, 4, 0xffffffff);
		cr_expect_eq(load(MTIMECMP(id), 8), 0xffffffffaabbccdd);
		cr_expect_eq(notified[id], 3);
	}
}

Test(vclint, mtime_reads_the_machines_time_and_ignores_writes, .init = start)
{
	set_time(0x123456789abcdef0);
	cr_expect_eq(load(MTIME, 8), 0x123456789abcdef0);
	cr_expect_eq(load(MTIME, 4), 0x9abcdef0);
	cr_expect_eq(load(MTIME + 4, 4), 0x12345678);
	store(MTIME, 8, 0);
	store(MTIME + 4, 4, 0);
	cr_expect_eq(load(MTIME, 8), 0x123456789abcdef0);
}

Test(vclint, registers_of_harts_that_do_not_exist_read_zero, .init = start)
{
	store(MSIP(HARTS), 4, 1);
	store(MTIMECMP(HARTS), 8, 1);
	store(MTIMECMP(HARTS), 4, 1);
	cr_expect_eq(load(MSIP(HARTS), 4), 0);
	cr_expect_eq(load(MTIMECMP(HARTS), 8), 0);
	cr_expect_eq(load(MTIMECMP(HARTS), 4), 0);
	cr_expect_eq(amo(MSIP(HARTS), 4, 1, 1), 0);
}

Test(vclint, accesses_that_the_clint_does_not_support_are_refused_at_every_offset, .init = start)
{
	for (uint64_t offset = 0; offset < END - BASE; offset++)
		for (unsigned width = 1; width <= 8; width *= 2)
			for (unsigned kind = 0; kind < 3; kind++) {
				struct access access = { .address = BASE + offset,
							 .width = width,
							 .value = 1,
							 .store = kind == 1,
							 .amo = kind == 2,
							 .funct5 = 1 };
				bool pair = width == 8 && (BASE + offset >= TIMER || offset % 8 != 0);
				bool whole = BASE + offset + width <= (BASE + offset < TIMER ? TIMER : HOLE);
				bool taken = offset % 4 == 0 && (width == 4 || pair) && whole;

				require((vclint_access(&access) == ERROR_NONE) == taken, "%u at %lx", width, offset);
				require(access.address == BASE + offset, "the host's memory faults as a whole");
			}
}

Test(vclint, amos_work_on_msip_and_on_mtimecmp, .init = start)
{
	cr_expect_eq(amo(MSIP(1), 4, 0x01, 1), 0); /* swap */
	cr_expect_eq(amo(MSIP(1), 4, 0x08, 0), 1); /* or */
	cr_expect_eq(amo(MSIP(1), 4, 0x0c, 0), 1); /* and */
	cr_expect_eq(load(MSIP(1), 4), 0);
	cr_expect_eq(notified[1], 3);
	store(MTIMECMP(1), 8, 40);
	cr_expect_eq(amo(MTIMECMP(1), 8, 0x00, 2), 40);
	cr_expect_eq(load(MTIMECMP(1), 8), 42);
	cr_expect_eq(amo(MTIMECMP(1), 4, 0x00, 2), 42);
	cr_expect_eq(load(MTIMECMP(1), 8), 44);
}

/* ---- the timer ---- */

Test(vclint, an_expired_deadline_is_latched_and_turns_the_physical_timer_off, .init = start)
{
	for (uint64_t deadline = NOW - 2; deadline <= NOW + 2; deadline++) {
		atomic_store(&vcpus[1].machine_timecmp, deadline);
		vclint_update_timer(&vcpus[1]);
		cr_expect_eq(vcpus[1].machine_timer, deadline <= NOW);
		cr_expect_eq(physical_timecmp(1), deadline <= NOW ? NEVER : deadline);
		cr_expect_eq((vcpu_mip(&vcpus[1]) & IP_MTI) != 0, deadline <= NOW);
	}
}

Test(vclint, a_hart_starts_with_the_mtimecmp_that_hv_found_at_boot, .init = start)
{
	*(uint64_t *)MTIMECMP(2) = 0;
	vclint_reset(&vcpus[2]);
	cr_expect(vcpus[2].machine_timer, "as on the machine: 0 is past");
	cr_expect_eq(physical_timecmp(2), NEVER);
	*(uint64_t *)MTIMECMP(3) = NOW + 5;
	vclint_reset(&vcpus[3]);
	cr_expect_not(vcpus[3].machine_timer);
	cr_expect_eq(load(MTIMECMP(3), 8), NOW + 5);
}

/* ---- fast path ---- */

static uint32_t code[2];
static bool pmp_unbound = true;

static enum host_end run_fast(void (*path)(struct vcpu *), uint32_t word, uint64_t address)
{
	struct vcpu *vcpu = &vcpus[0];

	code[0] = word;
	vcpu->pmp.unbound = pmp_unbound;
	testing_place_code_in_ram(code, sizeof(code));
	host_csr_write(CSR_mepc, (uint64_t)code);
	host_csr_write(CSR_mtval, address);
	host_hart.end = HOST_END_NONE;
	path(vcpu);
	return host_hart.end;
}

static enum host_end store_fast(uint32_t word, uint64_t address)
{
	return run_fast(fast_firmware_store, word, address);
}

static enum host_end load_fast(uint32_t word, uint64_t address)
{
	return run_fast(fast_firmware_load, word, address);
}

#define A0 10
#define A1 11
#define S1 9
#define LOAD 0x03u
#define STORE 0x23u
#define HALFWORD 1u /* funct3 */
#define WORD 2u
#define DOUBLEWORD 3u
#define SD_A1_0_A0 store_word(STORE, DOUBLEWORD, A1, A0, 0)
#define C_SD_A1_0_A0 0xe10c

Test(vclint, a_store_to_the_harts_own_mtimecmp_takes_the_fast_path, .init = start)
{
	for (unsigned compressed = 0; compressed < 2; compressed++) {
		vcpus[0].regs[A1] = NOW + 77 + compressed;
		vcpus[0].machine_timer = true;
		cr_expect_eq(store_fast(compressed ? C_SD_A1_0_A0 : SD_A1_0_A0, MTIMECMP(0)), HOST_END_RETURN);
		cr_expect_eq(physical_timecmp(0), NOW + 77 + compressed);
		cr_expect_eq(load(MTIMECMP(0), 8), NOW + 77 + compressed);
		cr_expect_not(vcpus[0].machine_timer);
		cr_expect_eq(host_csr_read(CSR_mepc), (uint64_t)code + (compressed ? 2 : 4));
	}
}

Test(vclint, a_store_of_a_register_that_hv_does_not_save_takes_the_fast_path_too, .init = start)
{
	host_hart.live[S1] = NOW + 5;
	cr_expect_eq(store_fast(store_word(STORE, DOUBLEWORD, S1, A0, 0), MTIMECMP(0)), HOST_END_RETURN);
	cr_expect_eq(physical_timecmp(0), NOW + 5);
}

Test(vclint, a_store_instruction_outside_ram_takes_the_slow_tier, .init = start)
{
	vcpus[0].regs[A1] = NOW + 5;
	cr_expect_eq(store_fast(SD_A1_0_A0, MTIMECMP(0)), HOST_END_RETURN);
	testing_set_ram(0, 16);
	host_hart.end = HOST_END_NONE;
	fast_firmware_store(&vcpus[0]);
	cr_expect_eq(host_hart.end, HOST_END_SLOW);
}

/* Runs the fast path for a load to register @p data, or for a store from that register. The base register is a0. @p
 * funct3 selects the width. */
static enum host_end access_fast(bool store, unsigned funct3, unsigned data, uint64_t address)
{
	vcpus[0].regs[A0] = address;
	return store ? store_fast(store_word(STORE, funct3, data, A0, 0), address)
		     : load_fast(load_word(LOAD, funct3, data, A0, 0), address);
}

static const uint64_t own_registers[] = { MSIP(0), MTIMECMP(0), MTIMECMP(0) + 4, MTIME,     MTIME + 4, MSIP(1),
					  MSIP(3), MTIMECMP(1), MTIMECMP(0) + 2, MTIME + 1, MTIME + 8 };

static bool is_own(uint64_t address, unsigned width)
{
	if (address % width != 0)
		return false;
	return (address == MSIP(0) && width == 4) || (address & ~7ull) == MTIMECMP(0) || (address & ~7ull) == MTIME;
}

Test(vclint, the_fast_path_loads_the_same_values_from_the_harts_own_registers, .init = start)
{
	set_time(0x8877665544332211);
	store(MTIMECMP(0), 8, 0xfedcba9876543210);
	store(MSIP(0), 4, 1);
	for (unsigned i = 0; i < sizeof(own_registers) / sizeof(own_registers[0]); i++)
		for (unsigned funct3 = 0; funct3 < 7; funct3++)
			for (unsigned rd = 0; rd < 32; rd++) {
				uint64_t address = own_registers[i];
				unsigned width = 1u << (funct3 & 3);
				bool fast = width >= 4 && is_own(address, width);

				if (rd == A0)
					continue;
				require(access_fast(false, funct3, rd, address) ==
						(fast ? HOST_END_RETURN : HOST_END_SLOW),
					"funct3 %u at %lx", funct3, address);
				if (!fast || rd == 0)
					continue;

				uint64_t want = load(address, width);

				if (funct3 == WORD)
					want = (uint64_t)(int64_t)(int32_t)want;
				require((register_is_saved(rd) ? vcpus[0].regs[rd] : host_hart.live[rd]) == want,
					"funct3 %u, rd %u at %lx", funct3, rd, address);
			}
	cr_expect_eq(vcpus[0].regs[0], 0);
}

Test(vclint, a_fast_store_to_the_harts_own_registers_has_the_same_effect_or_none, .init = start)
{
	static const uint64_t values[] = { 0, 1, 2, NOW, NOW + 1, 0x80000000, 0xffffffff, 1ull << 32, NEVER };

	for (unsigned i = 0; i < sizeof(own_registers) / sizeof(own_registers[0]); i++)
		for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			for (unsigned width = 4; width <= 8; width *= 2) {
				uint64_t address = own_registers[i];

				store(MTIMECMP(0), 8, NOW + 1000);
				store(MSIP(0), 4, 0);
				vcpus[0].regs[A1] = values[v];

				enum host_end end = access_fast(true, width == 4 ? WORD : DOUBLEWORD, A1, address);
				uint64_t timecmp = load(MTIMECMP(0), 8), software = load(MSIP(0), 4);

				if (end == HOST_END_RETURN) {
					require(is_own(address, width), "%lx", address);
					require(!vcpus[0].machine_timer, "a timer that is due ended fast");
				}
				if (end == HOST_END_RETURN && (address & ~7ull) == MTIMECMP(0))
					require(physical_timecmp(0) == timecmp, "%lx", timecmp);
				if (end == HOST_END_RETURN && (address & ~7ull) != MTIME) {
					store(MTIMECMP(0), 8, NOW + 1000);
					store(MSIP(0), 4, 0);
					store(address, width, values[v]);
				}
				require(load(MTIMECMP(0), 8) == (end == HOST_END_RETURN ? timecmp : NOW + 1000), "%lx",
					address);
				require(load(MSIP(0), 4) == (end == HOST_END_RETURN ? software : 0), "%lx", address);
			}
}

Test(vclint, an_access_that_begins_before_the_clint_is_left_to_the_slow_tier, .init = start)
{
	cr_expect_eq(access_fast(false, WORD, A1, BASE), HOST_END_RETURN);
	/* The access of `lw a1, 0(a0)` starts before the CLINT. The trap reports the first byte of the access that is
	 * in the CLINT. */
	vcpus[0].regs[A0] = BASE - 2;
	cr_expect_eq(load_fast(load_word(LOAD, WORD, A1, A0, 0), BASE), HOST_END_SLOW);
}

Test(vclint, a_store_that_begins_before_a_clint_whose_first_register_is_mtimecmp_is_left_to_the_slow_tier,
     .init = start)
{
	vcpus[0].timecmp_address = BASE;
	vcpus[0].msip_address = MTIMECMP(0);
	vclint_reset(&vcpus[0]);
	vcpus[0].regs[A1] = NOW + 77;
	vcpus[0].regs[A0] = BASE - 4;
	cr_expect_eq(store_fast(SD_A1_0_A0, BASE), HOST_END_SLOW);
	cr_expect_eq(vcpus[0].machine_timecmp, 0);
	vcpus[0].regs[A0] = BASE;
	cr_expect_eq(store_fast(SD_A1_0_A0, BASE), HOST_END_RETURN);
	cr_expect_eq(vcpus[0].machine_timecmp, NOW + 77);
}

Test(vclint, stores_that_the_fast_path_does_not_support_take_the_slow_tier, .init = start)
{
	uint64_t before = physical_timecmp(0);

	vcpus[0].regs[A1] = NOW + 5;
	cr_expect_eq(store_fast(SD_A1_0_A0, MTIMECMP(1)), HOST_END_SLOW, "of another hart");
	cr_expect_eq(store_fast(SD_A1_0_A0, MSIP(0)), HOST_END_SLOW, "two harts' registers");
	cr_expect_eq(store_fast(store_word(STORE, HALFWORD, A1, A0, 0), MTIMECMP(0)), HOST_END_SLOW, "sh");
	vcpus[0].mprv_armed = true;
	cr_expect_eq(store_fast(SD_A1_0_A0, MTIMECMP(0)), HOST_END_SLOW, "the address is virtual");
	vcpus[0].mprv_armed = false;
	pmp_unbound = false;
	cr_expect_eq(store_fast(SD_A1_0_A0, MTIMECMP(0)), HOST_END_SLOW, "PMP may forbid it");
	pmp_unbound = true;
	vcpus[0].regs[A1] = NOW;
	cr_expect_eq(store_fast(SD_A1_0_A0, MTIMECMP(0)), HOST_END_SLOW, "an interrupt is due");
	cr_expect_eq(physical_timecmp(0), before);
	cr_expect_eq(host_csr_read(CSR_mepc), (uint64_t)code);
}
