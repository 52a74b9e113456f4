/* Tests the world switch. The payload's state must be unchanged after the firmware has run, and the hardware must be
 * set up correctly for each world. */
#include "hv/virt/transition.h"

#include "hv/testing/hart.h"
#include "hv/testing/testing.h"

static struct vcpu vcpu;

static void start(void)
{
	host_hart_reset();
	host_hart.uxl_kept = 0xe; /* the payload can set UXL to 32 bits and, as on QEMU, to the reserved value 3 */
	host_hart.csr[CSR_mstatus].writable |= MSTATUS_MPELP | MSTATUS_SPELP | MSTATUS_SDT | MSTATUS_UBE;
	testing_boot(&vcpu);
}

/* All state of the hardware that the payload can read or that affects the payload. */
struct payload_state {
	uint64_t status, satp, senvcfg, enables, delegation, interrupts_delegated;
	uint64_t stvec, sscratch, sepc, scause, stval, scounteren, counters, stimecmp, configuration, pending;
	uint64_t pmp[4];
};

static const unsigned untouched[] = { CSR_stvec,      CSR_sscratch, CSR_sepc,    CSR_scause,  CSR_stval,
				      CSR_scounteren, CSR_stimecmp, CSR_menvcfg, CSR_mideleg, CSR_mip };

static struct payload_state look(void)
{
	return (struct payload_state){
		.status = host_csr_read(CSR_mstatus) & ~(MSTATUS_MIE | MSTATUS_MPIE),
		.satp = host_csr_read(CSR_satp),
		.senvcfg = host_csr_read(CSR_senvcfg),
		.enables = host_csr_read(CSR_mie),
		.delegation = host_csr_read(CSR_medeleg),
		.interrupts_delegated = host_csr_read(CSR_mideleg),
		.stvec = host_csr_read(CSR_stvec),
		.sscratch = host_csr_read(CSR_sscratch),
		.sepc = host_csr_read(CSR_sepc),
		.scause = host_csr_read(CSR_scause),
		.stval = host_csr_read(CSR_stval),
		.scounteren = host_csr_read(CSR_scounteren),
		.counters = host_csr_read(CSR_mcounteren),
		.stimecmp = host_csr_read(CSR_stimecmp),
		.configuration = host_csr_read(CSR_menvcfg),
		.pending = host_csr_read(CSR_mip),
		.pmp = { host_csr_read(CSR_pmpcfg), host_csr_read(CSR_pmpcfg + 2), host_csr_read(CSR_pmpaddr + 5),
			 host_csr_read(CSR_pmpaddr + 6) },
	};
}

static void set(unsigned number, uint64_t value)
{
	testing_set_csr(&vcpu, number, value);
}

/* Puts the machine into the state in which the firmware has set up its payload, with random values. */
static void set_up_at_random(uint64_t *seed)
{
	set(CSR_mstatus, random_bits(seed) & ~MSTATUS_MPRV);
	set(CSR_medeleg, random_bits(seed));
	set(CSR_mideleg, random_bits(seed));
	set(CSR_mie, random_bits(seed));
	set(CSR_menvcfg, random_bits(seed));
	set(CSR_mcounteren, random_bits(seed));
	set(CSR_pmpaddr, random_bits(seed));
	set(CSR_pmpaddr + 1, random_bits(seed));
	set(CSR_pmpcfg, random_bits(seed) & ~PMP_BYTES(PMPCFG_L));
}

static void enter_payload(enum mode mode)
{
	vcpu.mstatus = field_set(MSTATUS_MPP, vcpu.mstatus, mode);
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
}

/* Changes the registers that the payload may change while it runs. */
static void run_payload_at_random(uint64_t *seed)
{
	uint64_t own = MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_VS | MSTATUS_SUM | MSTATUS_MXR |
		       MSTATUS_SPELP | MSTATUS_SDT | MSTATUS_UBE | MSTATUS_UXL | MSTATUS_MPELP;

	for (unsigned i = 0; i < sizeof(untouched) / sizeof(untouched[0]) - 3; i++)
		host_csr_write(untouched[i], random_bits(seed));
	host_csr_write(CSR_mstatus, field_merge(own, host_csr_read(CSR_mstatus), random_bits(seed)));
	host_csr_write(CSR_satp, random_bits(seed));
	host_csr_write(CSR_senvcfg, random_bits(seed));
	host_csr_write(CSR_mie, field_merge(IP_S_BITS, host_csr_read(CSR_mie), random_bits(seed)));
	if (host_hart.csr[CSR_mideleg].value & IP_SSI)
		host_csr_write(CSR_mip, random_bits(seed) & IP_SSI);
}

static void require_same(const struct payload_state *a, const struct payload_state *b)
{
	const uint64_t *left = (const uint64_t *)a, *right = (const uint64_t *)b;

	for (unsigned i = 0; i < sizeof(*a) / sizeof(*left); i++)
		require(left[i] == right[i], "field %u of the payload's state: %lx, then %lx", i, left[i], right[i]);
}

Test(transition, a_switch_to_the_firmware_and_back_preserves_every_field_that_the_payload_sees)
{
	uint64_t seed = 3;

	for (unsigned round = 0; round < 20000; round++) {
		start();
		set_up_at_random(&seed);

		enum mode mode = random_next(&seed) & 1 ? MODE_SUPERVISOR : MODE_USER;

		enter_payload(mode);
		run_payload_at_random(&seed);

		struct payload_state before = look();

		vcpu.pc = 0x80400000;
		testing_trap(&vcpu, CAUSE_ECALL_S, 0);
		vcpu_take_trap(&vcpu, CAUSE_ECALL_S, 0);
		testing_switch_world(&vcpu);
		vcpu_mret(&vcpu);
		testing_switch_world(&vcpu);

		struct payload_state after = look();

		require(vcpu.mode == mode && vcpu.pc == 0x80400000, "mode and pc");
		require_same(&before, &after);
	}
}

static void check_firmware_world(void)
{
	uint64_t status = host_csr_read(CSR_mstatus);
	uint64_t for_payload = MSTATUS_MPP | MSTATUS_MPV | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TSR | MSTATUS_UBE |
			       MSTATUS_MIE | MSTATUS_MPELP;

	require((status & for_payload) == 0, "status %lx", status);
	require((status & MSTATUS_TW) && field_get(MSTATUS_UXL, status) == XLEN_64, "status %lx", status);
	require(host_csr_read(CSR_satp) == 0 && host_csr_read(CSR_senvcfg) == 0, "satp, senvcfg");
	require(host_csr_read(CSR_medeleg) == 0, "medeleg");
	require((host_csr_read(CSR_mie) & ~(IP_S_BITS | IP_M_BITS)) == 0, "mie");
	require((host_csr_read(CSR_mie) & host_csr_read(CSR_mideleg)) == 0, "no trap is the firmware's own");
	require(vcpu.pmp.current == PMP_VIEW_FIRMWARE, "PMP");
}

Test(transition, the_firmware_world_is_as_in_architecture_md_whatever_the_payload_did)
{
	uint64_t seed = 4;

	for (unsigned round = 0; round < 20000; round++) {
		start();
		set_up_at_random(&seed);
		check_firmware_world();
		enter_payload(MODE_SUPERVISOR);
		run_payload_at_random(&seed);
		host_csr_write(CSR_mstatus, host_csr_read(CSR_mstatus) | (random_next(&seed) & MSTATUS_MPV));
		testing_trap(&vcpu, CAUSE_ILLEGAL, 0);
		vcpu_take_trap(&vcpu, CAUSE_ILLEGAL, 0);
		testing_switch_world(&vcpu);
		check_firmware_world();
	}
}

Test(transition, the_payload_world_is_as_in_architecture_md)
{
	uint64_t seed = 5;

	for (unsigned round = 0; round < 20000; round++) {
		start();
		set_up_at_random(&seed);

		uint64_t virtual_status = vcpu_mstatus(&vcpu), guest = MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR;

		vcpu.claims = random_bits(&seed) & 0xffff;
		if (random_next(&seed) & 1)
			set(CSR_mcountinhibit, COUNTER_CY);
		enter_payload(MODE_SUPERVISOR);

		uint64_t withheld = 1 << 1 | 1 << 5 | 1 << 7 | vcpu.claims | (vcpu.counters_withheld ? 1 << 2 : 0);

		require(host_csr_read(CSR_medeleg) == (vcpu.medeleg & ~withheld), "medeleg");
		require((host_csr_read(CSR_mstatus) & guest) == (virtual_status & guest), "TVM, TW, TSR");
		require(field_get(MSTATUS_MPP, host_csr_read(CSR_mstatus)) == MODE_SUPERVISOR, "MPP");
		require(host_csr_read(CSR_mie) == ((vcpu.mie & (IP_S_BITS | IP_MEI)) | IP_MSI | IP_MTI), "mie");
		require(!(host_csr_read(CSR_mstatus) & (MSTATUS_MPRV | MSTATUS_MIE)), "MPRV, MIE");
		require(vcpu.pmp.current == PMP_VIEW_PAYLOAD, "PMP");
	}
}

Test(transition, the_payloads_uxl_and_mpv_are_restored_whatever_the_firmware_writes)
{
	for (unsigned uxl = 1; uxl < 4; uxl += 2) {
		start();
		enter_payload(MODE_SUPERVISOR);
		host_csr_write(CSR_mstatus,
			       field_set(MSTATUS_UXL, host_csr_read(CSR_mstatus), uxl) | MSTATUS_MPV | MSTATUS_GVA);
		testing_trap(&vcpu, CAUSE_ECALL_S, 0);
		vcpu_take_trap(&vcpu, CAUSE_ECALL_S, 0);
		testing_switch_world(&vcpu);
		set(CSR_mstatus, ~0ull);
		set(CSR_mstatus, 0);
		enter_payload(MODE_SUPERVISOR);
		cr_expect_eq(field_get(MSTATUS_UXL, host_csr_read(CSR_mstatus)), uxl);
		cr_expect(host_csr_read(CSR_mstatus) & MSTATUS_MPV);
	}
}

Test(transition, the_firmware_sees_an_expected_landing_pad_and_mret_restores_it)
{
	start();
	enter_payload(MODE_SUPERVISOR);
	host_csr_set(CSR_mstatus, MSTATUS_MPELP);
	testing_trap(&vcpu, CAUSE_ECALL_S, 0);
	vcpu_take_trap(&vcpu, CAUSE_ECALL_S, 0);
	testing_switch_world(&vcpu);
	cr_expect(vcpu_mstatus(&vcpu) & MSTATUS_MPELP);
	enter_payload(MODE_SUPERVISOR);
	cr_expect(host_csr_read(CSR_mstatus) & MSTATUS_MPELP);
	testing_trap(&vcpu, CAUSE_ECALL_S, 0);
	host_csr_clear(CSR_mstatus, MSTATUS_MPELP);
	vcpu_take_trap(&vcpu, CAUSE_ECALL_S, 0);
	testing_switch_world(&vcpu);
	cr_expect_not(vcpu_mstatus(&vcpu) & MSTATUS_MPELP);
}

/* The host's mtvec keeps all bits except bit 1, as the mode of a vector is 0 or 1. */
Test(transition, traps_of_each_world_enter_hv_at_an_entry_of_their_own)
{
	testing_boot_usual(&vcpu);
	vcpu_mret(&vcpu);
	testing_switch_world(&vcpu);
	world_enter_payload(&vcpu);
	cr_expect_eq(host_csr_read(CSR_mtvec), (uint64_t)trap_entry_payload & ~2ull);
	world_enter_firmware(&vcpu);
	cr_expect_eq(host_csr_read(CSR_mtvec), (uint64_t)trap_entry_firmware & ~2ull);
}

Test(transition, the_byte_orders_of_s_mode_and_m_mode_stay_as_the_machine_has_them)
{
	for (unsigned i = 0; i < 4; i++) {
		uint64_t order = (i & 1 ? MSTATUS_SBE : 0) | (i & 2 ? MSTATUS_MBE : 0);

		testing_boot_usual(&vcpu);
		host_hart.csr[CSR_mstatus].writable |= MSTATUS_SBE | MSTATUS_MBE;
		host_csr_set(CSR_mstatus, order);
		vcpu_mret(&vcpu);
		world_enter_payload(&vcpu);
		cr_expect_eq(host_csr_read(CSR_mstatus) & (MSTATUS_SBE | MSTATUS_MBE), order);
		world_enter_firmware(&vcpu);
		cr_expect_eq(host_csr_read(CSR_mstatus) & (MSTATUS_SBE | MSTATUS_MBE), order);
	}
}
