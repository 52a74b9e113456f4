/* Tests traps, returns, interrupts and counters of the virtual M-mode machine. */
#include "hv/virt/vcpu.h"

#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

static struct vcpu vcpu;

static void start(void)
{
	testing_boot_usual(&vcpu);
}

static void set(unsigned number, uint64_t value)
{
	testing_set_csr(&vcpu, number, value);
}

static uint64_t get(unsigned number)
{
	return testing_csr(&vcpu, number);
}

/* ---- reset ---- */

Test(vcpu, the_vcpu_starts_in_the_reset_state_of_section_3_4, .init = start)
{
	cr_expect_eq(vcpu.mode, MODE_MACHINE);
	cr_expect_eq(get(CSR_mstatus) & (MSTATUS_MIE | MSTATUS_MPRV | MSTATUS_MPP), 0);
	cr_expect_eq(get(CSR_mie), 0);
	cr_expect_eq(get(CSR_satp), 0);
	cr_expect_not(vcpu.mprv_armed);
	cr_expect_eq(host_hart.csr[CSR_mie].value, IP_MSI | IP_MTI);
}

/* ---- traps ---- */

Test(vcpu, a_reset_forgets_the_timer_and_keeps_the_machines_mcounteren)
{
	host_hart_reset();
	host_hart.csr[CSR_mcounteren].writable = 0xff;
	testing_boot(&vcpu);
	vcpu.machine_timer = true;
	vcpu.mode = MODE_USER;
	vcpu.world = WORLD_PAYLOAD;
	host_csr_write(CSR_mcounteren, 0x25);
	vcpu_reset(&vcpu);
	cr_expect_eq(vcpu.mode, MODE_MACHINE);
	cr_expect_eq(vcpu.world, WORLD_FIRMWARE);
	cr_expect_eq(vcpu.mstatus, field_set(MSTATUS_UXL, 0, XLEN_64) | field_set(MSTATUS_SXL, 0, XLEN_64));
	cr_expect_eq(vcpu.payload_status, field_set(MSTATUS_UXL, 0, XLEN_64));
	cr_expect_not(vcpu.machine_timer);
	cr_expect_eq(vcpu.mcounteren, 0x25);
	cr_expect_eq(host_csr_read(CSR_mcounteren), 0x25);
}

Test(vcpu, only_a_fetch_fault_at_the_trap_handler_is_reported_as_a_missing_handler, .init = start)
{
	for (uint64_t base = 0; base <= 0x1000; base += 0x1000) {
		set(CSR_mtvec, base | 1);
		testing_handlers_missing = 0;
		vcpu.pc = 0x80200004;
		vcpu_take_trap(&vcpu, CAUSE_ILLEGAL, 0);
		vcpu.pc = 0x80200004;
		vcpu_take_trap(&vcpu, CAUSE_FETCH_ACCESS, 0x80200004);
		cr_expect_eq(testing_handlers_missing, 0);
		vcpu_take_trap(&vcpu, CAUSE_FETCH_ACCESS, base);
		cr_expect_eq(testing_handlers_missing, 1);
		vcpu.mode = MODE_SUPERVISOR;
		vcpu.pc = base;
		vcpu_take_trap(&vcpu, CAUSE_FETCH_ACCESS, base);
		cr_expect_eq(testing_handlers_missing, 1, "the payload was there");
	}
}

Test(vcpu, a_trap_saves_mode_pc_and_interrupt_enable_and_enters_at_mtvec, .init = start)
{
	static const enum mode modes[] = { MODE_USER, MODE_SUPERVISOR, MODE_MACHINE };

	for (unsigned i = 0; i < 3; i++)
		for (unsigned enabled = 0; enabled < 2; enabled++) {
			set(CSR_mstatus, (enabled ? MSTATUS_MIE : MSTATUS_MPIE) | MSTATUS_MPRV);
			set(CSR_mtvec, 0x80200101);
			vcpu.mode = modes[i];
			vcpu.pc = 0x80400122;
			vcpu_take_trap(&vcpu, CAUSE_LOAD_PAGE, 0x1234);
			cr_expect_eq(vcpu.pc, 0x80200100);
			cr_expect_eq(vcpu.mode, MODE_MACHINE);
			cr_expect_eq(get(CSR_mepc), 0x80400122);
			cr_expect_eq(get(CSR_mcause), CAUSE_LOAD_PAGE);
			cr_expect_eq(get(CSR_mtval), 0x1234);
			cr_expect_eq(field_get(MSTATUS_MPP, get(CSR_mstatus)), modes[i]);
			cr_expect_eq(field_get(MSTATUS_MPIE, get(CSR_mstatus)), enabled);
			cr_expect_eq(field_get(MSTATUS_MIE, get(CSR_mstatus)), 0);
			cr_expect(get(CSR_mstatus) & MSTATUS_MPRV, "a trap leaves MPRV");
			cr_expect_eq(vcpu.mprv_armed, modes[i] != MODE_MACHINE);
			cr_expect_eq(host_hart.csr[CSR_mie].value, IP_MSI | IP_MTI);
		}
}

/* The fields that a trap does not change, and MPELP, which belongs to the instruction that trapped (Zicfilp). */
Test(vcpu, a_trap_clears_mpelp_and_keeps_all_other_fields, .init = start)
{
	uint64_t others = MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | MSTATUS_MPRV;

	for (unsigned i = 0; i < 2; i++) {
		uint64_t uxl_sxl = vcpu.mstatus & (MSTATUS_UXL | MSTATUS_SXL);

		vcpu.mstatus = uxl_sxl | others | MSTATUS_MPELP | (i ? MSTATUS_MIE : MSTATUS_MPIE);
		vcpu.mode = MODE_MACHINE;
		vcpu_take_trap(&vcpu, CAUSE_BREAKPOINT, 0);
		cr_expect_eq(vcpu.mstatus,
			     field_set(MSTATUS_MPP, uxl_sxl | others, MODE_MACHINE) | (i ? MSTATUS_MPIE : 0));
	}
}

Test(vcpu, an_exception_of_s_mode_changes_only_the_fields_of_its_trap, .init = start)
{
	uint64_t others = MSTATUS_SUM | MSTATUS_MXR | MSTATUS_FS | MSTATUS_TW;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t before = field_set(MSTATUS_UXL, 0, XLEN_64) | field_set(MSTATUS_SXL, 0, XLEN_64) | others;

		host_hart.csr[CSR_mstatus].value =
			before | (i & 1 ? MSTATUS_SIE : 0) | (i & 2 ? MSTATUS_SPIE : 0) | (i & 4 ? 0 : MSTATUS_SPP);
		vcpu.mode = i & 4 ? MODE_SUPERVISOR : MODE_USER;
		vcpu_reflect_to_supervisor(&vcpu, CAUSE_BREAKPOINT, 0);
		cr_expect_eq(host_hart.csr[CSR_mstatus].value, field_set(MSTATUS_MPP, before, MODE_SUPERVISOR) |
								       (i & 1 ? MSTATUS_SPIE : 0) |
								       (i & 4 ? MSTATUS_SPP : 0));
		cr_expect_eq(vcpu.mode, MODE_SUPERVISOR);
	}
}

Test(vcpu, vectored_mode_applies_to_all_interrupts_and_to_no_exception)
{
	for (uint64_t base = 0; base < 0x1000; base += 4)
		for (uint64_t cause = 0; cause < 64; cause++) {
			require(tvec_target(base, cause) == base, "direct");
			require(tvec_target(base, CAUSE_INTERRUPT | cause) == base, "direct");
			require(tvec_target(base | 1, cause) == base, "exception");
			require(tvec_target(base | 1, CAUSE_INTERRUPT | cause) == base + 4 * cause, "vectored");
		}
}

Test(vcpu, mret_does_what_section_3_3_2_says_in_every_state, .init = start)
{
	static const enum mode modes[] = { MODE_USER, MODE_SUPERVISOR, MODE_MACHINE };

	for (unsigned i = 0; i < 12; i++) {
		enum mode mode = modes[i / 4];
		bool enable = i & 1, mprv = i & 2;

		vcpu.mode = MODE_MACHINE;
		set(CSR_mepc, 0x80400000 + i * 2);
		set(CSR_mstatus, field_set(MSTATUS_MPP, 0, mode) | (enable ? MSTATUS_MPIE : MSTATUS_MIE) |
					 (mprv ? MSTATUS_MPRV : 0));
		vcpu_mret(&vcpu);
		cr_expect_eq(vcpu.pc, 0x80400000 + i * 2);
		cr_expect_eq(vcpu.mode, mode);
		cr_expect_eq(field_get(MSTATUS_MIE, vcpu.mstatus), enable);
		cr_expect_eq(field_get(MSTATUS_MPIE, vcpu.mstatus), 1);
		cr_expect_eq(field_get(MSTATUS_MPP, vcpu.mstatus), MODE_USER);
		cr_expect_eq(field_get(MSTATUS_MPRV, vcpu.mstatus), mprv && mode == MODE_MACHINE);
		cr_expect_eq(vcpu.mprv_armed, mprv && mode == MODE_MACHINE, "MPP is U now");
	}
}

Test(vcpu, a_view_of_pmp_is_installed_only_in_the_firmware_world, .init = start)
{
	vcpu.mstatus |= MSTATUS_MPRV;
	vcpu.world = WORLD_PAYLOAD;
	vcpu_update_mprv(&vcpu);
	cr_expect(vcpu.mprv_armed);
	cr_expect_eq(vcpu.pmp.current, PMP_VIEW_FIRMWARE);
	vcpu.mprv_armed = false;
	vcpu.world = WORLD_FIRMWARE;
	vcpu_update_mprv(&vcpu);
	cr_expect(vcpu.mprv_armed);
	cr_expect_eq(vcpu.pmp.current, PMP_VIEW_MPRV);
}

Test(vcpu, sret_of_the_firmware_does_what_section_3_3_2_says, .init = start)
{
	for (unsigned i = 0; i < 8; i++) {
		bool supervisor = i & 1, enable = i & 2, mprv = i & 4;

		vcpu.mode = MODE_MACHINE;
		set(CSR_sepc, 0x80400000 + i * 4);
		set(CSR_mstatus, (supervisor ? MSTATUS_SPP : 0) | (enable ? MSTATUS_SPIE : MSTATUS_SIE) |
					 (mprv ? MSTATUS_MPRV : 0) | field_set(MSTATUS_MPP, 0, 3));
		vcpu_sret(&vcpu);
		cr_expect_eq(vcpu.pc, 0x80400000 + i * 4);
		cr_expect_eq(vcpu.mode, supervisor ? MODE_SUPERVISOR : MODE_USER);
		cr_expect_eq(field_get(MSTATUS_SIE, get(CSR_mstatus)), enable);
		cr_expect_eq(field_get(MSTATUS_SPIE, get(CSR_mstatus)), 1);
		cr_expect_eq(field_get(MSTATUS_SPP, get(CSR_mstatus)), 0);
		cr_expect_eq(field_get(MSTATUS_MPRV, get(CSR_mstatus)), 0);
		cr_expect_eq(field_get(MSTATUS_MPP, get(CSR_mstatus)), 3);
	}
}

/* ---- delegation ---- */

Test(vcpu, a_delegated_exception_enters_s_mode_as_the_hardware_would, .init = start)
{
	for (unsigned i = 0; i < 4; i++) {
		bool supervisor = i & 1, enabled = i & 2;

		vcpu.mode = supervisor ? MODE_SUPERVISOR : MODE_USER;
		vcpu.pc = 0x80400010;
		set(CSR_stvec, 0x80500001);
		set(CSR_sstatus, enabled ? MSTATUS_SIE : MSTATUS_SPIE | MSTATUS_SPP);
		set(CSR_medeleg, 1ull << CAUSE_LOAD_ACCESS);
		vcpu_deliver_exception(&vcpu, CAUSE_LOAD_ACCESS, 0x55);
		cr_expect_eq(vcpu.mode, MODE_SUPERVISOR);
		cr_expect_eq(vcpu.pc, 0x80500000);
		cr_expect_eq(get(CSR_sepc), 0x80400010);
		cr_expect_eq(get(CSR_scause), CAUSE_LOAD_ACCESS);
		cr_expect_eq(get(CSR_stval), 0x55);
		cr_expect_eq(field_get(MSTATUS_SPP, get(CSR_sstatus)), supervisor);
		cr_expect_eq(field_get(MSTATUS_SPIE, get(CSR_sstatus)), enabled);
		cr_expect_eq(field_get(MSTATUS_SIE, get(CSR_sstatus)), 0);
		cr_expect_eq(field_get(MSTATUS_MPP, host_csr_read(CSR_mstatus)), MODE_SUPERVISOR);
	}
}

Test(vcpu, an_exception_goes_to_s_mode_only_if_delegated_and_not_from_m_mode, .init = start)
{
	for (unsigned cause = 0; cause < 16; cause++)
		for (unsigned mode = 0; mode < 4; mode++)
			for (unsigned delegated = 0; delegated < 2; delegated++) {
				if (mode == 2)
					continue;
				vcpu.medeleg = delegated ? 1ull << cause : ~(1ull << cause);
				vcpu.mode = mode;
				vcpu_deliver_exception(&vcpu, cause, 0);
				require((vcpu.mode == MODE_SUPERVISOR) == (delegated && mode != MODE_MACHINE),
					"cause %u in mode %u", cause, mode);
			}
}

/* ---- interrupts ---- */

static const unsigned numbers[6] = { 11, 3, 7, 9, 1, 5 }; /* by priority: MEI, MSI, MTI, SEI, SSI, STI (3.1.9) */

static uint64_t spread(unsigned set)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < 6; i++)
		if (set >> i & 1)
			bits |= 1ull << numbers[i];
	return bits;
}

static void make_pending(uint64_t pending)
{
	host_hart.wires = pending & ~(IP_MSI | IP_MTI);
	vcpu.machine_timer = pending & IP_MTI;
	atomic_store(&vcpu.machine_software, (pending & IP_MSI) != 0);
}

static unsigned highest(uint64_t interrupts)
{
	for (unsigned i = 0; i < 6; i++)
		if (interrupts >> numbers[i] & 1)
			return numbers[i];
	return 0;
}

static void check_interrupts(uint64_t pending, uint64_t enabled, uint64_t delegated)
{
	uint64_t for_firmware = pending & enabled & ~delegated;

	vcpu.world = WORLD_FIRMWARE;
	vcpu.mode = MODE_MACHINE;
	vcpu.mie = enabled;
	vcpu.mstatus |= MSTATUS_MIE;
	require(vcpu_pending_interrupt(&vcpu) == highest(for_firmware), "MIE = 1: %lx %lx %lx", pending, enabled,
		delegated);
	vcpu.mstatus &= ~MSTATUS_MIE;
	require(vcpu_pending_interrupt(&vcpu) == 0, "MIE = 0: %lx %lx %lx", pending, enabled, delegated);
	require(vcpu_wfi_wakes(&vcpu) == ((pending & enabled) != 0), "wfi: %lx %lx", pending, enabled);
	vcpu.world = WORLD_PAYLOAD; /* in this world, the S bits are in physical mie */
	vcpu.mode = MODE_SUPERVISOR;
	vcpu.mie = enabled & ~IP_S_BITS;
	host_hart.csr[CSR_mie].value = (enabled & IP_S_BITS) | IP_MSI | IP_MTI;
	require(vcpu_pending_interrupt(&vcpu) == highest(for_firmware), "payload: %lx %lx %lx", pending, enabled,
		delegated);
}

Test(vcpu, the_interrupt_of_highest_priority_is_taken_in_all_32768_combinations, .init = start)
{
	for (unsigned pending = 0; pending < 64; pending++)
		for (unsigned enabled = 0; enabled < 64; enabled++)
			for (unsigned delegated = 0; delegated < 64; delegated += 8) {
				make_pending(spread(pending));
				host_hart.csr[CSR_mideleg].value = spread(delegated);
				check_interrupts(spread(pending), spread(enabled), spread(delegated));
			}
}

/* ---- counters ---- */

#define CY COUNTER_CY
#define IR COUNTER_IR

Test(vcpu, a_counter_equals_the_machines_counter_until_it_is_written, .init = start)
{
	host_hart.csr[CSR_mcycle].value = 1000;
	cr_expect_eq(get(CSR_mcycle), 1001);
	cr_expect_eq(get(CSR_cycle), 1002);
	set(CSR_mcycle, 50);

	uint64_t first = get(CSR_mcycle);

	cr_expect_geq(first, 50);
	cr_expect_leq(first, 53);
	cr_expect_gt(get(CSR_cycle), first);
	cr_expect_geq(host_hart.csr[CSR_mcycle].value, 1002, "hv's own goes on");
	set(CSR_minstret, 7);
	cr_expect_leq(get(CSR_instret), 12);
}

Test(vcpu, an_inhibited_counter_stops_and_later_continues_from_its_value, .init = start)
{
	set(CSR_mcountinhibit, ~0ull);
	cr_expect_eq(get(CSR_mcountinhibit), 0xfffffffd);
	cr_expect_eq(host_hart.csr[CSR_mcountinhibit].value & (CY | IR), 0, "hv's time stamps go on");
	cr_expect_eq(host_hart.csr[CSR_mcountinhibit].value, 0xfffffff8);

	uint64_t cycle = get(CSR_mcycle), instret = get(CSR_minstret);

	for (unsigned i = 0; i < 10; i++) {
		cr_expect_eq(get(CSR_mcycle), cycle);
		cr_expect_eq(get(CSR_minstret), instret);
	}
	set(CSR_mcycle, 5000);
	cr_expect_eq(get(CSR_cycle), 5000);
	host_hart.csr[CSR_mcycle].value += 1000000;
	host_hart.csr[CSR_minstret].value += 1000000;
	set(CSR_mcountinhibit, 0);
	cr_expect_geq(get(CSR_mcycle), 5000);
	cr_expect_leq(get(CSR_mcycle), 5010);
	cr_expect_geq(get(CSR_minstret), instret);
	cr_expect_leq(get(CSR_minstret), instret + 10);
}

Test(vcpu, a_counter_that_differs_from_the_machines_is_withheld_but_time_never_is, .init = start)
{
	for (unsigned enabled = 0; enabled < 8; enabled++)
		for (unsigned state = 0; state < 4; state++) {
			start();
			set(CSR_mcounteren, enabled);
			if (state & 1)
				set(CSR_mcountinhibit, CY);
			if (state & 2)
				set(CSR_minstret, 77);
			cr_expect_eq(get(CSR_mcounteren), enabled);
			cr_expect_eq(host_hart.csr[CSR_mcounteren].value,
				     enabled & ~((state & 1 ? CY : 0) | (state & 2 ? IR : 0)));
			cr_expect_eq(vcpu.counters_withheld, state != 0);
		}
}

Test(vcpu, a_counter_is_withheld_after_it_is_written, .init = start)
{
	static const struct {
		unsigned number, bit;
	} counters[] = { { CSR_mcycle, CY }, { CSR_minstret, IR } };

	for (unsigned i = 0; i < 2; i++) {
		start();
		set(CSR_mcounteren, 0xff);
		set(counters[i].number, 1000000);
		cr_expect(vcpu.counters_withheld);
		cr_expect_eq(host_csr_read(CSR_mcounteren), 0xff & ~counters[i].bit);
		set(CSR_mcountinhibit, counters[1 - i].bit);
		cr_expect_eq(host_csr_read(CSR_mcounteren), 0xff & ~(CY | IR));
	}
}

Test(vcpu, time_and_hpm_counters_equal_the_machines, .init = start)
{
	host_hart.csr[CSR_time].value = 99;
	cr_expect_eq(get(CSR_time), 100);
	host_hart.csr[CSR_hpmcounter + 1].value = 5;
	cr_expect_eq(get(CSR_hpmcounter + 1), 5);
}

Test(vcpu, skipping_an_instruction_adds_its_length_to_pc, .init = start)
{
	vcpu.pc = 0x1000;
	vcpu.trap.instruction = 0x30200073;
	vcpu_skip_instruction(&vcpu);
	cr_expect_eq(vcpu.pc, 0x1004);
	vcpu.trap.instruction = 0x9002;
	vcpu_skip_instruction(&vcpu);
	cr_expect_eq(vcpu.pc, 0x1006);
}
