/* Tests the exchange of supervisor contexts on harts with and without senvcfg and Sstc, and the deadline of the payload's
 * timer, which is a part of the context. In these tests the physical CLINT is ordinary memory. */
#include <string.h>

#include "hv/module/api.h"

#include "hv/testing/clint.h"

/* A payload on a hart without the CSRs whose bits are set in @p absent: 1 for senvcfg, 2 for stimecmp. */
static void start(unsigned absent)
{
	host_hart_reset();
	if (absent & 1)
		host_csr_remove(CSR_senvcfg);
	if (absent & 2) {
		host_csr_remove(CSR_stimecmp);
		host_hart.csr[CSR_menvcfg].writable &= ~MENVCFG_STCE;
	}
	testing_boot(&vcpu);
	assign_clint();
	atomic_store(&vcpu.machine_timecmp, NEVER);
	vcpu.supervisor_timecmp = NEVER;
	*(uint64_t *)MTIME = 10;
	vcpu.mode = MODE_SUPERVISOR;
	world_enter_payload(&vcpu);
}

static struct supervisor_context random_context(uint64_t *seed)
{
	struct supervisor_context context;

	supervisor_context_reset(&context);
	context.stvec = random_next(seed) & ~3ull;
	context.sscratch = random_next(seed);
	context.sepc = random_next(seed) & ~1ull;
	context.scause = random_next(seed);
	context.stval = random_next(seed);
	context.satp = random_next(seed) >> 4;
	context.scounteren = random_next(seed) & 7;
	context.senvcfg = MENVCFG_FIOM;
	context.stimecmp = random_next(seed);
	context.sstatus |= random_next(seed) & (MSTATUS_SIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_FS | MSTATUS_VS);
	context.medeleg = random_next(seed) & machine.medeleg_mask;
	context.mideleg = random_next(seed) & IP_S_BITS;
	context.mie = random_next(seed) & IP_S_BITS;
	context.mip = random_next(seed) & (IP_SSI | IP_STI);
	context.deadline = random_next(seed) | 1ull << 63;
	return context;
}

/* SD follows from FS and VS. Members that the hart does not have keep their value, so a swap does not change them. */
static void require_equal(struct supervisor_context a, struct supervisor_context b, const char *what)
{
	a.sstatus &= ~MSTATUS_SD;
	b.sstatus &= ~MSTATUS_SD;
	for (unsigned i = 0; i < sizeof(a) / sizeof(uint64_t); i++)
		require(((const uint64_t *)&a)[i] == ((const uint64_t *)&b)[i], "%s: member %u is %lx, not %lx", what,
			i, ((const uint64_t *)&a)[i], ((const uint64_t *)&b)[i]);
}

Test(supervisor_context, three_contexts_take_turns_and_keep_their_values, .init = map_clint)
{
	uint64_t seed = 3;

	for (unsigned round = 0; round < 400; round++) {
		start(round % 4);

		struct supervisor_context first = random_context(&seed), second = random_context(&seed);
		struct supervisor_context one = first, two = second;

		supervisor_context_swap(&vcpu, &one); /* the hart has the first one, and `one` the reset values */
		supervisor_context_swap(&vcpu, &two);
		if (round & 1)
			two.senvcfg = first.senvcfg;
		if (round & 2)
			two.stimecmp = first.stimecmp;
		require_equal(two, first, "the first context");
		require(vcpu.medeleg == second.medeleg, "virtual medeleg");
		require(host_csr_read(CSR_medeleg) == payload_delegation(&vcpu), "physical medeleg");
		require(host_csr_read(CSR_satp) == second.satp, "satp");
		require((host_csr_read(CSR_mie) & (IP_MSI | IP_MTI)) == (IP_MSI | IP_MTI), "hv's own interrupts");
	}
}

Test(supervisor_context, mpp_and_hvs_fields_of_mstatus_stay, .init = map_clint)
{
	uint64_t seed = 4;

	start(0);
	for (unsigned round = 0; round < 100; round++) {
		struct supervisor_context context = random_context(&seed);
		uint64_t before = host_csr_read(CSR_mstatus);

		supervisor_context_swap(&vcpu, &context);
		require(((before ^ host_csr_read(CSR_mstatus)) &
			 (MSTATUS_MPP | MSTATUS_TVM | MSTATUS_TW | MSTATUS_MIE)) == 0,
			"mstatus %lx", host_csr_read(CSR_mstatus));
	}
}

Test(supervisor_context, seip_is_not_exchanged, .init = map_clint)
{
	struct supervisor_context context;

	start(0);
	supervisor_context_reset(&context);
	host_csr_set(CSR_mip, IP_SEI | IP_SSI);
	host_hart.wires = IP_SEI;
	supervisor_context_swap(&vcpu, &context);
	cr_expect_eq(context.mip, IP_SSI);
	cr_expect_eq(host_hart.csr[CSR_mip].value, IP_SEI);
	host_csr_clear(CSR_mip, IP_SEI);
	supervisor_context_swap(&vcpu, &context);
	cr_expect_eq(host_hart.csr[CSR_mip].value, IP_SSI, "the interrupt wire is not written to the bit of software");
}

Test(supervisor_context, with_stce_stip_is_not_exchanged, .init = map_clint)
{
	struct supervisor_context context;

	start(0);
	supervisor_context_reset(&context);
	host_csr_set(CSR_menvcfg, MENVCFG_STCE);
	host_hart.wires = IP_STI;
	supervisor_context_swap(&vcpu, &context);
	cr_expect_eq(context.mip, 0);
}

Test(supervisor_context, the_deadline_of_each_context_fires_in_its_own_turn, .init = map_clint)
{
	struct supervisor_context context;

	start(2);
	supervisor_context_reset(&context);
	supervisor_timer_set(&vcpu, 20);
	cr_expect_eq(*(uint64_t *)MTIMECMP, 20);
	supervisor_context_swap(&vcpu, &context);
	cr_expect_eq(context.deadline, 20);
	cr_expect_eq(*(uint64_t *)MTIMECMP, NEVER, "the other context has no deadline");
	*(uint64_t *)MTIME = 30;
	supervisor_timer_set(&vcpu, 40);
	cr_expect_eq(host_csr_read(CSR_mip) & IP_STI, 0);
	supervisor_context_swap(&vcpu, &context);
	cr_expect_eq(host_csr_read(CSR_mip) & IP_STI, IP_STI, "the deadline has passed meanwhile");
	supervisor_context_swap(&vcpu, &context);
	cr_expect_eq(host_csr_read(CSR_mip) & IP_STI, 0);
	cr_expect_eq(*(uint64_t *)MTIMECMP, 40);
}
