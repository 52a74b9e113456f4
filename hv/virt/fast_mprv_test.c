/* Tests the limits of the fast path for accesses under MPRV: what it needs before it makes the access, and what it does
 * if the instruction has changed meanwhile. mprv_test.c compares the accesses themselves with the slow tier. */
#include <string.h>

#include "hv/testing/hart.h"
#include "hv/testing/instruction_word.h"
#include "hv/testing/testing.h"
#include "hv/virt/fast.h"

#define RAM (TESTING_HV_BASE + TESTING_HV_SIZE)
#define SATP_TESTED (FIELD(63, 1) | 5) /* Sv39 */
#define VIRTUAL 0x7000ull
#define BYTES 4096
#define VALUE 0x8899aabbccddeeffull

static struct vcpu vcpu;
static uint8_t memory[BYTES] __attribute__((aligned(8)));
static uint32_t code[2] __attribute__((aligned(8)));

/* Starts the firmware with MPRV armed and all views of PMP computed. The payload has one page at VIRTUAL. */
static void start(void)
{
	testing_boot_usual(&vcpu);
	testing_place_code_in_ram(code, sizeof(code));
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpaddr, CSR_OPERATION_WRITE, ~0ull), ERROR_NONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_pmpcfg, CSR_OPERATION_WRITE, 0x1f), ERROR_NONE);
	cr_assert_eq(csr_virtual_write(&vcpu, CSR_mstatus, CSR_OPERATION_WRITE,
				       MSTATUS_MPRV | field_set(MSTATUS_MPP, 0, MODE_SUPERVISOR)),
		     ERROR_NONE);
	pmp_install(&vcpu, PMP_VIEW_PAYLOAD), pmp_install(&vcpu, PMP_VIEW_MPRV);
	vcpu.satp = SATP_TESTED;
	host_hart.memory[0] = (struct host_memory){ .address = VIRTUAL,
						    .size = BYTES,
						    .satp = SATP_TESTED,
						    .physical = RAM,
						    .permissions = HOST_READ | HOST_WRITE,
						    .bytes = memory };
	memcpy(memory, &(uint64_t){ VALUE }, 8);
	for (unsigned i = 1; i < 32; i++)
		vcpu_set_reg(&vcpu, i, VIRTUAL);
}

/* Runs the fast path. Returns whether it has made the access. */
static bool run(uint32_t word, uint64_t cause)
{
	code[0] = word;
	vcpu.pc = (uint64_t)code;
	testing_trap(&vcpu, cause, VIRTUAL);
	vcpu.pc = 0xbad; /* a fast path must read these from the hardware */
	vcpu.trap = (struct trap){ .cause = 0xbad, .value = 0xbad };
	host_hart.end = HOST_END_NONE;
	fast_firmware_mprv(&vcpu, cause);
	cr_assert_neq(host_hart.end, HOST_END_NONE);
	return host_hart.end == HOST_END_RETURN;
}

static bool load(void)
{
	return run(load_word(0x03, 3, 11, 10, 0), CAUSE_LOAD_ACCESS);
}

Test(fast_mprv, the_fast_path_needs_code_in_ram_and_all_views_of_pmp, .init = start)
{
	cr_expect(load());
	cr_expect_eq(vcpu_reg(&vcpu, 11), VALUE);
	testing_set_ram(0, sizeof(code));
	cr_expect_not(load(), "the code is not in RAM");
	start();
	vcpu.pmp.stale[PMP_VIEW_PAYLOAD] = true;
	cr_expect_not(load());
	start();
	vcpu.pmp.stale[PMP_VIEW_MPRV] = true;
	cr_expect_not(load());
	start();
	vcpu.pmp.address_changed = true;
	cr_expect_not(load());
}

Test(fast_mprv, the_registers_must_be_saved_and_be_integer_registers, .init = start)
{
	cr_expect(run(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_ACCESS));
	cr_expect_not(run(store_word(0x23, 3, 9, 10, 0), CAUSE_STORE_ACCESS), "the value is in s1");
	cr_expect_not(run(store_word(0x23, 3, 11, 9, 0), CAUSE_STORE_ACCESS), "the base is in s1");
	cr_expect_not(run(load_word(0x03, 3, 9, 10, 0), CAUSE_LOAD_ACCESS), "the result goes to s1");
	cr_expect_not(run(load_word(0x03, 3, 11, 9, 0), CAUSE_LOAD_ACCESS), "the base is in s1");
	cr_expect_not(run(load_word(0x07, 3, 11, 10, 0), CAUSE_LOAD_ACCESS), "fld");
	cr_expect_not(run(amo_word(0, 3, 11, 10, 12), CAUSE_STORE_ACCESS), "amoadd.d");
}

Test(fast_mprv, compressed_accesses_are_two_bytes_long, .init = start)
{
	cr_expect(run(0x610c /* c.ld a1, 0(a0) */, CAUSE_LOAD_ACCESS));
	cr_expect_eq(vcpu_reg(&vcpu, 11), VALUE);
	cr_expect_eq(host_csr_read(CSR_mepc), (uint64_t)code + 2);
	vcpu_set_reg(&vcpu, 11, 0x1234);
	cr_expect(run(0xe10c /* c.sd a1, 0(a0) */, CAUSE_STORE_ACCESS));
	cr_expect_eq(memory[0], 0x34);
	cr_expect_eq(host_csr_read(CSR_mepc), (uint64_t)code + 2);
}

Test(fast_mprv, an_access_that_faults_goes_on_to_a_step_with_the_csrs_of_the_trap, .init = start)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t cause = i ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS;

		start();
		host_hart.memory[0].permissions = 0;
		cr_expect_not(run(i ? store_word(0x23, 3, 11, 10, 0) : load_word(0x03, 3, 11, 10, 0), cause));
		cr_expect_eq(host_csr_read(CSR_mepc), (uint64_t)code);
		cr_expect_eq(host_csr_read(CSR_mtval), VIRTUAL);
		cr_expect_eq(host_csr_read(CSR_mcause), cause);
		cr_expect_eq(host_csr_read(CSR_satp), 0);
		cr_expect_eq(vcpu.pmp.current, PMP_VIEW_MPRV);
		cr_expect_eq(vcpu_reg(&vcpu, 11), VIRTUAL);
	}
}

Test(fast_mprv, a_load_into_x0_changes_no_register, .init = start)
{
	cr_expect(run(load_word(0x03, 3, 0, 10, 0), CAUSE_LOAD_ACCESS));
	cr_expect_eq(vcpu.regs[0], 0);
	cr_expect_eq(host_csr_read(CSR_mepc), (uint64_t)code + 4);
}

/* The access itself stands for another hart here: it replaces the instruction. */
Test(fast_mprv, if_the_instruction_has_changed_the_firmware_executes_it_again, .init = start)
{
	host_hart.memory[0].bytes = (uint8_t *)code;
	vcpu_set_reg(&vcpu, 11, 0x30200073);
	cr_expect(run(store_word(0x23, 3, 11, 10, 0), CAUSE_STORE_ACCESS));
	cr_expect_eq(code[0], 0x30200073);
	cr_expect_eq(host_csr_read(CSR_mepc), (uint64_t)code);
	for (unsigned i = 1; i < 32; i++)
		cr_expect_eq(vcpu_reg(&vcpu, i), i == 11 ? 0x30200073 : VIRTUAL);
}

Test(fast_mprv, the_access_has_the_rights_of_mpp_and_mpv_and_nothing_else_changes, .init = start)
{
	host_hart.csr[CSR_mstatus].writable |= MSTATUS_MDT;
	host_csr_set(CSR_mstatus, MSTATUS_MDT | MSTATUS_SUM | MSTATUS_MPV);
	for (unsigned i = 0; i < 4; i++) {
		unsigned mode = i & 1 ? MODE_SUPERVISOR : MODE_USER;
		uint64_t before = host_csr_read(CSR_mstatus);

		vcpu.mstatus = field_set(MSTATUS_MPP, vcpu.mstatus, mode);
		vcpu.payload_status = field_set(MSTATUS_UXL, 0, XLEN_64) | (i & 2 ? MSTATUS_MPV : 0);
		cr_expect(load());
		cr_expect_eq(field_get(MSTATUS_MPP, host_hart.access_status), mode);
		cr_expect_eq((host_hart.access_status & MSTATUS_MPV) != 0, (i & 2) != 0);
		cr_expect_eq(host_hart.access_status & (MSTATUS_MPRV | MSTATUS_MDT | MSTATUS_SUM),
			     MSTATUS_MPRV | MSTATUS_SUM);
		cr_expect_eq(host_csr_read(CSR_mstatus) & ~MSTATUS_MPP, before & ~MSTATUS_MPP);
	}
}
